"""The facts of drawings are what the tables of drawings, predictions and labels say, whoever wrote there and how."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from recognizer import agreement, decisions, drawings, facts, moderation
from recognizer.models import Decision, Drawing, DrawingFacts, Label, Prediction, Visitor
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
STATES = list(Label.State)
WRITERS = ["claim", "clear", "accept", "reject", "relabel", "agree", "disagree", "undo", "hide", "show", "block"]
OTHERS = ["raw", "unasked", "gone"]


def defined() -> dict[int, tuple]:
    """What the facts have to be, by the words of the querysets."""
    wrong = set(Drawing.objects.wrong().values_list("pk", flat=True))
    return {
        row[0]: (*row[1:8], row[8] or "", row[9], row[0] in wrong)
        for row in Drawing.objects.values_list(
            "pk", "visitor", "source", "created_at", "hidden_as", "prediction__version", "prediction__digit",
            "prediction__confidence", "label__state", "label__digit",
        )
    }  # fmt: skip


def kept() -> dict[int, tuple]:
    names = ("visitor", "source", "created_at", "hidden_as", "version", "read", "confidence", "state", "means")
    return {row[0]: row[1:] for row in DrawingFacts.objects.values_list("pk", *names, "is_wrong")}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("means", [None, 7, 3, "none"])
@pytest.mark.parametrize("read", [7, None])
def test_a_drawing_has_its_facts_as_soon_as_it_is_stored(read, means, state):
    rows.drawing(rows.version(), read=read, means=means, state=state)
    assert kept() == defined()


def test_a_drawing_without_an_answer_has_facts_too():
    Prediction.objects.filter(drawing=rows.drawing(rows.version(), means=7)).delete()
    assert kept() == defined()


def test_facts_go_with_the_visitor():
    drawing = rows.drawing(rows.version())
    drawing.visitor.delete()
    assert kept() == {}


def test_whatever_was_lost_is_worked_out_anew(monkeypatch):
    monkeypatch.setattr(facts, "DRAWINGS_AT_ONCE", 2)
    version = rows.version()
    for _ in range(5):
        rows.drawing(version, means=3)
    DrawingFacts.objects.filter(pk__lte=Drawing.objects.last().pk + 2).delete()
    DrawingFacts.objects.update(read=0, hidden_as="hidden")
    DrawingFacts.objects.create(pk=10**9, visitor_id=1, source="x", created_at=version.created_at)
    facts.rebuild(connection)
    assert kept() == defined()


@pytest.mark.django_db(transaction=True)
def test_triggers_of_an_earlier_release_get_the_words_of_today_and_what_they_kept_stays(monkeypatch):
    today = dict(facts.TRIGGERS)
    event, statement = today["facts_label_new"]
    monkeypatch.setitem(facts.TRIGGERS, "facts_label_new", (event, statement.replace("means = NEW.digit", "means = 1")))
    facts.after_migrations()
    version = rows.version()
    before = rows.drawing(version, means=3)
    assert DrawingFacts.objects.get(pk=before.pk).means == 1
    monkeypatch.setattr(facts, "TRIGGERS", today)
    monkeypatch.setattr(facts, "rebuild", None)
    call_command("migrate", verbosity=0)
    after = rows.drawing(version, means=3)
    assert DrawingFacts.objects.get(pk=before.pk).means == 1
    assert DrawingFacts.objects.get(pk=after.pk).means == 3


def test_a_prediction_that_comes_later_is_told_of():
    drawing = rows.drawing(rows.version())
    answer = Prediction.objects.filter(drawing=drawing).values().get()
    Prediction.objects.filter(drawing=drawing).delete()
    assert DrawingFacts.objects.get().version_id is None
    Prediction.objects.create(**answer | {"digit": 2, "reason": ""})
    assert kept() == defined()
    assert DrawingFacts.objects.get().read == 2


@pytest.mark.django_db(transaction=True)
def test_triggers_that_a_migration_dropped_are_put_back_and_what_they_missed_with_them():
    version = rows.version()
    facts.remove(connection)
    rows.drawing(version, means=3)
    assert kept() == {}
    call_command("migrate", verbosity=0)
    rows.drawing(version, means=4)
    assert kept() == defined()
    assert facts.UNFINISHED not in connection.introspection.table_names(include_views=True)


@pytest.mark.django_db(transaction=True)
def test_a_rebuilding_that_was_interrupted_is_done_the_next_time(monkeypatch):
    rows.drawing(rows.version(), means=3)
    DrawingFacts.objects.all().delete()
    facts.install(connection)
    call_command("migrate", verbosity=0)
    assert kept() == defined()


class AnyHistory(TestCase):
    """Writers of the site in any order, and writers that go past it."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(WRITERS + OTHERS), st.integers(0, 3), st.sampled_from([7, 3, None]))))
    def test_facts_are_never_stale(self, history):
        version = rows.version()
        ids = [rows.drawing(version, read=read, means=7).pk for read in (7, 3, None, 1)]
        for what, number, digit in history:
            drawing = Drawing.objects.filter(pk=ids[number]).first()
            if drawing:
                self._write(what, drawing, digit)
            assert kept() == defined()

    def _write(self, what: str, drawing: Drawing, digit: int | None) -> None:
        accepted, rejected = Label.State.ACCEPTED, Label.State.REJECTED
        {
            "claim": lambda: drawings.set_label(drawing, digit),
            "clear": lambda: drawings.clear_label(drawing),
            "accept": lambda: drawings.review([drawing.pk], accepted, by=None),
            "reject": lambda: drawings.review([drawing.pk], rejected, by=None),
            "relabel": lambda: drawings.review([drawing.pk], accepted, by=None, digit=digit),
            "agree": lambda: drawings.agree(drawing.pk, digit),
            "disagree": lambda: drawings.disagree(drawing.pk),
            "undo": lambda: _undo_last(drawing),
            "hide": lambda: moderation.hide([drawing.pk], by=None),
            "show": lambda: moderation.show([drawing.pk], by=None),
            "block": lambda: moderation.block(drawing.visitor, by=None),
            "raw": lambda: _raw(digit, drawing.pk),
            "unasked": lambda: Drawing.objects.filter(pk=drawing.pk).update(visitor=Visitor.objects.create()),
            "gone": lambda: drawings.delete(drawing),
        }[what]()
        agreement.settle()


def _undo_last(drawing: Drawing) -> None:
    labels = Q(kind__in=decisions.OF_LABELS, undone_at=None, drawing=drawing)
    if decision := Decision.objects.filter(labels).first():
        with suppress(decisions.DecisionError):  # a claim has come after it
            decisions.undo(decision, by=None)


def _raw(digit: int | None, pk: int) -> None:
    with connection.cursor() as cursor:
        reason = "" if digit is not None else "not_a_digit"
        cursor.execute(
            "UPDATE recognizer_prediction SET digit = %s, reason = %s WHERE drawing_id = %s", [digit, reason, pk]
        )


@pytest.mark.django_db(transaction=True)
def test_working_facts_out_anew_leaves_the_connection_as_it_was():
    asked = ["PRAGMA cache_size", "PRAGMA secure_delete"] if connection.vendor == "sqlite" else ["SHOW work_mem"]

    def settings_now() -> Iterator[object]:
        with connection.cursor() as cursor:
            for one in asked:
                cursor.execute(one)
                yield cursor.fetchone()[0]

    before = list(settings_now())
    facts.rebuild(connection)
    assert list(settings_now()) == before
