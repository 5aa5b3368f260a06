"""What Python and Django complain of in English comes to the reader in their language, under the same code."""

import json

import pytest
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.http.multipartparser import MultiPartParserError
from django.middleware import csrf
from django.test import Client
from django.utils.translation import override

from recognizer import complaints
from tests.recognizer.conftest import SEVEN

DRAWINGS = "/api/v1/drawings"
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de"}


def refused(client: Client, body: object, type: str = "application/json", **headers: str) -> dict[str, str]:
    return client.post(DRAWINGS, body, type, **GERMAN, **headers).json()["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[", "es fehlt ein Wert (Zeile 1, Spalte 2)"),
        ("{oops}", "es fehlt ein Schlüssel in doppelten Anführungszeichen (Zeile 1, Spalte 2)"),
        ('{"a" 1}', "es fehlt ein Doppelpunkt (Zeile 1, Spalte 6)"),
        ("[1\n2]", "es fehlt ein Komma (Zeile 2, Spalte 1)"),
        ("{}{}", "es geht weiter, wo es enden sollte (Zeile 1, Spalte 3)"),
        ('"abc', "ein String hat kein Ende (Zeile 1, Spalte 1)"),
        ('"\t"', "in einem String steht ein Steuerzeichen (Zeile 1, Spalte 2)"),
        (r'"\x"', "auf einen Backslash folgt, was dort nicht stehen kann (Zeile 1, Spalte 2)"),
        (r'"\u12"', "auf einen Backslash folgt, was dort nicht stehen kann (Zeile 1, Spalte 3)"),
        ("9" * 5000, "eine Zahl hat mehr Ziffern, als gelesen werden"),
        ('{"a": 1, "a": 2}', "der Schlüssel 'a' kommt zweimal vor"),
        ("[NaN]", "NaN ist keine JSON-Zahl"),
    ],
)
def test_what_is_no_json_is_said_in_german_with_its_place(client, db, body, words):
    error = refused(client, body)
    assert error["code"] == "invalid_json"
    assert error["message"] == f"Der Inhalt ist kein gültiges JSON: {words}. Sende ein JSON-Objekt in UTF-8."


def test_a_complaint_of_a_later_python_does_not_come_through_in_english():
    with override("de"):
        assert (
            complaints.of_json(json.JSONDecodeError("Some news", "{}", 1)) == "es ist nicht lesbar (Zeile 1, Spalte 2)"
        )


def test_a_missing_token_is_said_in_german(db):
    client = Client(enforce_csrf_checks=True)
    error = refused(client, SEVEN)
    assert error["code"] == "csrf_failed"
    assert "(das CSRF-Cookie ist nicht gesetzt)" in error["message"]
    client.get("/api/v1/model")
    assert "(das CSRF-Token fehlt)" in refused(client, SEVEN)["message"]
    assert "(das CSRF-Token hat eine falsche Länge)" in refused(client, SEVEN, HTTP_X_CSRFTOKEN="x")["message"]
    assert "(das CSRF-Token ist falsch)" in refused(client, SEVEN, HTTP_X_CSRFTOKEN="a" * 32)["message"]


def test_another_sites_request_is_told_where_it_comes_from(db):
    error = refused(Client(enforce_csrf_checks=True), SEVEN, HTTP_ORIGIN="https://evil.example")
    assert "(sie kommt von 'https://evil.example' und nicht von dieser Website)" in error["message"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (csrf.REASON_NO_REFERER, "der Header Referer fehlt"),
        (csrf.REASON_MALFORMED_REFERER, "der Header Referer ist keine Adresse"),
        (csrf.REASON_INSECURE_REFERER, "der Header Referer ist eine Adresse ohne HTTPS"),
        (
            csrf.REASON_BAD_REFERER % "https://e.example/",
            "sie kommt von 'https://e.example/' und nicht von dieser Website",
        ),
        ("CSRF token from POST has invalid characters.", "das CSRF-Token hat ungültige Zeichen"),
        ("Some news.", "sie zeigt nicht, dass sie von dieser Website kommt"),
    ],
)
def test_every_reason_of_django_has_german_words(reason, words):
    with override("de"):
        assert complaints.of_csrf(reason) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TooManyFieldsSent("The number of GET/POST parameters exceeded"), "es hat zu viele Parameter"),
        (TooManyFilesSent("The number of files exceeded"), "es hat zu viele Dateien"),
        (MultiPartParserError("Could not decode base64 data."), "ein Teil davon ist kein gültiges Base64"),
        (MultiPartParserError("Some news"), "etwas darin ist ungültig"),
    ],
)
def test_why_a_form_cannot_be_read_is_said_in_german(error, words):
    with override("de"):
        assert complaints.of_form(error) == words


def test_a_form_without_a_boundary_is_refused_in_german(client, db):
    error = refused(client, b"x", "multipart/form-data")
    assert error["code"] == "invalid_form"
    assert "(sein Content-Type hat kein gültiges boundary)" in error["message"]


def test_numbers_in_refusals_are_written_as_the_language_has_them(client, db):
    error = refused(client, SEVEN | {"strokes": [[[1, 2]] * 100_000]})
    assert "höchstens 20.000" in error["message"]
