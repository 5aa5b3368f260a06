"""Brings the figures of days up to date, a day at a time and within so many seconds.

Whoever has time may do so, workers and pages alike, at once or one after the other: it comes to the same. Left out on
purpose: what is counted, which `daily.py` knows."""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from training import daily, day_marks
from training.models import DayFigures, DayMark, FiguresState

logger = logging.getLogger(__name__)

TRIES = 5


@dataclass(frozen=True)
class Freshness:
    """Up to when everything is counted (None: never was), and how many days wait at least."""

    at: datetime | None
    waiting: int

    @property
    def age_seconds(self) -> int | None:
        return self.at and max(0, int((timezone.now() - self.at).total_seconds()))


class BusyError(Exception):
    """Others count the same day again and again."""


def refresh(*, seconds: float, most_drawings: int | None = None) -> bool:
    """Count what is out of date, for about so many seconds; return whether all of it is counted.

    A day with more drawings than `most_drawings` is left to those who have more time."""
    clock, began = _Clock(seconds), timezone.now()
    state = _state()
    day_marks.mark_hidden(state)
    done = _mark_all_new(state, clock) and _count_marked(clock, most_drawings)
    if done:
        FiguresState.objects.filter(pk=state.pk).update(refreshed_at=began)
        _look_again(clock, most_drawings)
    return done


def freshness() -> Freshness:
    """How old the figures are, in one query, and one more where they are not of just now."""
    state = FiguresState.objects.filter(pk=1).first()
    at = state.refreshed_at if state else None
    return Freshness(at, DayMark.objects.values("day").distinct().count() if is_old(at) else 0)


def is_old(at: datetime | None) -> bool:
    """Whether so much time has passed that no worker can be counting."""
    return at is None or timezone.now() - at > timedelta(seconds=settings.DAY_FIGURES_OLD_SECONDS)


class _Clock:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        return time.monotonic() >= self._end


def _state() -> FiguresState:
    """The one row. In another time zone days begin at other moments, and everything is counted anew."""
    state, _ = FiguresState.objects.get_or_create(pk=1, defaults={"time_zone": settings.TIME_ZONE})
    if state.time_zone != settings.TIME_ZONE:
        with transaction.atomic():
            DayFigures.objects.all().delete()
            state.last_drawing, state.time_zone, state.refreshed_at = 0, settings.TIME_ZONE, None
            state.save()
    return state


def _mark_all_new(state: FiguresState, clock: _Clock) -> bool:
    while not day_marks.mark_new(state):
        if clock.is_over():
            return False
    return True


def _count_marked(clock: _Clock, most_drawings: int | None) -> bool:
    marked = day_marks.marked()
    is_first, complete = True, sum(map(len, marked.values())) < settings.DAY_MARKS_AT_ONCE
    for day, marks in marked.items():
        if clock.is_over() and not is_first:
            return False
        is_first = False
        complete = _count(day, marks, most_drawings) and complete
    return complete


def _count(day: date, marks: list[int], most_drawings: int | None) -> bool:
    if most_drawings is not None and _is_more_than(day, most_drawings):
        return False
    try:
        count(day)
    except BusyError:
        logger.info("The figures of %s are being counted by others.", day)
        return False
    day_marks.unmark(marks)
    return True


def count(day: date) -> bool:
    """Count a day and keep its figures; return whether they differ from those that were kept.

    Raises BusyError if others kept theirs in between, TRIES times in a row."""
    for _ in range(TRIES):
        before = DayFigures.objects.filter(day=day).first()
        found = daily.count(day)
        with suppress(IntegrityError):  # two made the row at once
            if _keep(day, before, found):
                return before is None or any(getattr(before, name) != value for name, value in found.items())
    raise BusyError(day)


def _keep(day: date, before: DayFigures | None, found: dict) -> bool:
    """Write what was found, unless somebody has written since `before` was read: they may have looked later."""
    if before is None:
        with transaction.atomic():
            DayFigures.objects.create(day=day, **found)
        return True
    rows = DayFigures.objects.filter(pk=before.pk, revision=before.revision)
    return bool(rows.update(revision=before.revision + 1, computed_at=timezone.now(), **found))


def _look_again(clock: _Clock, most_drawings: int | None) -> None:
    """With the time that is left, count those days anew that were counted longest ago: so that even what was changed
    past the site comes out in the end."""
    for day in _longest_ago():
        if clock.is_over() or (most_drawings is not None and _is_more_than(day, most_drawings)):
            return
        with suppress(BusyError):
            if count(day):
                logger.warning("The figures of %s were changed past the site, and are right again.", day)


def _longest_ago() -> Iterator[date]:
    before = timezone.now() - timedelta(seconds=settings.DAY_FIGURES_CHECK_SECONDS)
    rows = DayFigures.objects.filter(computed_at__lt=before).order_by("computed_at")
    yield from rows.values_list("day", flat=True)[: settings.DAY_FIGURES_CHECKED_AT_ONCE]


def _is_more_than(day: date, most: int) -> bool:
    return daily.on(day).order_by()[: most + 1].count() > most
