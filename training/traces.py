"""Lets go of what names single drawings in results once these are gone: the mistakes of measurements, the flips of
comparisons, and what this process remembers of drawings.

Their counts stay, of which no drawing can be told. Other processes forget by themselves after a while (`fading.py`),
other machines' files go with `deletions.sweep`. Left out on purpose: snapshots and exports, which hear of each drawing
before it goes."""

from collections.abc import Callable, Iterable
from typing import Any

from django.dispatch import receiver

from recognizer.deletion import visitors_gone
from recognizer.models import Drawing, Evaluation, Visitor
from training import readings, references
from training.models import Comparison, Measurement, MeasurementChunk

# SQLite takes a bounded number of variables a statement.
IDS_AT_ONCE = 500


@receiver(visitors_gone, dispatch_uid="training.traces")
def _of_visitors(sender: type[Visitor], **kwargs: object) -> None:
    readings.forget()
    references.forget_drawings()
    forget_gone()


def forget_gone() -> int:
    """Take drawings that are gone out of mistakes and flips; return how many results had any."""
    of_drawings = {"dataset": Evaluation.DRAWINGS}
    measured = Measurement.objects.filter(**of_drawings).exclude(mistakes=[])
    counted = MeasurementChunk.objects.filter(measurement__dataset=Evaluation.DRAWINGS).exclude(mistakes=[])
    changed = sum(_without_gone(row, "mistakes", _mistaken) for rows in (measured, counted) for row in rows.iterator())
    compared = Comparison.objects.filter(state=Comparison.State.DONE).iterator()
    return changed + sum(_without_gone(row, "results", _flipped) for row in compared)


def _mistaken(mistakes: list[list[Any]]) -> list[tuple[list, Callable[[Any], int]]]:
    return [(mistakes, lambda mistake: mistake[0])]


def _flipped(results: dict[str, Any]) -> list[tuple[list, Callable[[Any], int]]]:
    pairs = [pair for pair in results.get("pairs", ()) if pair["dataset"] == Evaluation.DRAWINGS]
    return [(pair[way]["kept"], lambda flip: flip["id"]) for pair in pairs for way in ("gained", "lost")]


def _without_gone(row: Any, field: str, lists_in: Callable[[Any], list[tuple[list, Callable[[Any], int]]]]) -> bool:
    """Shorten the lists of drawings in a field of a row; return whether one was gone."""
    lists = lists_in(getattr(row, field))
    named = {number(item) for items, number in lists for item in items}
    if not (gone := named - _there(named)):
        return False
    for items, number in lists:
        items[:] = [item for item in items if number(item) not in gone]
    type(row).objects.filter(pk=row.pk).update(**{field: getattr(row, field)})
    return True


def _there(ids: Iterable[int]) -> set[int]:
    known, found = sorted(ids), set()
    for start in range(0, len(known), IDS_AT_ONCE):
        found.update(Drawing.objects.filter(pk__in=known[start : start + IDS_AT_ONCE]).values_list("pk", flat=True))
    return found
