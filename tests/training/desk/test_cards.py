"""Accuracy over time, calibration, and what needs more drawings, from figures of days made by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.models import Deployment, Evaluation
from tests import admin_rows as rows
from training.desk import health, needs, over_time, reliability, waiting
from training.desk.reading import Kept, Share
from training.models import DayFigures

pytestmark = pytest.mark.django_db


def day(days_ago: int = 0, **figures) -> DayFigures:
    return DayFigures.objects.create(day=timezone.localdate() - timedelta(days=days_ago), drawings=1, **figures)


def released(days_ago: float, *, until: float | None, seed: int = 1) -> Deployment:
    now = timezone.now()
    ended = None if until is None else now - timedelta(days=until)
    return Deployment.objects.create(
        version=rows.version(seed), started_at=now - timedelta(days=days_ago), ended_at=ended, is_live=ended is None
    )


# Accuracy over time


def test_each_version_has_its_own_points_with_intervals():
    old, new = released(60, until=3), released(3, until=None, seed=2)
    day(3, cells=[[old.version_id, 1, 7, 7, 80], [old.version_id, 1, 7, 1, 20], [new.version_id, 1, 7, 7, 50]])
    day(1, cells=[[new.version_id, 1, 3, 3, 90], [new.version_id, 1, 3, 8, 10]])
    points = over_time.accuracy(Kept("7"), [old, new])["chart"]["points"]
    assert [(point["version"], point["y"], point["n"]) for point in points] == [
        (old.version.number, 0.8, 100),
        (new.version.number, 1.0, 50),
        (new.version.number, 0.9, 100),
    ]
    assert all(point["low"] < point["y"] <= point["high"] for point in points)


def test_days_with_few_reviewed_drawings_are_joined_to_weeks():
    release = released(60, until=None)
    for ago in range(14):
        day(ago, cells=[[release.version_id, 1, 7, 7, 3], [release.version_id, 1, 7, 1, 1]])
    points = over_time.accuracy(Kept("30"), [release])["chart"]["points"]
    assert [(point["y"], point["n"]) for point in points] == [(0.75, 28), (0.75, 28)]


def test_releases_of_the_period_are_marked_with_their_numbers():
    old, new = released(60, until=3), released(3, until=None, seed=2)
    chart = over_time.accuracy(Kept("7"), [old, new])["chart"]
    assert [mark["number"] for mark in chart["releases"]] == [new.version.number]
    assert chart["first"] <= chart["releases"][0]["x"] <= chart["last"]


def test_releases_are_marked_in_the_order_of_time_and_not_at_all_where_they_lasted_no_moment():
    first, late, none = released(1, until=None), released(5, until=1, seed=2), released(3, until=3, seed=3)
    Deployment.objects.filter(pk=none.pk).update(ended_at=none.started_at)
    none.refresh_from_db()
    marks = over_time.accuracy(Kept("7"), [first, late, none])["chart"]["releases"]
    assert [mark["number"] for mark in marks] == [late.version.number, first.version.number]


def test_yardsticks_make_a_step_at_each_release_and_a_gap_where_nothing_was_measured():
    first, second, third = released(60, until=5), released(5, until=3, seed=2), released(3, until=None, seed=3)
    rows.evaluation(first.version, n=1000, wrong=10)
    rows.evaluation(third.version, n=1000, wrong=20)
    rows.evaluation(third.version, n=1000, wrong=5)
    chart = over_time.accuracy(Kept("7"), [first, second, third])["chart"]
    mnist = chart["lines"][1]["points"]
    assert [point["y"] for point in mnist] == [0.99, 0.99, None, 0.995, 0.995]
    assert mnist[0]["x"] == chart["first"]
    assert mnist[-1]["x"] == chart["last"]


def test_the_versions_that_were_live_last_stand_in_a_table_each_once():
    first, second = released(60, until=5), released(5, until=3, seed=2)
    back = Deployment.objects.create(version=first.version, started_at=timezone.now())
    rows.evaluation(first.version, dataset=Evaluation.DRAWINGS, n=100, wrong=4)
    day(1, cells=[[first.version_id, 1, 7, 7, 3]])
    table = over_time.accuracy(Kept("7"), [first, second, back])["rows"]
    assert [row["release"] for row in table] == [back, second]
    assert table[0]["answered"] == Share(3, 3)
    assert table[0]["figures"] == [Share(96, 100), Share(0, 0)]


# Calibration


def test_confidence_is_compared_with_what_was_right():
    day(bins=[[1, 9, 80, 60, 76.0], [1, 5, 20, 11, 11.0]])
    card = reliability.reliability(Kept("7"), 1, 12)
    assert card["n"] == 100
    assert "Version 12: too sure of itself. Confidence and share read right lie 16.0 points apart" in card["sentence"]
    assert [(point["x"], point["y"]) for point in card["chart"]] == [(0.55, 0.55), (0.95, 0.75)]
    assert [row["words"] for row in card["rows"]] == ["50 to 60 %", "90 to 100 %"]


def test_days_are_added_up_and_other_versions_left_out():
    day(1, bins=[[1, 9, 50, 45, 46.0], [2, 9, 50, 0, 50.0]])
    day(0, bins=[[1, 9, 50, 47, 47.0]])
    card = reliability.reliability(Kept("7"), 1, 12)
    assert card["n"] == 100
    assert card["chart"][0]["y"] == 0.92
    assert "about as sure as it is right" in card["sentence"]


def test_a_version_that_answered_little_is_shown_with_all_others_and_that_is_said():
    day(bins=[[1, 9, 3, 3, 2.8], [2, 9, 97, 97, 90.0]])
    card = reliability.reliability(Kept("7"), 1, 12)
    assert card["n"] == 100
    assert card["sentence"].startswith("All versions together: more often right than it says.")


def test_without_reviewed_answers_there_is_no_sentence():
    assert reliability.reliability(Kept("7"), None, None)["sentence"] == ""


# What needs more drawings


@pytest.mark.parametrize(
    ("right", "n", "missing"), [(0, 0, 1068), (5, 5, 733), (950, 1000, 0), (90, 100, 336), (1200, 2400, 0)]
)
def test_more_are_needed_until_the_share_is_known_to_three_points(right, n, missing):
    assert needs.missing(Share(right, n), points=3.0) == missing


def test_with_what_is_missing_the_interval_is_as_narrow_as_it_was_said_to_be():
    share = Share(90, 100)
    total = 100 + needs.missing(share, points=3.0)
    low, high = Share(round(0.9 * total), total).bounds
    assert (high - low) / 2 == pytest.approx(0.03, abs=0.003)


def test_digits_say_what_they_are_taken_for_and_which_is_wanted_most():
    day(cells=[[1, 1, 7, 7, 800], [1, 2, 7, 1, 150], [1, 2, 7, -1, 50], *[[1, 1, d, d, 2000] for d in range(7)]])
    card = needs.needs(Kept("7"))
    seven = card["digits"][7]
    assert (seven["share"], seven["taken_for"]) == (Share(800, 1000), "1 (150)")
    assert "means=7&read=1&label=accepted" in seven["taken_address"]
    assert [row["digit"] for row in card["short_of"]] == [8, 9]


def test_ways_of_drawing_a_digit_stand_apart_the_worst_first():
    day(cells=[[1, 1, 7, 7, 90], [1, 1, 7, 1, 2], [1, 2, 7, 7, 20], [1, 2, 7, 4, 10], [1, 0, 7, 7, 9], [1, 3, 7, 1, 1]])
    ways = needs.needs(Kept("7"))["ways"]
    assert [(way["words"], way["share"]) for way in ways] == [
        ("7 in two strokes", Share(20, 30)),
        ("7 in one stroke", Share(90, 92)),
    ]


# Labels that wait


def test_the_queue_is_linked_where_it_is_and_the_list_where_it_is_not(monkeypatch):
    monkeypatch.setattr(waiting, "QUEUE", "admin:nothing_of_this_name")
    assert waiting.queue() == "/admin/recognizer/drawing/?label=unreviewed"
    monkeypatch.setattr(waiting, "QUEUE", "admin:recognizer_visitor_changelist")
    assert waiting.queue() == "/admin/recognizer/visitor/"


def test_the_database_says_how_large_it_is():
    assert health.database_bytes() > 10_000
