"""Which versions learnt which drawings: found in the snapshots that their jobs had, a part of a list at a time.

Left out on purpose: what a version took from versions that it builds on. `deletions.py` follows that line; here
"learnt" means that the drawing was among what the version's own training read."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
from django.db.models import Q

from recognizer.models import ModelVersion
from training import packing
from training.data.dataset import NO_DIGIT
from training.models import Snapshot, SnapshotPart, TrainingJob

# Versions that are looked through for a drawing, the newest first; a page of drawings is content with fewer, since what
# was learnt once is mostly learnt again.
MOST_VERSIONS, FEW_VERSIONS = 200, 5


@dataclass(frozen=True)
class Lesson:
    """That a version learnt a drawing, from which snapshot, and as which digit (None: no digit)."""

    version: ModelVersion
    snapshot: Snapshot
    digit: int | None


def of(drawing_id: int) -> list[Lesson]:
    """All that one drawing taught, the newest version first; among the newest MOST_VERSIONS."""
    return of_all([drawing_id], most=MOST_VERSIONS)[drawing_id]


def of_all(drawing_ids: Iterable[int], *, most: int = FEW_VERSIONS) -> dict[int, list[Lesson]]:
    """The same for a page of drawings, in two queries, among the newest versions that learnt from drawings."""
    ids = np.unique(np.array(list(drawing_ids), np.uint64))
    lessons: dict[int, list[Lesson]] = {pk: [] for pk in ids.tolist()}
    jobs = TrainingJob.objects.filter(version__isnull=False, snapshot__isnull=False)
    jobs = list(jobs.select_related("version", "snapshot").order_by("-version__number")[:most]) if len(ids) else []
    listed = _listed({job.snapshot_id for job in jobs}, ids)
    for job in jobs:
        for pk, label in listed.get(job.snapshot_id, {}).items():
            lessons[pk].append(Lesson(job.version, job.snapshot, None if label == NO_DIGIT else label))
    return lessons


def being_learnt(drawing_id: int) -> TrainingJob | None:
    """The unfinished job whose snapshot has the drawing, if there is one."""
    jobs = list(TrainingJob.objects.unfinished().filter(snapshot__isnull=False).order_by("pk"))
    listed = _listed({job.snapshot_id for job in jobs}, np.array([drawing_id], np.uint64))
    return next((job for job in jobs if job.snapshot_id in listed), None)


def _listed(snapshot_ids: set[int], ids: np.ndarray) -> dict[int, dict[int, int]]:
    """For each of the snapshots that lists any of the ids (n,), these ids with their labels."""
    if not snapshot_ids:
        return {}
    around = reduce(or_, (Q(first_id__lte=one, last_id__gte=one) for one in ids.tolist()))
    found: dict[int, dict[int, int]] = {}
    for part in SnapshotPart.objects.filter(around, snapshot__in=snapshot_ids).order_by("snapshot", "number"):
        records = packing.unpacked(part)
        hits = records[np.isin(records["id"], ids, assume_unique=True)]
        if len(hits):
            found.setdefault(part.snapshot_id, {}).update(hits.tolist())
    return found
