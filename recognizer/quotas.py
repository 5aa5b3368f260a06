"""How much may be stored: by one visitor, by all of them, and as long as the disk has room for it.

Each process counts for itself and believes its count for a while, so that a quota may be passed by what others store
meanwhile; before it refuses it counts anew. Left out on purpose: how often, which is `throttles.py`, and deleting
anything to make room."""

import errno
import logging
import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.db.models import Count, Func, IntegerField, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from recognizer import words
from recognizer.errors import ApiError
from recognizer.models import Drawing, Visitor
from recognizer.submissions import Submission
from recognizer.visitors import Known

logger = logging.getLogger(__name__)

VISITORS_KEPT = 10_000
FILES_LOOKED_AT = 20  # uploads are of much the same size, and asking for that of each is slow on a storage far away
DISK_SECONDS = 2.0
FULL = (errno.ENOSPC, errno.EDQUOT)

PER_VISITOR, EVERYBODY = "visitor", "site"


@dataclass
class Usage:
    drawings: int
    stored_bytes: int
    counted_at: float


class _StoredBytes(Func):
    """Of a JSON column, as the database keeps it: without unpacking it where there is a way."""

    function = "LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: object, connection: object, **context: object) -> tuple[str, list]:
        return self.as_sql(compiler, connection, function="pg_column_size", **context)


def check(visitor: Visitor | Known, submission: Submission) -> None:
    """Refuse a drawing for which there is no room. Raises ApiError: 507 disk_full, 403 quota."""
    check_disk(with_files=submission.upload is not None)
    size = _size(submission)
    if visitor.pk is not None:
        _check_visitor(visitor, size)
    _check_site(size)


def count(visitor: Visitor | Known, submission: Submission) -> None:
    """A drawing was stored: this process does not count anew before the next one."""
    size = _size(submission)
    for usage in (_known(visitor.pk), _site.get("usage")):
        if usage is not None:
            _add(usage, size)


def check_disk(*, with_files: bool) -> None:
    """Refuse what would be written to a disk that is nearly full. Raises ApiError 507."""
    for folder in _folders(with_files):
        free = _free_bytes(folder)
        if free is not None and free < settings.MIN_FREE_BYTES:
            raise disk_full()


def disk_full() -> ApiError:
    text = _(
        "The disk of this site is full, so that nothing is stored now; recognising goes on. "
        "Keep the drawing and send it again later: the people who run the site have to make room."
    )
    return ApiError(507, "disk_full", text)


def is_full(error: BaseException) -> bool:
    """Whether that is what made a write fail."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return "disk is full" in str(error) or "No space left on device" in str(error)


def forget() -> None:
    """Count anew, as after a deletion."""
    with _lock:
        _visitors.clear()
        _site.clear()
        _disks.clear()


_visitors: OrderedDict[int, Usage] = OrderedDict()
_site: dict[str, Usage] = {}
_disks: dict[Path, tuple[float, int | None]] = {}
_lock = Lock()


def _check_visitor(visitor: Visitor | Known, size: int) -> None:
    limits = settings.QUOTA_VISITOR_DRAWINGS, settings.QUOTA_VISITOR_BYTES
    if not any(limits):
        return
    usage = _known(visitor.pk)
    if usage is None or _over(usage, size, *limits):
        usage = _remembered(visitor.pk, _counted(Drawing.objects.filter(visitor=visitor.pk)))
    if unit := _over(usage, size, *limits):
        raise _quota(PER_VISITOR, unit, usage, *limits)


def _check_site(size: int) -> None:
    limits = settings.QUOTA_SITE_DRAWINGS, settings.QUOTA_SITE_BYTES
    if not any(limits):
        return
    usage = _site.get("usage")
    if usage is None or time.monotonic() > usage.counted_at + settings.QUOTA_SITE_SECONDS:
        usage = _site["usage"] = _counted_site(*limits)
    if unit := _over(usage, size, *limits):
        raise _quota(EVERYBODY, unit, usage, *limits)


def _over(usage: Usage, size: int, most_drawings: int, most_bytes: int) -> str | None:
    if most_drawings and usage.drawings + 1 > most_drawings:
        return "drawings"
    return "bytes" if most_bytes and usage.stored_bytes + size > most_bytes else None


def _add(usage: Usage, size: int) -> None:
    with _lock:
        usage.drawings += 1
        usage.stored_bytes += size


def _known(visitor_id: int) -> Usage | None:
    with _lock:
        usage = _visitors.get(visitor_id)
        if usage is None or time.monotonic() > usage.counted_at + settings.QUOTA_SECONDS:
            return None
        _visitors.move_to_end(visitor_id)
        return usage


def _remembered(visitor_id: int, usage: Usage) -> Usage:
    with _lock:
        _visitors[visitor_id] = usage
        _visitors.move_to_end(visitor_id)
        while len(_visitors) > VISITORS_KEPT:
            _visitors.popitem(last=False)
    return usage


def _counted(rows: QuerySet[Drawing]) -> Usage:
    uploaded = ~Q(upload="") & Q(upload__isnull=False)
    found = rows.aggregate(
        drawings=Count("pk"), uploads=Count("pk", filter=uploaded), in_rows=Sum(_StoredBytes("strokes"))
    )
    in_files = found["uploads"] and round(found["uploads"] * _mean_upload_bytes(rows.filter(uploaded)))
    return Usage(found["drawings"], (found["in_rows"] or 0) + in_files, time.monotonic())


def _counted_site(most_drawings: int, most_bytes: int) -> Usage:
    """A million rows are counted only where they may be too many: numbers of drawings run on, so the last one says."""
    last = Drawing.objects.aggregate(last=Max("pk"))["last"] or 0
    if not most_bytes and last + 1 <= most_drawings:
        return Usage(last, 0, time.monotonic())
    return _counted(Drawing.objects.all())


def _mean_upload_bytes(rows: QuerySet[Drawing]) -> float:
    sizes = []
    for drawing in rows.only("upload").order_by("-pk")[:FILES_LOOKED_AT]:
        try:
            sizes.append(drawing.upload.size)
        except Exception:  # a file that is lost, or a storage that does not answer, each with an error of its own
            logger.warning("The size of the upload %s is not known.", drawing.upload.name)
    return sum(sizes) / len(sizes) if sizes else 0.0


def _size(submission: Submission) -> int:
    if submission.upload is not None:
        return len(submission.upload)
    return sum(24 * len(line) for line in submission.strokes.strokes)


def _quota(whose: str, unit: str, usage: Usage, most_drawings: int, most_bytes: int) -> ApiError:
    values = {"most": words.number(most_drawings), "megabytes": words.number(most_bytes / 1024**2)}
    texts = {
        (PER_VISITOR, "drawings"): _(
            "%(most)s drawings of yours are stored, which is as many as one browser may have: delete some under "
            "My drawings, and send this one again."
        ),
        (PER_VISITOR, "bytes"): _(
            "Your drawings take up %(megabytes)s MB, which is as much as one browser may have: delete some under "
            "My drawings, and send this one again."
        ),
        (EVERYBODY, "drawings"): _(
            "%(most)s drawings are stored, which is as many as this site takes. Recognising goes on; the people who "
            "run the site can raise QUOTA_SITE_DRAWINGS."
        ),
        (EVERYBODY, "bytes"): _(
            "The drawings take up %(megabytes)s MB, which is as much as this site takes. Recognising goes on; the "
            "people who run the site can raise QUOTA_SITE_BYTES."
        ),
    }
    logger.warning("A drawing is refused: %s has %d drawings, %d bytes.", whose, usage.drawings, usage.stored_bytes)
    return ApiError(403, "quota", texts[whose, unit] % values)


def _folders(with_files: bool) -> list[Path]:
    folders = []
    if connection.vendor == "sqlite":
        folders.append(Path(settings.DATABASES["default"]["NAME"]).parent)
    storage = Drawing._meta.get_field("upload").storage
    if with_files and isinstance(storage, FileSystemStorage):
        folders.append(Path(storage.location))
    return folders


def _free_bytes(folder: Path) -> int | None:
    known = _disks.get(folder)
    if known is None or time.monotonic() > known[0] + DISK_SECONDS:
        known = _disks[folder] = time.monotonic(), _asked(folder)
    return known[1]


def _asked(folder: Path) -> int | None:
    """Room for somebody who is not root; None where the folder is not there yet, or cannot be asked."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
