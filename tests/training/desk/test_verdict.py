"""Is it getting better: what is compared, and that a trend is named only where it cannot well be chance."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.models import Deployment
from tests import admin_rows as rows
from training.desk import verdict
from training.desk.reading import Kept, Share
from training.models import DayFigures

pytestmark = pytest.mark.django_db


def days_ago(days: float):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def releases() -> list[Deployment]:
    first, second = rows.version(1), rows.version(2)
    over = Deployment.objects.create(version=first, is_live=False, started_at=days_ago(60), ended_at=days_ago(10))
    return [over, Deployment.objects.create(version=second, started_at=days_ago(10))]


def answered(release: Deployment, right: int, n: int, *, ago: int) -> None:
    cells = [[release.version_id, 1, 7, 7, right], [release.version_id, 1, 7, 1, n - right]]
    DayFigures.objects.create(day=timezone.localdate() - timedelta(days=ago), drawings=n, cells=cells)


def told(releases: list[Deployment]) -> dict:
    return verdict.verdict(Kept("7"), releases)


@pytest.mark.parametrize(
    ("right", "trend", "headline"),
    [(960, "better", "Getting better"), (900, "same", "No clear change"), (840, "worse", "Getting worse")],
)
def test_a_trend_is_named_where_the_difference_is_more_than_chance(releases, right, trend, headline):
    answered(releases[0], 900, 1000, ago=20)
    answered(releases[1], right, 1000, ago=2)
    found = told(releases)
    assert (found["trend"], found["headline"]) == (trend, headline)


def test_few_drawings_name_no_trend_however_good_they_are(releases):
    answered(releases[0], 900, 1000, ago=20)
    answered(releases[1], 10, 10, ago=2)
    assert told(releases)["trend"] == "same"


def test_the_sentence_has_both_versions_with_their_n_and_the_interval(releases):
    answered(releases[0], 942, 1000, ago=20)
    answered(releases[1], 1157, 1204, ago=2)
    old, new = (release.version.number for release in releases)
    assert told(releases)["sentence"] == (
        f"Version {new} read 96.1 % of 1,204 reviewed drawings right in the last 30 days (94.8 to 97.1 %); "
        f"version {old} before it 94.2 % of 1,000."
    )


def test_a_version_without_reviewed_answers_is_said_to_have_none(releases):
    answered(releases[0], 942, 1000, ago=20)
    found = told(releases)
    assert found["trend"] == "unknown"
    assert "None of version" in found["sentence"]
    assert "94.2 % of 1,000 right. Accept labels to see how it compares." in found["sentence"]


def test_nothing_at_all_says_what_to_do(releases):
    assert "Accept labels of drawings, and their share read right stands here." in told(releases)["sentence"]


def test_the_first_version_is_compared_with_the_thirty_days_before(releases):
    answered(releases[1], 800, 1000, ago=40)
    answered(releases[1], 900, 1000, ago=2)
    found = told(releases[1:])
    assert found["trend"] == "better"
    assert "the 30 days before 80.0 % of 1,000." in found["sentence"]


def test_answers_of_more_than_thirty_days_ago_say_nothing_of_now(releases):
    answered(releases[1], 1000, 1000, ago=30)
    assert told(releases)["share"] == Share(0, 0)


def test_a_version_that_came_back_is_compared_with_the_one_between(releases):
    back = Deployment(version=releases[0].version, started_at=days_ago(1))
    answered(releases[1], 500, 1000, ago=5)
    answered(releases[0], 900, 1000, ago=0)
    found = verdict.verdict(Kept("30"), [*releases, back])
    assert f"version {releases[1].version.number} before it 50.0 %" in found["sentence"]


def test_the_interval_of_a_difference_is_newcombes():
    # The example (a) of his table II: 56 of 70 and 48 of 80.
    assert verdict.difference(Share(56, 70), Share(48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
