"""Every request has an id and is counted, and its line in the log says nothing of the visitor."""

import json
import uuid

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django_guid import get_guid
from prometheus_client import REGISTRY

from digits_site import requests
from recognizer import visitors
from tests.recognizer.conftest import SEVEN, Visitor, fresh_process, shipped  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
HEADER = "X-Request-ID"
GIVEN = str(uuid.uuid4())


def counted(name: str, **labels: object) -> float:
    return REGISTRY.get_sample_value(name, {key: str(value) for key, value in labels.items()}) or 0.0


def test_each_answer_has_an_id_of_its_own():
    first, second = (Client().get("/healthz")[HEADER] for _ in range(2))
    assert uuid.UUID(first) != uuid.UUID(second)


def test_a_stranger_does_not_choose_the_id():
    assert Client().get("/healthz", headers={HEADER: GIVEN})[HEADER] != GIVEN


def test_a_trusted_proxy_does(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert Client().get("/healthz", headers={HEADER: GIVEN})[HEADER] == GIVEN


def test_what_is_no_id_is_not_taken_from_a_proxy_either(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    answer = Client().get("/healthz", headers={HEADER: "4711\u00e9; drop"})[HEADER]
    assert uuid.UUID(answer)


def test_a_request_is_counted_by_its_route():
    labels = {"route": "/api/v1/drawings/<int:drawing_id>", "method": "GET", "status": 404}
    before = counted("digits_requests_total", **labels)
    Client().get("/api/v1/drawings/12345")
    Client().get("/api/v1/drawings/67890")
    assert counted("digits_requests_total", **labels) == before + 2
    assert counted("digits_request_seconds_count", route=labels["route"]) >= 2


def test_addresses_that_are_nowhere_and_odd_methods_make_no_labels_of_their_own():
    labels = {"route": "unknown", "method": "unknown", "status": 404}
    before = counted("digits_requests_total", **labels)
    Client().generic("BREW", "/nothing/of/the/kind")
    assert counted("digits_requests_total", **labels) == before + 1


def test_a_recognition_is_counted_with_its_version_and_digit():
    visitor = Visitor()
    answer = visitor.post("/api/v1/recognitions", SEVEN, content_type="application/json").json()
    labels = {"version": answer["model_version"], "digit": answer["digit"]}
    before = counted("digits_recognitions_total", **labels)
    assert before >= 1
    visitor.post("/api/v1/recognitions", SEVEN, content_type="application/json")
    assert counted("digits_recognitions_total", **labels) == before + 1


def test_what_is_no_digit_is_counted_with_its_reason(settings):
    settings.MIN_CONFIDENCE = 1.0
    visitor = Visitor()
    version = visitor.post("/api/v1/recognitions", SEVEN, content_type="application/json").json()["model_version"]
    assert counted("digits_rejections_total", version=version, reason="not_a_digit") >= 1
    assert counted("digits_recognitions_total", version=version, digit="none") >= 1


def test_a_correction_and_a_confirmation_are_told_apart():
    visitor = Visitor()
    drawing = visitor.post("/api/v1/drawings", SEVEN, content_type="application/json").json()
    right, wrong = (counted("digits_labels_said_total", what=what) for what in ("right", "correction"))
    for digit in (drawing["digit"], (drawing["digit"] + 1) % 10):
        visitor.put(f"/api/v1/drawings/{drawing['id']}/label", {"label": digit}, content_type="application/json")
    assert counted("digits_labels_said_total", what="right") == right + 1
    assert counted("digits_labels_said_total", what="correction") == wrong + 1
    assert counted("digits_drawings_stored_total", source="strokes") >= 1


def test_the_line_of_a_request_says_route_status_time_and_version(written):
    answer = Client().get("/api/v1/model")
    (line,) = [json.loads(line) for line in written if '"digits.access"' in line]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/model", 200)
    assert line["ms"] > 0
    assert line["version"] == answer.json()["number"]
    assert line["request_id"] == answer[HEADER]


def test_the_page_of_a_failure_names_the_request(settings, monkeypatch):
    def fail(request):
        raise RuntimeError("it broke")

    monkeypatch.setattr(visitors, "current", fail)
    client = Client(raise_request_exception=False)
    page = client.get("/drawings/")
    assert page.status_code == 500
    assert page[HEADER] in page.content.decode()
    answer = client.get("/api/v1/drawings")
    assert answer[HEADER] in answer.json()["error"]["message"]


def test_nothing_of_a_visitor_is_ever_written(written, settings, monkeypatch):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    visitor = Visitor()
    strokes = {"strokes": [[[91.25, 20.75], [150, 20], [110, 130]]], "width": 200, "height": 150}
    drawing = visitor.post("/api/v1/drawings", strokes, content_type="application/json").json()
    life = drawing["life"]
    visitor.get(life)
    visitor.get("/drawings/no-such-token-4711/?password=hunter2")
    visitor.post("/admin/login/", {"username": "hunter2", "password": "hunter2"})
    visitor.post("/api/v1/drawings", {"strokes": [[[91.25, "x"]]]}, content_type="application/json")
    visitor.get("/api/v1/model", headers={"X-Forwarded-For": "203.0.113.77", "Authorization": "Bearer hunter2"})
    Client().post("/api/v1/drawings", strokes, content_type="application/json")  # without a token
    with monkeypatch.context() as patch:
        patch.setattr(visitors, "current", lambda request: 1 / 0)
        client = Client(raise_request_exception=False)
        client.cookies["visitor"] = visitor.cookies["visitor"].value
        client.get("/drawings/")
    text = "\n".join(written)
    assert "ZeroDivisionError" in text
    token = life.rstrip("/").rpartition("/")[2]
    secrets = [
        visitor.cookies["visitor"].value,
        visitor.cookies["csrftoken"].value,
        drawing["seen"],
        token,
        "91.25",
        "hunter2",
        "4711",
        "203.0.113.77",
        "127.0.0.1",
    ]
    found = [secret for secret in secrets if secret in text]
    assert found == []


def test_a_header_that_was_looked_at_before_is_forgotten_too():
    seen = {}

    def answer(request):
        seen.update(request.headers)
        return HttpResponse(get_guid() or "")

    request = RequestFactory().get("/", headers={HEADER: GIVEN})
    assert request.headers[HEADER] == GIVEN
    requests.believe_only_proxies(answer)(request)
    assert HEADER not in seen
