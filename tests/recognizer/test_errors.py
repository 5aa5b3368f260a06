"""What goes wrong under /api/ is said in JSON, whoever says it."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from recognizer import api, recognition
from recognizer.models import Label
from tests.recognizer.conftest import SEVEN

pytestmark = pytest.mark.django_db


def failing(error: Exception):
    def recognise(*args):
        raise error

    return recognise


def test_a_failure_of_the_server_is_json(monkeypatch):
    monkeypatch.setattr(recognition, "recognise", failing(RuntimeError("a bug")))
    client = Client(raise_request_exception=False)
    response = client.post("/api/v1/recognitions", SEVEN, content_type="application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (500, "server_error")
    assert "a bug" not in response.content.decode()


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection already closed")])
def test_a_database_that_is_away_is_told_from_a_failure(monkeypatch, error):
    monkeypatch.setattr(recognition, "recognise", failing(error))
    response = Client().post("/api/v1/drawings", SEVEN, content_type="application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "database_unavailable")


def test_a_label_that_is_stored_but_cannot_be_read_again_is_not_said_to_be_lost(monkeypatch, visitor):
    drawing = visitor.draw()
    own, asked = api._own, []

    def once(*given):
        asked.append(given)
        if len(asked) > 1:
            raise OperationalError("server closed the connection unexpectedly")
        return own(*given)

    monkeypatch.setattr(api, "_own", once)
    response = visitor.label(drawing["id"], {"label": 4})
    assert Label.objects.get().digit == 4
    assert response.status_code == 503
    assert "may or may not have stored this" in response.json()["error"]["message"]


def test_nothing_is_said_of_storing_where_only_something_was_asked_for(monkeypatch, visitor):
    drawing = visitor.draw()
    monkeypatch.setattr(api, "_own", failing(OperationalError("database is locked")))
    message = visitor.get(f"/api/v1/drawings/{drawing['id']}").json()["error"]["message"]
    assert message == "The database does not answer: try again in a moment."


def test_an_unknown_host_is_told_so_in_json():
    response = Client().get("/api/v1/model", headers={"host": "evil.example"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_request")


def test_a_page_that_is_missing_is_no_json():
    response = Client().get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
