"""The life of an export, as conditional updates of its row: this module is the only writer of an export's state.

It follows `jobs.py`: leases on the database's clock, writes fenced by the attempt. Left out on purpose: the export
itself (`export_worker.py`), its file (`export_files.py`), and the broker (`tasks.py`)."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer.models import Drawing
from training import export_files
from training.data.exports import ExportError, format_named
from training.export_filters import Filters
from training.jobs import MOST_RUNG_AGAIN, CancelRequested, LostJob
from training.models import Export, ExportPart

State = Export.State

# Every change of state there is: to which state, from which ones.
TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.QUEUED: (State.RUNNING,),
    State.RUNNING: (State.QUEUED,),
    State.SUCCEEDED: (State.RUNNING,),
    State.FAILED: (State.RUNNING,),
    State.CANCELLED: (State.QUEUED, State.RUNNING),
}
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
VANISHED = "Its worker vanished"
OUTDATED = "A drawing in it was deleted while it ran"


class Outdated(Exception):  # noqa: N818 (it is what happened)
    """A drawing that is in the file already was deleted."""


def start(*, kind: str, filters: Filters, by: AbstractBaseUser | None = None) -> Export:
    """Queue an export, as a row only; whoever calls this rings with `tasks.enqueue_export`. Raises ExportError."""
    format_named(kind)
    filters.check()
    if not filters.rows().exists():
        raise ExportError(_("There are no such drawings to export: %(filters)s.") % {"filters": filters.words()})
    return Export.objects.create(format=kind, filters=filters.as_json(), started_by=by)


def cancel(export_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Cancel an export: at once while nobody works on it, else within moments. Return False if it had ended before.

    Raises Export.DoesNotExist."""
    words = f"Cancelled by {by}." if by else "Cancelled."
    with transaction.atomic():
        rows = Export.objects.filter(pk=export_id)
        rows.select_for_update().get()
        if _move(rows.filter(state=State.QUEUED) | rows.filter(lease_expires_at__lt=Now()), State.CANCELLED, words):
            return True
        return bool(rows.filter(state=State.RUNNING).update(cancel_requested=True, message=words))


def claim_next() -> "ExportClaim | None":
    """Take the queued export that has waited longest; None if there is none, or EXPORTS_AT_ONCE run already."""
    if Export.objects.filter(state=State.RUNNING, lease_expires_at__gte=Now()).count() >= settings.EXPORTS_AT_ONCE:
        return None
    waiting = Export.objects.waiting().values_list("pk", flat=True)
    return next(filter(None, map(claim, waiting)), None)


def claim(export_id: int) -> "ExportClaim | None":
    """Take a queued export for this worker, with a lease; None if it is not there to be taken."""
    attempt = Export.objects.filter(pk=export_id).values_list("attempt", flat=True).first()
    if attempt is None:
        return None
    fresh = {"done": 0, "lost": 0, "total": None, "outdated": False, "cancel_requested": False}
    rows = Export.objects.filter(pk=export_id, attempt=attempt)
    with transaction.atomic():
        if not _move(
            rows, State.RUNNING, "Looking for the drawings.",
            attempt=attempt + 1, started_at=timezone.now(), lease_expires_at=_lease_end(), **fresh,
        ):  # fmt: skip
            return None
        ExportPart.objects.filter(export_id=export_id).delete()
    return ExportClaim(export_id, attempt + 1)


@dataclass(frozen=True)
class ExportClaim:
    """The right to work on an export, for one attempt. Every method raises LostJob when it is another's by now."""

    export_id: int
    attempt: int

    @property
    def job_id(self) -> str:
        """How a heartbeat names what it keeps alive."""
        return f"export {self.export_id}"

    def export(self) -> Export:
        """The export as it is now."""
        export = self._rows.first()
        if export is None:
            raise self._lost()
        return export

    def keep(self) -> None:
        """Extend the lease."""
        self._must(self._rows.update(lease_expires_at=_lease_end()))

    def report(self, **fields: Any) -> None:
        """Extend the lease and write how far the export has come. Raises CancelRequested, Outdated."""
        wanted = self._rows.filter(cancel_requested=False, outdated=False)
        if not wanted.update(lease_expires_at=_lease_end(), **fields):
            self._say_why_not()

    def hear(self) -> None:
        """See whether to go on, and write nothing. Raises CancelRequested, Outdated."""
        if not self._rows.filter(cancel_requested=False, outdated=False).exists():
            self._say_why_not()

    def take(self, rows: QuerySet[Drawing]) -> list[Drawing]:
        """Read drawings, and note in the same breath that they are in the export.

        Locked until that is noted: a drawing that is deleted is either not among them, or whoever deletes it finds it
        noted, and this export outdated."""
        with transaction.atomic():
            found = list(rows.select_for_update(of=("self",)))
            if found:
                ids = np.array([drawing.pk for drawing in found], "<i8")
                ExportPart.objects.create(
                    export_id=self.export_id, first_id=found[0].pk, last_id=found[-1].pk, ids=ids.tobytes()
                )
        return found

    def succeed(self, path: Path, *, size_bytes: int, sha256: str, message: str) -> None:
        """Move the file to where exports are kept and end the export, both or neither. Raises as `report` does."""
        self.report()
        name = export_files.keep(path, self.export())
        try:
            with transaction.atomic():
                wanted = self._rows.filter(cancel_requested=False, outdated=False)
                expires_at = Now() + timedelta(days=settings.EXPORT_KEEP_DAYS)
                facts = {"size_bytes": size_bytes, "sha256": sha256, "expires_at": expires_at}
                if not _move(wanted, State.SUCCEEDED, message, file=name, **facts):
                    self._say_why_not()
        except BaseException:
            export_files.discard(name)
            raise

    def fail(self, message: str, traceback: str = "") -> None:
        """End the export with what went wrong, in words for an admin."""
        self._must(_move(self._rows, State.FAILED, message, traceback=traceback.replace("\0", "")))

    def cancelled(self) -> None:
        """End the export as its row says it was asked for."""
        self._must(_move(self._rows, State.CANCELLED, self.export().message))

    def release(self) -> None:
        """Give the export back to the queue, or end it if it is to be cancelled."""
        words = "Its worker was stopped; the export waits for another."
        if not _move(self._rows.filter(cancel_requested=False), State.QUEUED, words, rung_at=None):
            self.cancelled()

    def begin_again(self, why: str) -> None:
        """Queue the export once more, or end it after too many setbacks."""
        _take_back(self._rows, self.export(), why)

    @property
    def _rows(self) -> QuerySet[Export]:
        return Export.objects.filter(pk=self.export_id, attempt=self.attempt, state=State.RUNNING)

    def _say_why_not(self) -> None:
        if self.export().cancel_requested:
            raise CancelRequested
        raise Outdated

    def _must(self, updated: int) -> None:
        if not updated:
            raise self._lost()

    def _lost(self) -> LostJob:
        return LostJob(f"attempt {self.attempt} at export {self.export_id} is over: it is not this worker's any more")


def rung(export_id: int) -> None:
    """Note that the broker was told of a queued export."""
    Export.objects.filter(pk=export_id, state=State.QUEUED).update(rung_at=Now())


def next_waiting() -> list[int]:
    """The export to ring for when another has ended, as a list of one or none."""
    return list(Export.objects.waiting().values_list("pk", flat=True)[:1])


def sweep() -> list[int]:
    """Queue what lost its worker; return the queued exports that the broker must be told of, the oldest first."""
    expired = Export.objects.filter(state=State.RUNNING, lease_expires_at__lt=Now())
    for export in expired.order_by("pk"):
        _take_back(expired.filter(pk=export.pk, attempt=export.attempt), export, VANISHED)
    waiting = Export.objects.waiting().values_list("pk", flat=True)
    long_ago = Now() - timedelta(seconds=settings.JOB_RING_SECONDS)
    return sorted([*waiting.filter(rung_at=None), *waiting.filter(rung_at__lt=long_ago)[:MOST_RUNG_AGAIN]])


def _take_back(rows: QuerySet[Export], export: Export, why: str) -> None:
    """Move a running export that cannot go on to where it belongs."""
    if export.cancel_requested:
        _move(rows, State.CANCELLED, export.message)
    elif export.setbacks < settings.EXPORT_MOST_SETBACKS:
        _move(rows, State.QUEUED, f"{why}; it begins again.", setbacks=F("setbacks") + 1, rung_at=None)
    else:
        times = f"{why}, as it had to begin again {export.setbacks} times before."
        _move(rows, State.FAILED, f"{times} Start it again, or ask for fewer drawings.", setbacks=F("setbacks") + 1)


def _move(rows: QuerySet[Export], to: State, message: str, **fields: Any) -> int:
    """Change the state of those rows that may change to it; return how many did."""
    if to != State.RUNNING:
        fields |= {"lease_expires_at": None}
    if to in ENDED:
        fields |= {"finished_at": timezone.now()}
    longest = Export._meta.get_field("message").max_length
    message = message.replace("\0", "")[:longest]
    return rows.filter(state__in=TRANSITIONS[to]).update(state=to, message=message, **fields)


def _lease_end() -> CombinedExpression:
    # The database's clock: those of several machines differ.
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
