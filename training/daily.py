"""Counts the drawings of one day: how many there are, how they were read, and what people said of it.

A pure look at the database, in six queries that read no more than that day. Left out on purpose: when which day is
counted, which `refreshing.py` decides."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, F, Func, IntegerField, Max, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Floor, Least
from django.utils import timezone

from recognizer.models import Drawing, Label
from training import snapshots
from training.models import DayFigures

BINS = 10
NONE = DayFigures.NONE
# Ways in which a drawing was made: from a picture, or in so many strokes, the last one standing for more as well.
UPLOADED, MOST_STROKES = 0, 3

VISIBLE = Q(hidden_as="")
DIGIT, ANSWER = "label__digit", "prediction__digit"
WAITS = Q(label__state=Label.State.UNREVIEWED)
# What teachers accepted in their rooms counts there; the setting is one of the whole process.
BY_ANYBODY = Q(label__state=Label.State.ACCEPTED)
ACCEPTED = BY_ANYBODY if settings.ROOM_LABELS_TRAIN_SITE else BY_ANYBODY & Q(label__by_room=False)
# What the demo drew counts for its own versions alone.
OF_ITS_KIND = ~Q(visitor__is_demo=True, prediction__version__is_demo=False)
CORRECTED = ~(Q(label__digit=F(ANSWER)) | Q(label__digit__isnull=True, prediction__digit__isnull=True))
OF_DRAWINGS = {
    "drawings": Count("pk"),
    "visitors": Count("visitor", distinct=True),
    "hidden": Count("pk", filter=~VISIBLE),
}
OF_ANSWERS = {"answered": Count("pk"), "rejected": Count("pk", filter=Q(prediction__digit__isnull=True))}
OF_LABELS = {
    "waiting": Count("pk", filter=WAITS),
    "waiting_since": Min("label__updated_at", filter=WAITS),
    "learnable": Count("pk", filter=ACCEPTED & snapshots.may_train()),
}
OF_CLAIMS = {"labelled": Count("pk"), "wrong": Count("pk", filter=CORRECTED)}
COUNTS = OF_DRAWINGS | OF_ANSWERS | OF_LABELS | OF_CLAIMS


class StrokeCount(Func):
    """How many strokes a drawing has; null for an upload."""

    function = "jsonb_array_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list]:
        return self.as_sql(compiler, connection, function="json_array_length", **context)


def count(day: date) -> dict[str, Any]:
    """The fields of this day's DayFigures, as the database has them now."""
    drawn = on(day)
    found = drawn.aggregate(**OF_DRAWINGS, least=Min("pk"), most=Max("pk"))
    least, most = found.pop("least") or 0, found.pop("most") or 0
    # Answers and labels lie in the order of their drawings. PostgreSQL reads whole tables of them unless it is told.
    shown = drawn.filter(VISIBLE)
    answered = shown.filter(prediction__drawing_id__gte=least, prediction__drawing_id__lte=most)
    labels = {"label__drawing_id__gte": least, "label__drawing_id__lte": most}
    labelled = shown.filter(**labels)
    both = answered.filter(**labels)
    return {
        **found,
        **answered.aggregate(**OF_ANSWERS),
        **labelled.aggregate(**OF_LABELS),
        **both.exclude(label__state=Label.State.REJECTED).aggregate(**OF_CLAIMS),
        "cells": _cells(both),
        "bins": _bins(both),
    }


def on(day: date) -> QuerySet[Drawing]:
    """The drawings of that day. Moments are compared, and not their dates, so that the index finds them."""
    return Drawing.objects.filter(created_at__gte=midnight(day), created_at__lt=midnight(day + timedelta(days=1)))


def midnight(day: date) -> datetime:
    """When the day begins in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


# Which labels count is asked of each drawing of the day: in a WHERE, SQLite would look for them by their state first,
# and so among those of all days.


def _cells(labelled: QuerySet[Drawing]) -> list[list[int]]:
    way = Case(When(source=Drawing.Source.UPLOAD, then=Value(UPLOADED)), default=_strokes())
    rows = labelled.order_by().annotate(way=way).values_list("prediction__version", "way", DIGIT, ANSWER)
    counted = rows.annotate(n=Count("pk", filter=ACCEPTED & OF_ITS_KIND))
    return sorted([version, way, _or_none(digit), _or_none(read), n] for version, way, digit, read, n in counted if n)


def _strokes() -> Least:
    return Least(StrokeCount("strokes"), Value(MOST_STROKES), output_field=IntegerField())


def _bins(labelled: QuerySet[Drawing]) -> list[list[float]]:
    place = Least(Floor(F("prediction__confidence") * BINS), Value(float(BINS - 1)))
    rows = labelled.order_by().annotate(bin=Cast(place, IntegerField())).values_list("prediction__version", "bin")
    both_digits = ACCEPTED & OF_ITS_KIND & Q(label__digit__isnull=False, prediction__digit__isnull=False)
    counted = rows.annotate(
        n=Count("pk", filter=both_digits),
        right=Count("pk", filter=both_digits & Q(label__digit=F(ANSWER))),
        confidence=Sum("prediction__confidence", filter=both_digits),
    )
    return sorted([version, place, n, right, round(total, 6)] for version, place, n, right, total in counted if n)


def _or_none(digit: int | None) -> int:
    return NONE if digit is None else digit
