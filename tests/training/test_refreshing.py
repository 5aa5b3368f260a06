"""The figures of days: what is counted, that nothing is missed, and that two may count at once."""

import random
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer import decisions, drawings, versions
from recognizer.changes import drawings_change
from recognizer.deletion import Deleter
from recognizer.models import Decision, Drawing, Label, Prediction, Visitor
from tests import admin_rows as rows
from training import daily, day_marks, refreshing, tasks
from training.models import DayFigures, DayMark, FiguresState

pytestmark = pytest.mark.django_db


@pytest.fixture
def live():
    return versions.ensure_shipped().version


def dated(days_ago: float, *arguments, **fields) -> Drawing:
    drawing = rows.drawing(*arguments, **fields)
    Drawing.objects.filter(pk=drawing.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return drawing


def today() -> DayFigures:
    return DayFigures.objects.get(day=timezone.localdate())


def from_scratch() -> dict[date, dict]:
    moments = Drawing.objects.values_list("created_at", flat=True)
    return {day: daily.count(day) for day in {timezone.localdate(moment) for moment in moments}}


def kept() -> dict[date, dict]:
    names = [*daily.COUNTS, "cells", "bins"]
    return {row.pop("day"): row for row in DayFigures.objects.filter(drawings__gt=0).values("day", *names)}


def test_a_day_says_what_was_drawn_and_what_people_said_of_it(live):
    visitor = Visitor.objects.create()
    rows.drawing(live, read=7, means=7, state="accepted", confidence=0.95, visitor=visitor)
    rows.drawing(live, read=1, means=7, state="accepted", confidence=0.55, visitor=visitor)
    rows.drawing(live, read=None, means="none", state="accepted", upload=True)
    rows.drawing(live, read=4, means=9)
    rows.drawing(live, read=4, means=1, state="rejected")
    assert refreshing.refresh(seconds=5)
    figures = today()
    shown = {name: getattr(figures, name) for name in daily.COUNTS if name != "waiting_since"}
    assert shown == {
        "drawings": 5, "visitors": 4, "hidden": 0, "answered": 5, "rejected": 1, "labelled": 4, "wrong": 2,
        "waiting": 1, "learnable": 3,
    }  # fmt: skip
    assert figures.cells == [[live.pk, 0, -1, -1, 1], [live.pk, 1, 7, 1, 1], [live.pk, 1, 7, 7, 1]]
    assert figures.bins == [[live.pk, 5, 1, 0, 0.55], [live.pk, 9, 1, 1, 0.95]]


def test_hidden_drawings_were_drawn_and_count_for_nothing_else(live):
    hidden = {"hidden_as": "hidden", "hidden_at": timezone.now()}
    rows.drawing(live, read=1, means=7, state="accepted", **hidden)
    rows.drawing(live, read=1, means=7, **hidden)
    refreshing.refresh(seconds=5)
    figures = today()
    assert (figures.drawings, figures.hidden) == (2, 2)
    assert (figures.answered, figures.wrong, figures.waiting, figures.learnable) == (0, 0, 0, 0)
    assert figures.cells == figures.bins == []


def test_confidence_of_exactly_one_is_in_the_last_bin(live):
    rows.drawing(live, read=7, means=7, state="accepted", confidence=1.0)
    refreshing.refresh(seconds=5)
    assert today().bins == [[live.pk, 9, 1, 1, 1.0]]


def test_days_begin_at_midnight_of_the_sites_time_zone(live, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    drawing = rows.drawing(live)
    late = timezone.datetime(2026, 3, 1, 11, 30, tzinfo=timezone.get_fixed_timezone(0))  # past midnight there
    Drawing.objects.filter(pk=drawing.pk).update(created_at=late)
    refreshing.refresh(seconds=5)
    assert DayFigures.objects.get().day == date(2026, 3, 2)


def test_another_time_zone_counts_everything_anew(live, settings):
    drawing = rows.drawing(live)
    late = timezone.datetime(2026, 3, 1, 11, 30, tzinfo=timezone.get_fixed_timezone(0))
    Drawing.objects.filter(pk=drawing.pk).update(created_at=late)
    refreshing.refresh(seconds=5)
    settings.TIME_ZONE = "Pacific/Auckland"
    refreshing.refresh(seconds=5)
    assert [row.day for row in DayFigures.objects.all()] == [date(2026, 3, 2)]


def settle(monkeypatch) -> None:
    """Nothing is counted again only because it is young."""
    monkeypatch.setattr(day_marks, "SETTLED", timedelta(0))


CHANGES = {
    "a new label": lambda drawing: drawings.set_label(drawing, 3),
    "a label taken back": lambda drawing: drawings.clear_label(drawing),
    "a review": lambda drawing: drawings.review([drawing.pk], "accepted", by=None),
    "an agreement": lambda drawing: drawings.agree(drawing.pk, 7),
    "a deletion": lambda drawing: drawings.delete(drawing),
    "the end of its visitor": lambda drawing: drawing.visitor.delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_a_drawing_of_an_old_day_is_counted(live, monkeypatch, change):
    settle(monkeypatch)
    drawing = dated(40, live, read=7, means=7)
    refreshing.refresh(seconds=5)
    before = kept()
    change(drawing)
    assert DayMark.objects.count() >= 1
    refreshing.refresh(seconds=5)
    assert kept() != before
    assert kept() == from_scratch()
    assert not DayMark.objects.exists()


def test_a_decision_that_is_taken_back_is_counted(live, monkeypatch):
    settle(monkeypatch)
    drawing = dated(40, live, read=7)
    drawings.review([drawing.pk], "accepted", by=None, digit=1)
    refreshing.refresh(seconds=5)
    decisions.undo(Decision.objects.get(), by=None)
    refreshing.refresh(seconds=5)
    assert kept() == from_scratch()
    assert DayFigures.objects.get().cells == []


def hide(drawing: Drawing) -> None:
    Drawing.objects.filter(pk=drawing.pk).update(hidden_as="hidden", hidden_at=timezone.now())
    drawings_change.send(sender=Drawing, ids=[drawing.pk])


def show(drawing: Drawing) -> None:
    Drawing.objects.filter(pk=drawing.pk).update(hidden_as="", hidden_at=None)
    drawings_change.send(sender=Drawing, ids=[drawing.pk])


def undo_some(drawing: Drawing) -> None:
    decision = Decision.objects.filter(drawing=drawing, kind__in=decisions.OF_LABELS, undone_at=None).first()
    with suppress(decisions.DecisionError):  # the label has changed since
        if decision:
            decisions.undo(decision, by=None)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_figures_are_those_of_a_count_from_scratch(live, monkeypatch, seed):
    settle(monkeypatch)
    chance, by = random.Random(seed), User.objects.create(username="ada")
    visitors = [Visitor.objects.create(held_out=number == 0) for number in range(4)]

    def draw() -> None:
        read, means = chance.choice([None, 1, 7]), chance.choice([None, "none", 1, 7])
        who = chance.choice(visitors)
        dated(chance.randrange(6), live, read=read, means=means, visitor=who, confidence=chance.random())

    steps = [
        lambda one: drawings.set_label(one, chance.choice([None, 1, 7])),
        drawings.clear_label,
        lambda one: drawings.review([one.pk], chance.choice(["accepted", "rejected"]), by=by),
        lambda one: drawings.review([one.pk], "accepted", by=by, digit=chance.randrange(10)),
        hide,
        show,
        undo_some,
        lambda one: drawings.delete_many([one.pk], by=Deleter.ADMIN),
        lambda one: drawings.agree(one.pk, 7),
        lambda one: drawings.disagree(one.pk),
    ]
    for _ in range(12):
        draw()
    for _ in range(60):
        there = list(Drawing.objects.order_by("pk"))
        chance.choice([lambda one: draw(), *steps])(chance.choice(there)) if there else draw()
        if chance.random() < 0.2:
            refreshing.refresh(seconds=chance.choice([0, 5]))
    assert refreshing.refresh(seconds=30)
    assert kept() == from_scratch()


def test_without_time_one_day_at_least_is_counted_and_the_rest_is_taken_up_later(live):
    for ago in (1, 2, 3):
        dated(ago, live)
    assert not refreshing.refresh(seconds=0)
    assert DayFigures.objects.count() == 1
    assert refreshing.freshness() == refreshing.Freshness(None, 2)
    assert refreshing.refresh(seconds=5)
    assert kept() == from_scratch()


def test_a_million_drawings_are_looked_through_in_short_steps(live, monkeypatch):
    monkeypatch.setattr(day_marks, "NEW_AT_ONCE", 3)
    first = min(rows.drawing(live).pk for _ in range(8))
    state = FiguresState.objects.create(pk=1, last_drawing=first - 1)
    seen = []
    while not day_marks.mark_new(state):
        seen.append(FiguresState.objects.get().last_drawing)
    assert len(seen) == 2
    assert FiguresState.objects.get().last_drawing == Drawing.objects.latest("pk").pk


def test_a_day_of_very_many_drawings_is_left_to_those_who_have_time(live):
    dated(1, live)
    for _ in range(3):
        dated(2, live)
    assert not refreshing.refresh(seconds=5, most_drawings=2)
    assert DayFigures.objects.get().drawings == 1
    assert refreshing.refresh(seconds=5)
    assert sorted(DayFigures.objects.values_list("drawings", flat=True)) == [1, 3]


def test_a_mark_that_comes_while_its_day_is_counted_stays(live, monkeypatch):
    settle(monkeypatch)
    drawing = dated(3, live, read=7, means=7)
    count = daily.count

    def interrupted(day: date) -> dict:
        found = count(day)
        drawings.review([drawing.pk], "accepted", by=None)
        monkeypatch.setattr(daily, "count", count)
        return found

    monkeypatch.setattr(daily, "count", interrupted)
    refreshing.refresh(seconds=5)
    assert DayMark.objects.exists()
    refreshing.refresh(seconds=5)
    assert kept() == from_scratch()


def test_who_looked_earlier_does_not_overwrite_who_looked_later(live, monkeypatch):
    drawing = dated(3, live, read=7, means=7)
    day = timezone.localdate(Drawing.objects.get().created_at)
    refreshing.count(day)
    count = daily.count

    def overtaken(day: date) -> dict:
        found = count(day)
        monkeypatch.setattr(daily, "count", count)
        drawings.review([drawing.pk], "accepted", by=None)
        refreshing.count(day)
        return found

    monkeypatch.setattr(daily, "count", overtaken)
    refreshing.count(day)
    assert kept() == from_scratch()


def test_what_was_changed_past_the_site_comes_out_in_the_end(live, settings, caplog, monkeypatch):
    settle(monkeypatch)
    dated(3, live, read=7, means=7, state="accepted")
    refreshing.refresh(seconds=5)
    Label.objects.all().delete()
    refreshing.refresh(seconds=5)
    assert kept() != from_scratch()
    settings.DAY_FIGURES_CHECK_SECONDS = 0.0
    refreshing.refresh(seconds=5)
    assert kept() == from_scratch()
    assert "changed past the site" in caplog.text


def test_a_drawing_whose_number_came_late_is_counted_while_it_is_young(live):
    rows.drawing(live)
    refreshing.refresh(seconds=5)
    FiguresState.objects.update(last_drawing=10**6)
    rows.drawing(live)
    refreshing.refresh(seconds=5)
    assert today().drawings == 2


def test_nothing_new_costs_a_handful_of_queries_however_much_there_is(live, monkeypatch):
    settle(monkeypatch)
    for number in range(3):
        dated(number, live, means=7)
    refreshing.refresh(seconds=5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        refreshing.refresh(seconds=5)
    assert len(queries) <= 9, [query["sql"] for query in queries]


@pytest.mark.parametrize("kind", ["block", "ban"])
def test_drawings_that_a_block_or_a_ban_hides_are_counted_without_a_word_about_each(live, monkeypatch, kind):
    settle(monkeypatch)
    visitor = Visitor.objects.create()
    dated(40, live, read=7, means=7, visitor=visitor)
    refreshing.refresh(seconds=5)
    Drawing.objects.update(hidden_as="blocked", hidden_at=timezone.now())
    Decision.objects.create(kind=kind, visitor=visitor)
    refreshing.refresh(seconds=5)
    assert kept() == from_scratch()
    assert DayFigures.objects.get().hidden == 1
    Drawing.objects.update(hidden_as="", hidden_at=None)
    Decision.objects.create(kind="undo", visitor=visitor)
    refreshing.refresh(seconds=5)
    assert kept() == from_scratch()


def test_a_submission_marks_nothing(live):
    row = Drawing.objects.create(
        visitor=Visitor.objects.create(), source="strokes", strokes=rows.STROKES, width=9, height=9, seen=b"",
        preprocessing_version=1,
    )  # fmt: skip
    Prediction.objects.create(drawing=row, version=live, digit=7, confidence=0.9, probabilities=[])
    assert not DayMark.objects.exists()


def test_the_task_counts(live):
    rows.drawing(live)
    tasks.count_days()
    assert today().drawings == 1
    assert refreshing.freshness().at is not None
