"""Nearest people: known digits of others, MNIST's and accepted drawings', the most similar first."""

import numpy as np
import pytest
from django.test import Client

from recognizer import moderation, recognition, versions
from recognizer.models import Drawing, Label
from tests import admin_rows as rows
from tests.training.making import showing, visitor
from training import neighbours, references

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site():
    recognition.forget()
    references.forget()
    versions.ensure_shipped()
    yield
    recognition.forget()
    references.forget()


@pytest.fixture
def without_mnist(settings):
    settings.MNIST_DIR = settings.MNIST_DOWNLOAD_DIR = None


def test_half_are_of_each_sort_and_the_nearest_come_first(small_mnist):
    for number in range(10):
        showing(visitor(f"v{number}"), 4, seed=number)
    found = neighbours.of(showing(visitor("ada"), 4, state=Label.State.UNREVIEWED, seed=77))["neighbours"]
    assert sorted(one["source"] == "MNIST" for one in found) == [False] * 4 + [True] * 4
    assert [one["label"] for one in found] == ["4"] * 8
    assert [one["distance"] for one in found] == sorted(one["distance"] for one in found)
    assert all(one["url"].endswith("/change/") == (one["source"] != "MNIST") for one in found)


def test_ones_own_are_left_out_and_what_is_missing_is_said(without_mnist):
    ada = visitor("ada")
    showing(ada, 4)
    alone = showing(ada, 4, state=Label.State.UNREVIEWED, seed=1)
    assert neighbours.of(alone)["neighbours"] == []
    assert "MNIST is not here" in neighbours.of(alone)["note"]


def test_what_was_deleted_hidden_or_relabelled_since_is_not_shown(without_mnist):
    kept, deleted, hidden, relabelled = (showing(visitor(f"v{n}"), 4, seed=n) for n in range(4))
    looked_at = showing(visitor("ada"), 4, state=Label.State.UNREVIEWED, seed=77)
    assert len(neighbours.of(looked_at)["neighbours"]) == 4
    Drawing.objects.filter(pk=deleted.pk).delete()
    moderation.hide([hidden.pk], by=None)
    Label.objects.filter(drawing=relabelled).update(digit=9)
    assert [one["source"] for one in neighbours.of(looked_at)["neighbours"]] == [f"drawing {kept.pk}"]


def test_the_next_nearest_take_their_places(small_mnist):
    theirs = [showing(visitor(f"v{n}"), 4, seed=n) for n in range(6)]
    looked_at = showing(visitor("ada"), 4, state=Label.State.UNREVIEWED, seed=77)
    shown = [one["source"] for one in neighbours.of(looked_at)["neighbours"]]
    first = next(drawing for drawing in theirs if f"drawing {drawing.pk}" in shown)
    moderation.hide([first.pk], by=None)
    after = [one["source"] for one in neighbours.of(looked_at)["neighbours"]]
    assert (len(after), f"drawing {first.pk}" in after) == (8, False)


def test_an_answer_takes_as_many_queries_however_many_are_known(without_mnist, settings, django_assert_num_queries):
    settings.LIVE_VERSION_TTL_SECONDS = 3600.0
    looked_at = showing(visitor("ada"), 4, state=Label.State.UNREVIEWED, seed=77)
    for number in range(12):
        showing(visitor(f"v{number}"), 4, seed=number)
    neighbours.of(looked_at)
    with django_assert_num_queries(1):  # what is still to be shown
        neighbours.of(looked_at)


def test_where_one_sort_is_rare_there_are_more_of_the_other():
    nearness, is_mnist = np.arange(20) / 20, np.arange(20) >= 2
    chosen = neighbours.nearest(nearness, is_mnist, np.arange(20))
    assert (len(chosen), {0, 1} <= set(chosen), chosen == sorted(chosen, reverse=True)) == (8, True, True)


class TestAddress:
    def answer(self, drawing_id: int, *permissions: str):
        client = Client()
        client.force_login(rows.staff(*permissions))
        return client.get(f"/admin/recognizer/drawing/{drawing_id}/neighbours/")

    def test_it_answers_those_who_may_see_drawings(self, without_mnist):
        drawing = showing(visitor("ada"), 4)
        assert self.answer(drawing.pk, "recognizer.view_drawing").json()["neighbours"] == []

    def test_nobody_else_is_answered(self, without_mnist):
        assert self.answer(showing(visitor("ada"), 4).pk).status_code == 403

    def test_a_drawing_that_is_not_there_is_not_found(self, without_mnist):
        assert self.answer(12345, "recognizer.view_drawing").status_code == 404
