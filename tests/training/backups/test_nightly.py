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


def night(settings, day: int) -> None:
    settings.BACKUP_DIR.mkdir(exist_ok=True)
    (settings.BACKUP_DIR / f"nightly-2026-11-{day}.tar").write_bytes(b"")


def test_what_is_too_old_goes_even_where_no_new_one_is_made(settings):
    settings.BACKUP_NIGHTLY_AT, settings.BACKUP_KEEP_DAYS = None, 5
    for day in (20, 21, 22, 23):
        night(settings, day)
    nightly.back_up_if_due(now=MORNING)
    assert names(settings) == ["nightly-2026-11-22.tar", "nightly-2026-11-23.tar"]


def test_what_is_too_old_goes_even_where_new_ones_fail(settings, monkeypatch):
    settings.BACKUP_KEEP_DAYS = 5
    for day in (20, 21, 22, 23):
        night(settings, day)

    def fail(out):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taking, "take", fail)
    with pytest.raises(OSError, match="No space left"):
        nightly.back_up_if_due(now=MORNING)
    assert names(settings) == ["nightly-2026-11-22.tar", "nightly-2026-11-23.tar"]


def test_the_last_one_stays_however_old_it_is(settings):
    settings.BACKUP_NIGHTLY_AT, settings.BACKUP_KEEP_DAYS = None, 2
    for day in (10, 11):
        night(settings, day)
    (settings.BACKUP_DIR / "by-hand.tar").write_bytes(b"")
    nightly.back_up_if_due(now=MORNING)
    assert names(settings) == ["by-hand.tar", "nightly-2026-11-11.tar"]


def test_where_no_age_is_too_old_none_goes(settings):
    settings.BACKUP_NIGHTLY_AT, settings.BACKUP_KEEP_DAYS = None, 0
    for day in (10, 11):
        night(settings, day)
    nightly.back_up_if_due(now=MORNING)
    assert len(names(settings)) == 2


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


def test_a_machine_that_does_not_see_the_folder_knows_its_age_from_who_does(settings, tmp_path):
    made = nightly.back_up_if_due(now=MORNING)
    nightly.back_up_if_due(now=MORNING)
    settings.BACKUP_DIR = tmp_path / "elsewhere"
    assert nightly.newest().timestamp() == pytest.approx(made.stat().st_mtime)


def test_one_that_is_gone_is_soon_forgotten_everywhere(settings):
    made = nightly.back_up_if_due(now=MORNING)
    made.unlink()
    settings.BACKUP_NIGHTLY_AT = time(6, 30)
    cache.add("backup:nightly-2026-11-26.tar", True, 60)  # a machine that is at it, and does not come to an end
    nightly.back_up_if_due(now=MORNING)
    assert nightly.newest() is None


def test_without_the_cache_a_machine_knows_of_its_own_folder(settings, monkeypatch):
    nightly.back_up_if_due(now=MORNING)

    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    assert nightly.back_up_if_due(now=MORNING) is None
    assert nightly.newest()
