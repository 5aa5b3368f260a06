"""Every bad request gets its 4xx and a message that names what is wrong, and stores nothing."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognizer.models import Drawing, Label, ModelVersion, Prediction, Visitor
from tests.recognizer.bad_requests import DRAWINGS, OTHERS, PNG, SUBMISSIONS, Bad
from tests.recognizer.conftest import SEVEN


def named(rows: list[Bad]) -> list:
    return [pytest.param(row, id=row.name) for row in rows]


def all_that_is_stored() -> list:
    tables = [list(model.objects.order_by("pk").values()) for model in (Visitor, Drawing, Prediction, Label)]
    return [*tables, ModelVersion.objects.count(), uploads()]


def uploads() -> list[str]:
    root = storages["uploads"].base_location
    return sorted(str(path) for path in Path(root).rglob("*") if path.is_file())


def sent(client: Client, bad: Bad, path: str):
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in bad.headers.items()}
    if "HTTP_CONTENT_LENGTH" in headers:
        headers["CONTENT_LENGTH"] = headers.pop("HTTP_CONTENT_LENGTH")
    # Django's client sends no Content-Type with an empty body.
    return client.generic(bad.method, path, bad.data, content_type=bad.type, **{"CONTENT_TYPE": bad.type} | headers)


def check(response, bad: Bad) -> None:
    assert response.status_code == bad.status, response.content[:500]
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert set(error) == {"code", "message", "field"}
    assert (error["code"], bad.says in error["message"]) == (bad.code, True), error
    assert len(error["message"]) < 400


@pytest.mark.parametrize("bad", named(SUBMISSIONS))
def test_a_bad_submission_is_refused_and_not_stored(bad, visitor):
    before = all_that_is_stored()
    check(sent(visitor, bad, bad.path), bad)
    assert all_that_is_stored() == before


@pytest.mark.parametrize("bad", named([row for row in SUBMISSIONS if row.code not in ("empty", "invalid_key")]))
def test_a_bad_submission_is_not_recognised_either(bad, visitor):
    before = all_that_is_stored()
    check(sent(visitor, bad, "/api/v1/recognitions"), bad)
    assert all_that_is_stored() == before


@pytest.mark.parametrize("bad", named(OTHERS))
def test_a_bad_request_changes_nothing(bad, visitor, other_visitor):
    ids = {"own": visitor.draw()["id"], "foreign": other_visitor.draw()["id"]}
    before = all_that_is_stored()
    check(sent(visitor, bad, bad.path.format(**ids)), bad)
    assert all_that_is_stored() == before


def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(visitor):
    assert visitor.delete(DRAWINGS)["Allow"] == "GET, POST, HEAD"


def test_without_the_csrf_cookie_nothing_is_stored(db):
    client = Client(enforce_csrf_checks=True)
    response = client.post(DRAWINGS, SEVEN, content_type="application/json")
    assert response.json()["error"]["code"] == "csrf_failed"
    assert "the CSRF cookie is not set" in response.json()["error"]["message"]
    assert not Drawing.objects.exists()


def test_without_the_csrf_token_a_file_is_not_stored(db):
    client = Client(enforce_csrf_checks=True)
    client.get("/api/v1/model")
    response = client.post(DRAWINGS, {"image": SimpleUploadedFile("7.png", PNG)})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "csrf_failed")
    assert uploads() == []


def test_a_body_that_is_too_large_is_refused_before_it_is_read(visitor, rf):
    class Unreadable(BytesIO):
        def read(self, *args):
            raise AssertionError("the body was read")

        readline = read

    length = settings.MAX_BODY_BYTES + 1
    environ = {
        "wsgi.input": Unreadable(),
        "CONTENT_LENGTH": str(length),
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
    }
    response = visitor.request(REQUEST_METHOD="POST", PATH_INFO=DRAWINGS, **environ)
    assert response.status_code == 413


def test_a_body_that_breaks_off_is_answered(visitor):
    class BrokenOff(BytesIO):
        def read(self, *args):
            raise OSError("connection reset")

        readline = read

    for content_type in ("application/json", "multipart/form-data; boundary=b"):
        environ = {"wsgi.input": BrokenOff(), "CONTENT_LENGTH": "500", "CONTENT_TYPE": content_type}
        response = visitor.request(REQUEST_METHOD="POST", PATH_INFO=DRAWINGS, **environ)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "incomplete_body")


def test_a_forged_visitor_cookie_shows_nothing(visitor, other_visitor):
    drawing = other_visitor.draw()
    for forged in ("1", "x" * 43, "é", Visitor.objects.get().key_hash, "' OR 1=1 --", "a" * 5000):
        visitor.cookies["visitor"] = forged
        assert visitor.get(DRAWINGS).json()["count"] == 0
        assert visitor.get(f"{DRAWINGS}/{drawing['id']}").status_code == 404
