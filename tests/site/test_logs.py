"""Lines of the log: what they say, and what they never say."""

import json
import logging
import sys

import pytest
from django.db import IntegrityError
from django.test import RequestFactory
from django_guid import clear_guid, set_guid

from digits_site import logs
from recognizer import log_context


@pytest.fixture
def lines(request):
    """Formats a record as a handler would; gives the line."""

    def line(record: logging.LogRecord, formatter: logging.Formatter) -> str:
        for each in (logs.Discreet(), logs.Context()):
            assert each.filter(record)
        return formatter.format(record)

    yield line
    clear_guid()


def record(message="words", *args, exc_info=None, level=logging.INFO, **extra):
    made = logging.LogRecord("digits.some", level, __file__, 1, message, args, exc_info)
    made.__dict__.update(extra)
    return made


PLAIN = {"fmt": "{levelname} {name}: {message}{belongs}", "style": "{"}


def test_a_line_is_one_json_object_with_its_level_first(lines):
    text = lines(record("7 of %d\nand more", 8), logs.JsonLines())
    assert "\n" not in text
    said = json.loads(text)
    assert next(iter(said)) == "level"
    assert (said["level"], said["logger"], said["message"]) == ("INFO", "digits.some", "7 of 8\nand more")


def test_a_line_has_the_ids_of_its_request_and_its_job(lines):
    set_guid("4711")
    with log_context.about(job="training 3", attempt=2):
        said = json.loads(lines(record(), logs.JsonLines()))
    assert (said["request_id"], said["job"], said["attempt"]) == ("4711", "training 3", 2)


def test_a_plain_line_has_them_at_its_end(lines):
    set_guid("4711")
    with log_context.about(job="training 3", attempt=2):
        text = lines(record(), logs.PlainLines(**PLAIN))
    assert text == "INFO digits.some: words [request_id 4711, job training 3, attempt 2]"


def test_a_line_of_nothing_has_no_ids(lines):
    clear_guid()
    assert lines(record(), logs.PlainLines(**PLAIN)) == "INFO digits.some: words"


def test_facts_end_with_their_block():
    with log_context.about(job="training 3"):
        with log_context.about(attempt=1):
            assert log_context.facts() == {"job": "training 3", "attempt": 1}
        assert log_context.facts() == {"job": "training 3"}
    assert log_context.facts() == {}


def test_what_code_adds_to_a_line_is_written_only_if_it_is_listed(lines):
    said = json.loads(lines(record(route="/x/", strokes=[[1, 2]], cookie="secret"), logs.JsonLines()))
    assert said["route"] == "/x/"
    assert "strokes" not in said
    assert "cookie" not in said


def test_a_request_is_named_by_its_route_and_not_by_its_address(lines):
    request = RequestFactory().get("/drawings/THE-TOKEN/", {"password": "hidden"})
    made = record("%s: %s", "Not Found", request.path, request=request, status_code=404, level=logging.WARNING)
    for formatter in (logs.JsonLines(), logs.PlainLines(**PLAIN)):
        assert "THE-TOKEN" not in lines(made, formatter)
        assert "hidden" not in lines(made, formatter)
    assert made.status == 404


@pytest.mark.parametrize(
    ("message", "args", "said"),
    [
        ("Forbidden (Permission denied): %s", ["/drawings/THE-TOKEN/"], "Forbidden (Permission denied): GET unknown"),
        ("Method Not Allowed (%s): %s", ["GET", "/drawings/THE-TOKEN/"], "Method Not Allowed (GET): GET unknown"),
        ("Invalid HTTP_HOST header: 'THE-%s'.", [], "Invalid HTTP_HOST header: 'THE-%s'.: GET unknown"),
        (
            "Forbidden (%s): %s",
            ["Referer checking failed - https://else.example/THE-TOKEN does not match any trusted origins.", "/x"],
            "Forbidden (Referer checking failed - (an address) does not match any trusted origins.): GET unknown",
        ),
    ],
)
def test_whatever_django_says_of_a_request_has_no_address(lines, message, args, said):
    request = RequestFactory().get("/drawings/THE-TOKEN/")
    made = record(message, *args, request=request, status_code=403)
    assert lines(made, logs.PlainLines(**PLAIN)) == f"INFO digits.some: {said}"


@pytest.mark.parametrize(
    ("message", "args", "said"),
    [
        ("Invalid request from ip=203.0.113.9: Invalid HTTP request line: 'GET /THE-TOKEN'", [], "Invalid request"),
        ("Error handling request %s %s", ["GET", "/drawings/THE-TOKEN/"], "Error handling request"),
        ("Worker exiting (pid: %s)", [4711], "Worker exiting (pid: 4711)"),
    ],
)
def test_gunicorn_names_neither_who_asked_nor_for_what(lines, message, args, said):
    made = record(message, *args)
    made.name = "gunicorn.error"
    assert lines(made, logs.PlainLines(**PLAIN)) == f"INFO gunicorn.error: {said}"


@pytest.mark.parametrize("formatter", [logs.JsonLines(), logs.PlainLines(**PLAIN)])
def test_a_row_that_a_database_shows_is_cut_off_and_the_traceback_stays(lines, formatter):
    try:
        try:
            raise IntegrityError('violates "drawing_x"\nDETAIL:  Failing row contains (1, [[10.5, 20]], secret).')
        except IntegrityError as error:
            raise ValueError("came of it") from error
    except ValueError:
        text = lines(record(exc_info=sys.exc_info()), formatter)
    assert "secret" not in text
    assert "10.5" not in text
    assert "drawing_x" in text
    assert "came of it" in text


@pytest.mark.parametrize("formatter", [logs.JsonLines(), logs.PlainLines(**PLAIN)])
def test_such_a_row_is_cut_off_in_a_message_too(lines, formatter):
    error = IntegrityError('violates "drawing_x"\nDETAIL:  Failing row contains (1, [[10.5, 20]], secret).')
    text = lines(record(f"It was not stored: {error}"), formatter)
    assert "drawing_x" in text
    assert "secret" not in text
