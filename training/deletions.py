"""Which drawings were deleted after a snapshot had listed them, and which versions had learned from them by then.

Left out on purpose: unlearning. A version keeps what it learned; the next snapshot does not have the drawing any more.
"""

from collections.abc import Iterable, Iterator
from functools import partial, reduce
from operator import or_

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import receiver

from recognizer.deletion import Deleter, drawings_go
from recognizer.models import Drawing, ModelVersion
from training import packing, snapshot_files
from training.models import DeletedDrawing, Snapshot, SnapshotPart

# Rows written a statement
ROWS_AT_ONCE = 250
# Listed ids compared with the drawings there are at a time
COMPARED = 20_000


@receiver(drawings_go, dispatch_uid="training.deletions")
def _note(sender: type[Drawing], ids: list[int], by: str, **kwargs: object) -> None:
    note(ids, by=by)


def note(ids: list[int], *, by: str) -> int:
    """Keep that these drawings go, those that a snapshot lists; return how many. Their images on this machine go once
    the transaction is committed, and on others with the next job or sweep."""
    listed = _listed_in(np.unique(np.array(ids, np.uint64)))
    if not listed:
        return 0
    with transaction.atomic():
        rows = [DeletedDrawing(drawing_id=drawing_id, by=by) for drawing_id in sorted(listed)]
        DeletedDrawing.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
        _connect(listed)
    transaction.on_commit(partial(snapshot_files.remove, set().union(*listed.values())))
    return len(listed)


def learned_from_deleted(version: ModelVersion) -> QuerySet[DeletedDrawing]:
    """The drawings deleted since, that the version learned from or one that it builds on did."""
    line = _line(version.pk, dict(ModelVersion.objects.values_list("pk", "base_id")))
    return DeletedDrawing.objects.filter(snapshots__jobs__version__in=line).distinct()


def versions_of(rows: Iterable[DeletedDrawing]) -> dict[int, list[ModelVersion]]:
    """For each of these rows (ids) the versions whose job had the drawing in its snapshot, and those that build on
    them: what a version learned, those fine-tuned from it have too. In the order of their numbers; in two queries."""
    versions = list(ModelVersion.objects.order_by("number").only("pk", "number", "is_demo", "base_id"))
    bases = {version.pk: version.base_id for version in versions}
    pairs = DeletedDrawing.objects.filter(pk__in=[row.pk for row in rows], snapshots__jobs__version__isnull=False)
    learned: dict[int, set[int]] = {row.pk: set() for row in rows}
    for pk, version_id in pairs.order_by().values_list("pk", "snapshots__jobs__version"):
        learned[pk].add(version_id)
    lines = {version.pk: set(_line(version.pk, bases)) for version in versions}
    return {pk: [version for version in versions if lines[version.pk] & ids] for pk, ids in learned.items()}


def learned_from(drawing_id: int) -> list[ModelVersion]:
    """The versions whose job had the drawing in its snapshot, and those that build on them, by their numbers."""
    snapshots = _listed_in(np.array([drawing_id], np.uint64)).get(drawing_id, set())
    if not snapshots:
        return []
    learned = set(ModelVersion.objects.filter(job__snapshot__in=snapshots).values_list("pk", flat=True))
    versions = list(ModelVersion.objects.order_by("number").only("pk", "number", "base_id"))
    bases = {version.pk: version.base_id for version in versions}
    return [version for version in versions if learned.intersection(_line(version.pk, bases))]


def _line(version_id: int | None, bases: dict[int, int | None]) -> list[int]:
    """A version and those that it builds on, the nearest first."""
    line: list[int] = []
    while version_id is not None and version_id not in line:
        line.append(version_id)
        version_id = bases.get(version_id)
    return line


def sweep() -> int:
    """Keep what nobody said, of drawings that went past the site; remove the files that must go. Return how many."""
    listed = np.empty(0, np.uint64)
    for snapshot in Snapshot.objects.order_by("pk"):  # most of them list mostly the same drawings
        listed = np.union1d(listed, np.concatenate([listed[:0], *(part["id"] for part in packing.parts(snapshot))]))
    for start in range(0, len(listed), COMPARED):
        missing = _missing(listed[start : start + COMPARED])
        if len(missing):
            note(missing.tolist(), by=Deleter.UNKNOWN)
    return snapshot_files.remove_stale()


def _listed_in(ids: np.ndarray) -> dict[int, set[int]]:
    """Of these drawings (n,) those that any snapshot lists, with the snapshots' ids."""
    found: dict[int, set[int]] = {}
    for snapshot_id, listed in _parts_around(ids):
        for drawing_id in np.intersect1d(ids, listed, assume_unique=True).tolist():
            found.setdefault(drawing_id, set()).add(snapshot_id)
    return found


def _parts_around(ids: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The parts of all snapshots in which any of the ids (n,) may be, with the ids in them."""
    for start in range(0, len(ids), ROWS_AT_ONCE):
        around = [Q(first_id__lte=one, last_id__gte=one) for one in ids[start : start + ROWS_AT_ONCE].tolist()]
        rows = SnapshotPart.objects.filter(reduce(or_, around)).order_by("pk")
        for part in rows.iterator(packing.ROWS_AT_ONCE):
            yield part.snapshot_id, packing.unpacked(part)["id"]


def _connect(listed: dict[int, set[int]]) -> None:
    """Write which snapshots list which deleted drawing."""
    through, ids = DeletedDrawing.snapshots.through, sorted(listed)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        rows = DeletedDrawing.objects.filter(drawing_id__in=some).values_list("pk", "drawing_id")
        links = [through(deleteddrawing_id=pk, snapshot_id=one) for pk, of in rows for one in sorted(listed[of])]
        through.objects.bulk_create(links, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


def _missing(ids: np.ndarray) -> np.ndarray:
    """Of these ids (n,), in their order, those of which there is no drawing any more, and no note yet."""
    first, last = int(ids[0]), int(ids[-1])
    there = Drawing.objects.filter(pk__gte=first, pk__lte=last).values_list("pk", flat=True)
    missing = np.setdiff1d(ids, np.fromiter(there.iterator(COMPARED), np.uint64))
    noted = DeletedDrawing.objects.filter(drawing_id__gte=first, drawing_id__lte=last)
    return np.setdiff1d(missing, np.fromiter(noted.values_list("drawing_id", flat=True), np.uint64))
