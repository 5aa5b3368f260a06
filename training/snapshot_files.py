"""The images and lines of snapshots in files of this machine, made by whoever needs them, checked when opened.

They are copies: each can be made again from the rows, and is thrown away when one of its drawings is deleted. Left out
on purpose: the lists of drawings, which are `snapshots.py`'s."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from django.conf import settings

from recognizer import ink, submissions
from recognizer.models import Drawing
from training import packing, snapshots
from training.data import lines, packed
from training.data.dataset import Dataset, DatasetError
from training.models import DeletedDrawing, Snapshot

logger = logging.getLogger(__name__)

NAME = re.compile(r"snapshot-(\d+)-")
NEEDED = ("seen", "source", "strokes", "width", "height", "upload", "preprocessing_version", "prediction__reason")
# Drawings may be deleted while a file is made, which is then made again.
MOST_TRIES = 5
# A file that nobody finished and nobody wrote to for this long is of a writer that was killed.
ABANDONED_SECONDS = 3600.0


def read(snapshot: Snapshot, step: Callable[[int], None] = lambda done: None) -> Dataset:
    """The images of a snapshot in its order, mapped from its file, which is made if it is missing or damaged.

    `step` is told how many drawings are done, and may raise to stop it. Left out are drawings deleted since, and those
    whose ink can no longer be read. Raises OSError if the file cannot be written, DatasetError if it cannot be read."""
    remove_stale()
    for _ in range(MOST_TRIES):
        kept = _kept(snapshot, step)
        if kept is not None:
            return kept.dataset
        packed.write(path_of(snapshot), _about(snapshot), _drawn(snapshot, step))
    raise DatasetError(f"{path_of(snapshot)} cannot be read as it was written: check the disk that SNAPSHOT_DIR is on")


def path_of(snapshot: Snapshot) -> Path:
    """One for each snapshot and way of making images."""
    return Path(settings.SNAPSHOT_DIR) / f"snapshot-{snapshot.pk}-preprocessing-{ink.PREPROCESSING_VERSION}.images"


def remove(snapshot_ids: Iterable[int]) -> int:
    """Remove this machine's files of these snapshots; return how many. A training that has one mapped keeps its view
    of it until it ends; the disk forgets it then."""
    wanted, removed = set(snapshot_ids), 0
    for path in _files():
        # One that is being written is looked through by its writer.
        if path.suffix != packed.TEMPORARY and _snapshot_of(path) in wanted:
            removed += _unlink(path)
    return removed


def remove_stale() -> int:
    """Remove this machine's files that are of no snapshot, of a drawing deleted since, or that nobody finished."""
    removed, known = 0, set(Snapshot.objects.values_list("pk", flat=True))
    for path in _files():
        if path.suffix == packed.TEMPORARY:
            removed += _age_seconds(path) > ABANDONED_SECONDS and _unlink(path)
        elif _snapshot_of(path) not in known or _is_stale(path, _snapshot_of(path)):
            removed += _unlink(path)
    return removed


def _kept(snapshot: Snapshot, step: Callable[[int], None]) -> packed.Packed | None:
    """What the file has; None if it is to be made."""
    path = path_of(snapshot)
    try:
        kept = packed.read(path, _about(snapshot), lambda: step(0))
    except FileNotFoundError:
        return None
    except (OSError, packed.DamagedError) as error:
        logger.warning("%s cannot be used (%s); it is made again.", path, error)
        return None
    if _lists_deleted(kept.ids, snapshot.pk):
        logger.info("%s has drawings deleted since; it is made again.", path)
        return None
    return kept


def _about(snapshot: Snapshot) -> dict[str, object]:
    return {
        "snapshot": snapshot.pk,
        "sha256": snapshot.sha256,
        "count": snapshot.count,
        "preprocessing_version": ink.PREPROCESSING_VERSION,
    }


def _drawn(snapshot: Snapshot, step: Callable[[int], None]) -> Iterator[packed.Page]:
    """The drawings that are still there, a page at a time."""
    done = 0
    for part in packing.parts(snapshot):
        for start in range(0, len(part), snapshots.PAGE):
            wanted = part[start : start + snapshots.PAGE]
            yield _page(dict(wanted.tolist()))
            done += len(wanted)
            step(done)


def _page(labels: dict[int, int]) -> packed.Page:
    rows = Drawing.objects.filter(pk__in=list(labels)).select_related("prediction").only(*NEEDED).order_by("pk")
    found = [(drawing.pk, seen.image, points_of(drawing)) for drawing, seen in snapshots.readable(rows)]
    return packed.Page(
        np.array([pk for pk, _, _ in found], np.uint64),
        np.array([image for _, image, _ in found], np.uint8).reshape(-1, 28, 28),
        np.array([labels[pk] for pk, _, _ in found], np.uint8),
        [points for _, _, points in found],
    )


def points_of(drawing: Drawing) -> np.ndarray:
    """A drawing's packed lines; none of an upload, of a dot, or of strokes that cannot be read any more."""
    if drawing.source != Drawing.Source.STROKES:
        return lines.pack([])
    try:
        strokes = ink.parse_strokes(drawing.strokes, drawing.width, drawing.height, submissions.ink_limits())
    except ink.InkError:
        return lines.pack([])
    return lines.pack(ink.box_lines(strokes))


def _files() -> list[Path]:
    folder = Path(settings.SNAPSHOT_DIR)
    return sorted(path for path in folder.iterdir() if NAME.match(path.name)) if folder.is_dir() else []


def _snapshot_of(path: Path) -> int:
    return int(NAME.match(path.name)[1])


def _is_stale(path: Path, snapshot_id: int) -> bool:
    try:
        return _lists_deleted(packed.ids_of(path), snapshot_id)
    except (OSError, packed.DamagedError):
        return True


def _lists_deleted(ids: np.ndarray, snapshot_id: int) -> bool:
    deleted = DeletedDrawing.objects.filter(snapshots=snapshot_id).values_list("drawing_id", flat=True)
    return bool(np.isin(np.fromiter(deleted, np.uint64), ids).any())


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError:
        logger.exception("%s is no longer needed and could not be removed.", path)
        return False
    return True
