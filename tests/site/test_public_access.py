"""Every address outside the admin, by every kind of visitor: what is one visitor's own is not there for the others.

The addresses come from the URL configuration and from the API's own description, so that a new one fails here until
its line is in the table. Left out on purpose: what the answers say."""

import json
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from recognizer import recognition
from recognizer.api import api
from recognizer.models import Drawing, Room
from tests.training.making import weights_file

pytestmark = pytest.mark.slow

KINDS = ("stranger", "owner", "other", "staff")
# Of the room that the owner is in
CODE = "BCD234"
# A method, an address with * for the number of the owner's drawing, and the answer to each kind of visitor
TABLE = """
                                        stranger  owner  other  staff
GET     /                               200       200    200    200
POST    /                               405       405    405    405
GET     /drawings/                      200       200    200    200
POST    /drawings/                      405       405    405    405
GET     /model/                         200       200    200    200
POST    /model/                         405       405    405    405
GET     /favicon.ico                    302       302    302    302
POST    /favicon.ico                    405       405    405    405
GET     /healthz                        200       200    200    200
POST    /healthz                        405       405    405    405
GET     /readyz                         200       200    200    200
POST    /readyz                         405       405    405    405
GET     /metrics                        404       404    404    404
POST    /metrics                        405       405    405    405
GET     /api/v1/docs                    200       200    200    200
GET     /api/v1/openapi.json            200       200    200    200
GET     /api/v1/                        404       404    404    404
POST    /api/v1/recognitions            200       200    200    200
POST    /api/v1/explanations            200       200    200    200
POST    /api/v1/drawings                201       201    201    201
GET     /api/v1/drawings                200       200    200    200
GET     /api/v1/drawings/*              404       200    404    404
DELETE  /api/v1/drawings/*              404       204    404    404
PUT     /api/v1/drawings/*/label        404       200    404    404
GET     /api/v1/model                   200       200    200    200
GET     /api/v1/visitor                 200       200    200    200
PUT     /api/v1/visitor                 404       200    200    404
GET     /api/v1/second-opinions/next    403       200    200    403
POST    /api/v1/second-opinions         403       422    422    403
GET     /second-opinion/                200       200    200    200
POST    /second-opinion/                405       405    405    405
GET     /drawings/*/                    404       404    404    404
POST    /drawings/*/                    405       405    405    405
GET     /rooms/                         200       200    200    200
POST    /rooms/                         422       422    422    422
GET     /rooms/*/                       200       200    200    200
POST    /rooms/*/                       405       405    405    405
GET     /rooms/*/figures/               404       200    404    200
POST    /rooms/*/figures/               405       405    405    405
GET     /rooms/*/join/                  405       405    405    405
POST    /rooms/*/join/                  302       302    302    302
GET     /rooms/*/leave/                 405       405    405    405
POST    /rooms/*/leave/                 302       302    302    302
GET     /rooms/*/share/                 405       405    405    405
POST    /rooms/*/share/                 404       302    404    404
GET     /rooms/desk/                    302       302    302    200
POST    /rooms/desk/                    302       302    302    422
GET     /rooms/desk/*/                  302       302    302    200
POST    /rooms/desk/*/                  405       405    405    405
GET     /rooms/desk/*/edit/             302       302    302    200
POST    /rooms/desk/*/edit/             302       302    302    422
GET     /rooms/desk/*/show/             302       302    302    200
POST    /rooms/desk/*/show/             405       405    405    405
GET     /rooms/desk/*/state/            405       405    405    405
POST    /rooms/desk/*/state/            302       302    302    404
GET     /rooms/desk/*/remove/           405       405    405    405
POST    /rooms/desk/*/remove/           302       302    302    302
GET     /rooms/desk/*/hide/             405       405    405    405
POST    /rooms/desk/*/hide/             302       302    302    302
GET     /rooms/desk/*/review/           302       302    302    200
POST    /rooms/desk/*/review/           405       405    405    405
GET     /rooms/desk/*/review/decide/    405       405    405    405
POST    /rooms/desk/*/review/decide/    302       302    302    302
GET     /rooms/desk/*/review/undo/      405       405    405    405
POST    /rooms/desk/*/review/undo/      302       302    302    302
GET     /rooms/desk/*/review/many/      302       302    302    200
POST    /rooms/desk/*/review/many/      302       302    302    302
GET     /rooms/desk/*/versions/         302       302    302    200
POST    /rooms/desk/*/versions/         405       405    405    405
GET     /rooms/desk/*/versions/training/  302     302    302    200
POST    /rooms/desk/*/versions/training/  405     405    405    405
GET     /rooms/desk/*/versions/*/       302       302    302    404
POST    /rooms/desk/*/versions/*/       405       405    405    405
GET     /rooms/desk/*/versions/start/   405       405    405    405
POST    /rooms/desk/*/versions/start/   302       302    302    302
GET     /rooms/desk/*/versions/cancel/  405       405    405    405
POST    /rooms/desk/*/versions/cancel/  302       302    302    302
GET     /rooms/desk/*/versions/use/     405       405    405    405
POST    /rooms/desk/*/versions/use/     302       302    302    404
GET     /rooms/desk/*/export/           302       302    302    200
POST    /rooms/desk/*/export/           405       405    405    405
GET     /rooms/desk/*/delete/           302       302    302    200
POST    /rooms/desk/*/delete/           302       302    302    422
GET     /api/v1/me                      200       200    200    200
GET     /api/v1/me/export               404       200    200    404
DELETE  /api/v1/me                      404       200    200    404
GET     /privacy/                       200       200    200    200
POST    /privacy/                       405       405    405    405
GET     /privacy/delete/                200       200    200    200
POST    /privacy/delete/                200       200    200    200
GET     /privacy/deleted/*/             404       404    404    404
POST    /privacy/deleted/*/             405       405    405    405
GET     /robots.txt                     200       200    200    200
POST    /robots.txt                     405       405    405    405
GET     /.well-known/security.txt       404       404    404    404
POST    /.well-known/security.txt       405       405    405    405
GET     /admin/login/                   200       200    200    302
POST    /admin/login/                   200       200    200    200
GET     /admin/two-factor/              302       302    302    200
POST    /admin/two-factor/              302       302    302    422
GET     /admin/dashboard/               302       302    302    200
GET     /i18n/language/                 405       405    405    405
POST    /i18n/language/                 302       302    302    302
GET     /i18n/*.*.js                    404       404    404    404
POST    /i18n/*.*.js                    405       405    405    405
POST    /admin/dashboard/               302       302    302    405
GET     /admin/recognizer/drawing/*/neighbours/  302  302  302  200
POST    /admin/recognizer/drawing/*/neighbours/  302  302  302  405
"""
SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}
BODIES = {
    "/api/v1/drawings/*/label": {"label": 7},
    "/api/v1/visitor": {"shares": True},
    "/api/v1/second-opinions": {"ticket": "made up", "digit": 7},
}
# The framework's own pages take any method as GET; their content is the same for everybody.
BY_GET_ALONE = {"/api/v1/docs", "/api/v1/openapi.json", "/api/v1/"}


def table() -> dict[tuple[str, str], list[int]]:
    rows = (line.split() for line in TABLE.strip().splitlines()[1:])
    return {(method, path): [int(status) for status in answers] for method, path, *answers in rows}


def asked() -> Iterator[tuple[str, str]]:
    """Every method at every public address."""
    of_the_api = api.get_openapi_schema()["paths"]
    for path, operations in of_the_api.items():
        yield from ((method.upper(), re.sub(r"{\w+}", "*", path)) for method in operations)
    for path in sorted(_addresses(get_resolver(), "/")):
        if path in BY_GET_ALONE:
            yield "GET", path
        elif path not in {re.sub(r"{\w+}", "*", known) for known in of_the_api}:
            yield from (("GET", path), ("POST", path))


def _filled(path: str, owned: int) -> str:
    """With the owner's drawing, or the room that the owner is in, for the first *."""
    return path.replace("*", CODE if path.startswith("/rooms/") else str(owned), 1).replace("*", str(owned))


def _addresses(part: URLResolver, before: str) -> Iterator[str]:
    for pattern in part.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if getattr(pattern, "app_name", "") != "admin":
                yield from _addresses(pattern, route)
        elif "^" not in route:  # what catches everything else below /api/
            yield re.sub(r"<[^>]+>", "*", route)


@pytest.fixture
def people(db, settings, tmp_path) -> Iterator[dict[str, Client]]:
    """A browser of each kind; the owner's has one drawing, the other's another."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.MIN_CONFIDENCE, settings.LABEL_AGREEMENT = folder, 0.0, 2
    settings.METRICS_TOKEN = "shown by Prometheus alone"
    recognition.forget()
    browsers = {kind: Client() for kind in KINDS}
    for kind in ("owner", "other"):
        assert browsers[kind].post("/api/v1/drawings", SEVEN, "application/json").status_code == 201
    browsers["staff"].force_login(User.objects.create_superuser("admin"))
    Room.objects.create(code=CODE, name="7b")
    browsers["owner"].post(f"/rooms/{CODE}/join/", {"shares": "yes"})
    yield browsers
    recognition.forget()


def test_the_table_has_every_address_and_method_and_no_other():
    missing, gone = set(asked()) - set(table()), set(table()) - set(asked())
    assert missing == set(), "add a line for each to TABLE in tests/site/test_public_access.py"
    assert gone == set(), "these lines of TABLE in tests/site/test_public_access.py lead nowhere"


def test_each_kind_of_visitor_is_answered_as_the_table_says(people):
    owned = Drawing.objects.order_by("pk").first().pk
    for (method, path), expected in table().items():
        body = json.dumps(BODIES.get(path, SEVEN))
        answers = []
        for browser in people.values():
            with transaction.atomic():
                answer = browser.generic(method, _filled(path, owned), body, "application/json")
                transaction.set_rollback(True)
            answers.append(answer.status_code)
        assert answers == expected, f"{method} {path}"
