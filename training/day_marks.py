"""Which days are to be counted again: rows that are added in the transaction of what changed a drawing of that day.

A mark is there exactly once its change is, and nobody waits for another's. Left out on purpose: marks of new drawings,
whose numbers tell them, so that a submission costs nothing more."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncDate
from django.dispatch import receiver
from django.utils import timezone

from recognizer.changes import drawings_change
from recognizer.deletion import drawings_go
from recognizer.models import Decision, Drawing
from training.models import DayFigures, DayMark, FiguresState

# SQLite takes a bounded number of variables a statement.
IDS_AT_ONCE = 500
# New drawings looked at in a step, so that a million of them are a matter of many short ones.
NEW_AT_ONCE = 20_000
# A drawing younger than this may have a neighbour with a lower number whose transaction is not over yet.
SETTLED = timedelta(seconds=120)
Kind = Decision.Kind
HIDING = (Kind.HIDE, Kind.SHOW, Kind.BLOCK, Kind.UNBLOCK, Kind.BAN, Kind.LIFT, Kind.UNDO)


@receiver([drawings_change, drawings_go], dispatch_uid="training.day_marks")
def _mark_days_of(sender: type[Drawing], ids: list[int], **kwargs: object) -> None:
    for start in range(0, len(ids), IDS_AT_ONCE):
        mark(_days(Drawing.objects.filter(pk__in=ids[start : start + IDS_AT_ONCE])))


def mark(days: Iterable[date]) -> None:
    DayMark.objects.bulk_create(DayMark(day=day) for day in days)


def mark_new(state: FiguresState) -> bool:
    """Mark the days of drawings that came since, in one short step; return whether that were all."""
    newest = Drawing.objects.aggregate(most=Max("pk"))["most"] or 0
    until = min(newest, state.last_drawing + NEW_AT_ONCE)
    with transaction.atomic():
        if newest > state.last_drawing:
            mark(_days(Drawing.objects.filter(pk__gt=state.last_drawing, pk__lte=until)))
            FiguresState.objects.filter(pk=state.pk).update(last_drawing=until)
            state.last_drawing = until
    return until >= newest


def mark_hidden(state: FiguresState) -> None:
    """Mark the days of which more or fewer drawings are hidden than were counted, if somebody hid or showed any since.

    Blocks and bans hide very many at once, and their rows are cheaper to count by day than to list."""
    since = timezone.now() - SETTLED
    since = min(since, state.refreshed_at or since)
    if not Decision.objects.filter(created_at__gte=since, kind__in=HIDING).exists():
        return
    hidden = Drawing.objects.exclude(hidden_as="").order_by().annotate(day=TruncDate("created_at")).values("day")
    now = dict(hidden.annotate(n=Count("pk")).values_list("day", "n"))
    kept = dict(DayFigures.objects.filter(hidden__gt=0).values_list("day", "hidden"))
    mark(day for day in now.keys() | kept.keys() if now.get(day, 0) != kept.get(day, 0))


def marked() -> dict[date, list[int]]:
    """The days to count, the newest first, with the marks that say so."""
    found: dict[date, list[int]] = {day: [] for day in _unsettled()}
    for pk, day in DayMark.objects.values_list("pk", "day")[: settings.DAY_MARKS_AT_ONCE]:
        found.setdefault(day, []).append(pk)
    return dict(sorted(found.items(), reverse=True))


def unmark(pks: list[int]) -> None:
    """Remove these marks, and none that was added while their day was counted."""
    for start in range(0, len(pks), IDS_AT_ONCE):
        DayMark.objects.filter(pk__in=pks[start : start + IDS_AT_ONCE]).delete()


def _unsettled() -> list[date]:
    """The days of drawings so young that more may come up beside them, unless they were counted since."""
    young = Drawing.objects.filter(created_at__gte=timezone.now() - SETTLED)
    return list(_days(young))


def _days(rows: QuerySet[Drawing]) -> list[date]:
    return list(rows.order_by().annotate(day=TruncDate("created_at")).values_list("day", flat=True).distinct())
