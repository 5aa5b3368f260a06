"""The number of queries of each request is pinned: it must not grow with what is stored."""

import pytest
from django.db import connection

from recognizer import recognition
from tests.recognizer.conftest import SEVEN


@pytest.fixture
def at_work(visitor, settings):
    """A visitor with drawings at a process that has just looked which version is live."""
    settings.LIVE_VERSION_TTL_SECONDS = 3600.0
    for number in range(12):
        drawing_id = visitor.draw(width=200 + number)["id"]
        visitor.label(drawing_id, {"label": number % 10})
    recognition.live()
    return visitor


def test_recognising_asks_nothing(at_work, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert at_work.send("recognitions", SEVEN).status_code == 200


def test_storing_takes_the_visitor_and_two_rows(at_work, django_assert_num_queries, django_capture_on_commit_callbacks):
    # visitor; savepoint, whether to hide it, drawing, prediction, release (outside of tests: begin and commit);
    # once an hour the address as well
    with django_assert_num_queries(7), django_capture_on_commit_callbacks(execute=True):
        assert at_work.send("drawings", SEVEN).status_code == 201


def test_storing_once_more_takes_one_statement(at_work, django_assert_num_queries, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        at_work.draw()
    # and the tests' savepoint and its release; on SQLite, which cannot insert two rows at once, one more
    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 4):
        assert at_work.send("drawings", SEVEN).status_code == 201


@pytest.mark.parametrize("page_size", [1, 12])
def test_a_list_of_any_length_takes_three(at_work, page_size, django_assert_num_queries):
    with django_assert_num_queries(3):
        page = at_work.get(f"/api/v1/drawings?page_size={page_size}").json()
    assert len(page["items"]) == page_size


def test_one_drawing_takes_two(at_work, django_assert_num_queries):
    drawing_id = at_work.draw()["id"]
    with django_assert_num_queries(2):
        assert at_work.get(f"/api/v1/drawings/{drawing_id}").json()["id"] == drawing_id


def test_the_model_takes_three(at_work, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert at_work.get("/api/v1/model").json()["number"] >= 1
