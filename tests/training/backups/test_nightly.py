"""Each night one backup, whoever notices it how often; the newest are kept."""

from datetime import UTC, datetime, time

import pytest
from django.core.cache import cache

from training.backups import checking, nightly, taking

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2026, 11, 27, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_half_past_two(settings):
    settings.BACKUP_NIGHTLY_AT = time(2, 30)
    cache.clear()


def names(settings) -> list[str]:
    return sorted(path.name for path in settings.BACKUP_DIR.iterdir() if not path.name.startswith("."))


def test_last_night_s_backup_is_made_once(settings):
    made = nightly.back_up_if_due(now=MORNING)
    assert made.name == "nightly-2026-11-27.tar"
    assert checking.check(made)
    assert nightly.back_up_if_due(now=MORNING) is None


def test_before_its_time_it_is_yesterday_s_that_is_due(settings):
    assert nightly.back_up_if_due(now=MORNING.replace(hour=2, minute=29)).name == "nightly-2026-11-26.tar"


def test_without_a_time_there_is_none(settings):
    settings.BACKUP_NIGHTLY_AT = None
    assert nightly.back_up_if_due(now=MORNING) is None
    assert not settings.BACKUP_DIR.exists()


def test_the_newest_are_kept_and_those_of_people_never_touched(settings):
    settings.BACKUP_KEEP = 2
    settings.BACKUP_DIR.mkdir()
    (settings.BACKUP_DIR / "before-the-upgrade.tar").write_bytes(b"")
    for day in (23, 24, 25, 26):
        nightly.back_up_if_due(now=MORNING.replace(day=day))
    assert names(settings) == ["before-the-upgrade.tar", "nightly-2026-11-25.tar", "nightly-2026-11-26.tar"]


def test_none_is_kept_for_longer_than_visitors_are_told(settings):
    settings.BACKUP_KEEP_DAYS = 2
    for day in (20, 24, 25, 26):
        nightly.back_up_if_due(now=MORNING.replace(day=day))
    assert names(settings) == [f"nightly-2026-11-{day}.tar" for day in (24, 25, 26)]


def test_another_machine_that_is_at_it_is_left_alone(settings):
    cache.add("backup:nightly-2026-11-27.tar", True, 60)
    assert nightly.back_up_if_due(now=MORNING) is None


def test_one_that_fails_is_tried_again(settings, monkeypatch):
    def fail(out):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(taking, "take", fail)
        with pytest.raises(OSError, match="No space left"):
            nightly.back_up_if_due(now=MORNING)
    assert nightly.back_up_if_due(now=MORNING)


def test_a_cache_that_is_away_keeps_nobody_from_it(settings, monkeypatch):
    def away(*args):
        raise ConnectionError

    monkeypatch.setattr(cache, "add", away)
    assert nightly.back_up_if_due(now=MORNING)


def test_the_age_of_the_newest_is_known(settings):
    assert nightly.newest() is None
    nightly.back_up_if_due(now=MORNING)
    assert (datetime.now(UTC) - nightly.newest()).total_seconds() < 3600
