"""Periods in steps, and shares with their intervals."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from training.desk import reading
from training.desk.reading import Kept, Share
from training.models import DayFigures


def day(days_ago: int, **figures) -> DayFigures:
    return DayFigures.objects.create(day=timezone.localdate() - timedelta(days=days_ago), **figures)


def test_a_share_says_its_interval():
    share = Share(90, 100)
    assert (share.words, share.interval, share.wrong) == ("90.0 %", "82.6 to 94.5 %", 10)


def test_without_any_drawing_nothing_is_known_of_a_share():
    share = Share(0, 0)
    assert (share.value, share.words, share.interval, share.bounds) == (None, "", "", (0.0, 1.0))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "first_days_ago", "steps", "longest"),
    [
        ("7", 0, 7, 1),
        ("30", 400, 30, 1),
        ("90", 0, 13, 7),
        ("all", 0, 1, 1),
        ("all", 400, 58, 7),
        ("all", 2000, 72, 28),
    ],
)
def test_a_period_is_shown_in_days_weeks_or_months_that_cover_it_without_gaps(key, first_days_ago, steps, longest):
    day(first_days_ago, drawings=1)
    kept = Kept(key)
    found = kept.steps()
    assert len(found) == steps
    assert (found[0].first, found[-1].last) == (kept.first, kept.today)
    assert all(one.last + timedelta(days=1) == next.first for one, next in pairwise(found))
    assert max((step.last - step.first).days + 1 for step in found) == longest


@pytest.mark.django_db
def test_a_period_has_its_days_alone_and_the_totals_have_all():
    day(0, drawings=1, waiting=1)
    day(29, drawings=2, waiting=2)
    day(30, drawings=4, waiting=4)
    kept = Kept("30")
    assert [row.drawings for row in kept.rows] == [2, 1]
    assert kept.totals["waiting"] == 7


@pytest.mark.django_db
def test_two_queries_read_all_that_the_cards_need(django_assert_num_queries):
    for ago in range(50):
        day(ago)
    with django_assert_num_queries(2):
        kept = Kept("all")
        assert len(kept.rows) == 50


def test_answers_are_counted_by_version_on_accepted_digits_alone():
    rows = [
        DayFigures(cells=[[1, 1, 7, 7, 3], [1, 2, 7, 1, 1], [1, 1, -1, -1, 9], [2, 1, 7, -1, 2]]),
        DayFigures(cells=[[1, 1, 3, 3, 4]]),
    ]
    assert reading.by_version(rows) == {1: Share(7, 8), 2: Share(0, 2)}
    assert reading.all_versions(rows) == Share(7, 10)


def test_days_are_numbers_on_an_axis():
    assert reading.number_of(date(1970, 1, 11)) == 10
    assert reading.Step(date(1970, 1, 1), date(1970, 1, 7)).middle == 3.5


def test_moments_stand_on_the_clock_of_the_sites_time_zone(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    moment = timezone.datetime(2026, 3, 1, 11, 30, tzinfo=timezone.get_fixed_timezone(0))  # half past midnight there
    assert reading.place_of(moment) == pytest.approx(reading.number_of(date(2026, 3, 2)) + 0.5 / 24, abs=1e-4)
