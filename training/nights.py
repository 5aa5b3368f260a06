"""When the clock of the site's time zone shows a time of day: the last time, and the next.

Left out on purpose: what is done then."""

from datetime import datetime, time, timedelta

from django.utils import timezone


def last_night(now: datetime, at: time) -> datetime:
    """The last moment up to now at which the clock showed `at`."""
    tonight = _on(now, at, days=0)
    return tonight if tonight <= now else _on(now, at, days=-1)


def next_night(now: datetime, at: time) -> datetime:
    """The first such moment after now."""
    tonight = _on(now, at, days=0)
    return tonight if tonight > now else _on(now, at, days=1)


def _on(now: datetime, at: time, *, days: int) -> datetime:
    day = timezone.localdate(now) + timedelta(days=days)
    return datetime.combine(day, at, tzinfo=timezone.get_current_timezone())
