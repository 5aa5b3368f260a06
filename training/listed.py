"""The drawings of a snapshot a page at a time, without reading more of its list than it takes.

Left out on purpose: the drawings themselves; some of those that are listed may be deleted by now."""

from collections.abc import Iterator

import numpy as np

from training import packing
from training.models import Snapshot


def page(snapshot: Snapshot, *, start: int, count: int, label: int | None = None) -> list[tuple[int, int]]:
    """(id, label) of `count` listed drawings from place `start` on, of those with that label alone if one is given."""
    found: list[tuple[int, int]] = []
    for records in _from(snapshot, start) if label is None else _labelled(snapshot, label, start):
        found += records[: count - len(found)].tolist()
        if len(found) >= count:
            break
    return found


def spread(snapshot: Snapshot, most: int) -> list[tuple[int, int]]:
    """(id, label) of all listed drawings, or of `most` from all over the list where there are more."""
    if snapshot.count <= most:
        return [record for part in packing.parts(snapshot) for record in part.tolist()]
    places = np.linspace(0, snapshot.count - 1, most).astype(np.int64)
    numbers = np.unique(places // packing.PART)
    found: list[tuple[int, int]] = []
    for some in np.array_split(numbers, max(1, len(numbers) // packing.ROWS_AT_ONCE)):
        for part in snapshot.parts.filter(number__in=some.tolist()).order_by("number"):
            inside = places[places // packing.PART == part.number] % packing.PART
            found += packing.unpacked(part)[inside].tolist()
    return found


def _from(snapshot: Snapshot, start: int) -> Iterator[np.ndarray]:
    """The records from a place on: the parts before it are not read."""
    number, inside = divmod(start, packing.PART)
    while part := snapshot.parts.filter(number=number).first():
        yield packing.unpacked(part)[inside:]
        number, inside = number + 1, 0


def _labelled(snapshot: Snapshot, label: int, start: int) -> Iterator[np.ndarray]:
    """The records of one label, all but the first `start` of them."""
    for part in packing.parts(snapshot):
        records = part[part["label"] == label]
        yield records[start:]
        start = max(0, start - len(records))
