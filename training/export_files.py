"""The files of exports: where they grow, where they are kept, and when they go. No file outlives a drawing in it.

Left out on purpose: an export's state, except that its file is gone. `export_jobs.py` writes the rest."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial, reduce
from operator import or_
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.dispatch import receiver
from django.utils import timezone

from recognizer.deletion import drawings_go
from recognizer.models import Drawing
from training.data.exports import FORMATS
from training.models import Export, ExportPart

logger = logging.getLogger(__name__)

UNFINISHED = ".part"
# Deleted drawings asked for, and lists of exported ones read, at a time
IDS_AT_ONCE = 250
PARTS_AT_ONCE = 16
# A file's row follows it within moments; one that no row names after so long never gets one.
NAMELESS_SECONDS = 3600.0


class Movable(File):
    """A file that a storage on the same file system moves to its place instead of copying it."""

    def temporary_file_path(self) -> str:
        return self.file.name


def storage() -> Storage:
    return Export._meta.get_field("file").storage


@contextmanager
def growing(export: Export) -> Iterator[Path]:
    """A place for the file of an export's attempt, which is empty afterwards."""
    folder = Path(settings.EXPORT_WORK_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{export.pk}-{export.attempt}{UNFINISHED}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def keep(path: Path, export: Export) -> str:
    """Put a finished file into the storage; return the name under which it is there."""
    name = f"{export.pk}-{export.attempt}{FORMATS[export.format].suffix}"
    with path.open("rb") as file:
        return storage().save(name, Movable(file))


def discard(name: str) -> None:
    """Delete a file unless a row names it; keep it where that cannot be told, until `clean` comes by."""
    try:
        if not Export.objects.filter(file=name).exists():
            storage().delete(name)
    except (DatabaseError, OSError):
        logger.warning("The file %s of an export could not be deleted yet.", name)


@receiver(drawings_go, dispatch_uid="training.exports")
def _outdate(sender: type[Drawing], ids: list[int], **kwargs: object) -> None:
    """What a drawing is in that goes is outdated with the same transaction, and its file goes after it."""
    gone, holding = np.unique(np.array(ids, np.int64)), set()
    for start in range(0, len(gone), IDS_AT_ONCE):
        around = [Q(first_id__lte=one, last_id__gte=one) for one in gone[start : start + IDS_AT_ONCE].tolist()]
        parts = ExportPart.objects.filter(reduce(or_, around))
        holding |= {part.export_id for part in parts.iterator(PARTS_AT_ONCE) if _holds_any(part, gone)}
    if holding and Export.objects.filter(pk__in=holding).update(outdated=True):
        transaction.on_commit(partial(_remove_all, Q(pk__in=holding, outdated=True)))


def clean() -> None:
    """Remove files that are over their time, or hold a deleted drawing, or that no row names."""
    _remove_all(Q(expires_at__lt=Now()) | Q(outdated=True))
    ExportPart.objects.filter(export__file="").exclude(export__state=Export.State.RUNNING).delete()
    _remove_nameless()
    _remove_unfinished()


def _holds_any(part: ExportPart, ids: np.ndarray) -> bool:
    return bool(np.isin(np.frombuffer(bytes(part.ids), "<i8"), ids).any())


def _remove_all(condition: Q) -> None:
    for export in Export.objects.with_a_file().filter(condition):
        _remove(export)


def _remove(export: Export) -> None:
    name = export.file.name
    why = "A drawing in it was deleted" if export.outdated else "Its time was over"
    message = f"{export.message} {why}, and the file was removed. Export again for a new one."
    with transaction.atomic():
        if not Export.objects.filter(pk=export.pk, file=name).update(file="", message=message[:500]):
            return
        ExportPart.objects.filter(export=export).delete()
    try:
        storage().delete(name)
    except OSError:
        logger.exception("The file %s of %s could not be deleted.", name, export)


def _remove_nameless() -> None:
    """Those of exports whose worker was killed between the file and its row."""
    try:
        _, names = storage().listdir("")
    except FileNotFoundError:  # nothing was ever exported
        return
    known = set(Export.objects.with_a_file().values_list("file", flat=True))
    long_ago = timezone.now() - timedelta(seconds=NAMELESS_SECONDS)
    for name in set(names) - known:
        if storage().get_modified_time(name) < long_ago:
            discard(name)


def _remove_unfinished() -> None:
    """Those of attempts that are over, on this machine: their worker was killed."""
    # Looked for before it is asked which attempts run: else that of one which begins just now would go.
    found = list(Path(settings.EXPORT_WORK_DIR).glob(f"*{UNFINISHED}"))
    running = Export.objects.filter(state=Export.State.RUNNING).values_list("pk", "attempt")
    growing_now = {f"{export_id}-{attempt}" for export_id, attempt in running}
    for path in found:
        if path.stem not in growing_now:
            path.unlink(missing_ok=True)
