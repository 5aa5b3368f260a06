"""The right of one worker to a job, for one attempt: taking it, and every write while it is worked on.

A worker's writes carry its attempt, so that one that lost its job can change nothing any more. Left out on purpose:
the training itself (`worker.py`)."""

import os
import socket
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import versions
from recognizer.models import ModelVersion
from recognizer.words import counted, percent
from training import job_log, machine_processes
from training.fit import EpochResult as EpochFigures
from training.fit import Position
from training.models import EpochResult, MeterReading, Snapshot, TrainingJob, TrainingJobQuerySet
from training.transitions import Kind, State, lease_end, move, take_back, text

# What a running job's message ends in between somebody's wish to cancel or pause it and its end.
STOPPING = ": stopping."


class LostJob(Exception):  # noqa: N818 (it is what happened)
    """The job is no longer this worker's: its lease ran out and it went on elsewhere, or it ended."""


class CancelRequested(Exception):  # noqa: N818 (it is what happened)
    """Somebody asked for the job to be cancelled."""


class PauseRequested(Exception):  # noqa: N818 (it is what happened)
    """Somebody asked for the job to be paused."""


def claim(job_id: int) -> "Claim | None":
    """Take a queued job for this process, with a lease, wherever it stands in the queue; None if it is not there to be
    taken."""
    attempt = TrainingJob.objects.filter(pk=job_id).values_list("attempt", flat=True).first()
    return None if attempt is None else _take(job_id, attempt, TrainingJob.objects.all())


def claim_next() -> "Claim | None":
    """Take the first job of the queue; None if there is none.

    Whoever finds it taken or moved looks again: a list that was read before may not be the queue any more."""
    while found := _waiting().values("pk", "attempt", "place").first():
        nobody_before = ~Exists(_waiting().before(OuterRef("place"), OuterRef("pk")))
        as_seen = TrainingJob.objects.filter(nobody_before, place=found["place"])
        if claimed := _take(found["pk"], found["attempt"], as_seen):
            return claimed
    return None


def _waiting() -> TrainingJobQuerySet:
    return TrainingJob.objects.waiting().filter(cancel_requested=False)


def _take(job_id: int, attempt: int, rows: QuerySet[TrainingJob]) -> "Claim | None":
    """Take a job of those rows if nobody did since it was seen: one conditional update decides."""
    rows = rows.filter(attempt=attempt, cancel_requested=False)
    mine = {"attempt": attempt + 1, "worker_process": machine_processes.name_of_this()}
    times = {"started_at": timezone.now(), "lease_expires_at": lease_end()}
    by = f"Claimed by process {os.getpid()} on {socket.gethostname()}."
    taken = move(job_id, State.RUNNING, "Getting ready.", rows=rows, said=by, **times, **mine)
    return Claim(job_id, attempt + 1) if taken else None


@dataclass(frozen=True)
class Claim:
    """The right to work on a job, for one attempt. Every method raises LostJob when the job is no longer this one's."""

    job_id: int
    attempt: int

    def job(self) -> TrainingJob:
        """The job as it is now."""
        job = self._rows.select_related("base", "snapshot", "room").first()
        if job is None:
            raise self._lost()
        return job

    def keep(self) -> None:
        """Extend the lease."""
        self._must(self._rows.update(lease_expires_at=lease_end()))

    def report(self, **fields: Any) -> None:
        """Extend the lease and write how far the job has come. Raises CancelRequested, PauseRequested."""
        if "message" in fields:
            fields["message"] = text(fields["message"])
        wanted = self._rows.filter(cancel_requested=False, pause_requested=False)
        if not wanted.update(lease_expires_at=lease_end(), **fields):
            self.keep()
            raise CancelRequested if self.job().cancel_requested else PauseRequested

    def hear(self) -> None:
        """See whether to go on, and write nothing. Raises CancelRequested, PauseRequested."""
        wished = self._rows.values_list("cancel_requested", "pause_requested").first()
        if wished is None:
            raise self._lost()
        if any(wished):
            raise CancelRequested if wished[0] else PauseRequested

    def begins_at(self, position: Position) -> list[list[float]]:
        """Note where this attempt takes the training up, and forget what is behind that; return the curve up to it.

        Without a checkpoint that is the beginning."""
        with transaction.atomic():
            self.keep()
            epoch, batch, step = position.epoch - 1, position.batch, position.optimiser.t
            results = EpochResult.objects.filter(job_id=self.job_id)
            results.filter(epoch__gt=epoch).delete()
            MeterReading.objects.filter(job_id=self.job_id, epoch__gt=epoch).delete()
            job = self.job()
            done = epoch + (batch / job.batches if job.batches else 0)
            curve = [point for point in job.curve if point[0] <= round(done, 4)] if step else []
            fresh = {} if step else {"epoch": 0, "batch": 0, "batches": 0, "loss": None, "accuracy": None}
            self._must(self._rows.update(curve=curve, resumed_step=step, checkpoint_step=step, **fresh))
            self._log_beginning(position)
        return curve

    def kept(self, position: Position) -> None:
        """Note that a checkpoint was written: the job has come further, and what was lost before counts no more."""
        step = position.optimiser.t
        fields = {"checkpoint_step": step, "checkpoint_at": Now()}
        if not self._rows.filter(checkpoint_step__lt=step).update(times_lost=0, **fields):
            self._must(self._rows.update(**fields))

    def epoch_over(self, figures: EpochFigures) -> None:
        """Write an epoch's figures."""
        with transaction.atomic():
            self.keep()  # locks the row, so that no other attempt begins in between
            values = asdict(figures)
            epoch = values.pop("epoch")
            _, is_new = EpochResult.objects.update_or_create(job_id=self.job_id, epoch=epoch, defaults=values)
            if is_new:
                job_log.write(self.job_id, Kind.EPOCH, _epoch_words(figures))

    def learns_from(self, snapshot: Snapshot) -> None:
        chosen = f"{counted(snapshot.count, 'accepted drawing')} of {counted(snapshot.visitors, 'visitor')}"
        with transaction.atomic():
            self._must(self._rows.update(snapshot=snapshot))
            job_log.write(self.job_id, Kind.DRAWINGS, f"Learns from {chosen}.")

    def log(self, kind: str, message: str) -> None:
        """Add a line to the job's log, as long as the job is this worker's."""
        with transaction.atomic():
            self.keep()
            job_log.write(self.job_id, kind, message)

    def succeed(self, weights: bytes, summary: str) -> ModelVersion:
        """Register the weights as a version and end the job, both or neither.

        Raises CancelRequested, PauseRequested."""
        version = None
        try:
            with transaction.atomic():
                self.report()
                job, source = self.job(), ModelVersion.Source.TRAINED
                version = versions.register(weights, source=source, base=job.base, room_id=job.room_id)
                self._end(State.SUCCEEDED, f"Version {version.number}: {summary}", version=version)
        except BaseException:
            _discard_file(version)
            raise
        return version

    def fail(self, message: str, traceback: str = "") -> None:
        """End the job with what went wrong, in words for an admin."""
        self._end(State.FAILED, message, traceback=traceback.replace("\0", ""))

    def cancelled(self) -> None:
        """End the job as somebody asked for, in the row or with Ctrl-C."""
        job = self.job()
        words = f"{job.message.removesuffix(STOPPING)}." if job.cancel_requested else "Interrupted."
        self._end(State.CANCELLED, words)

    def paused(self) -> None:
        """Lay the job aside, as somebody asked for; end it if it is to be cancelled."""
        words = f"{self.job().message.removesuffix(STOPPING)}."
        self._lay_down(State.PAUSED, words, self._rows.filter(cancel_requested=False))

    def interrupted(self, message: str, traceback: str = "") -> None:
        """Give the job back after something that may pass; after too many of these without progress it fails."""
        take_back(self._rows, self.job(), message, traceback=traceback.replace("\0", ""))

    def release(self) -> None:
        """Give the job back to the queue, or lay it aside or end it if somebody asked for that."""
        if self._rows.filter(pause_requested=True).exists():
            return self.paused()
        words = "Its worker was stopped; the job waits for another."
        self._lay_down(State.QUEUED, words, self._rows.filter(cancel_requested=False, pause_requested=False))

    def _log_beginning(self, position: Position) -> None:
        if step := position.optimiser.t:
            words = f"Goes on in epoch {position.epoch}, from the checkpoint after step {step:,}."
            job_log.write(self.job_id, Kind.WENT_ON, words)
        else:
            job_log.write(self.job_id, Kind.BEGUN, "Begins to learn, from the start.")

    def _lay_down(self, to: State, words: str, rows: QuerySet[TrainingJob]) -> None:
        if not move(self.job_id, to, words, rows=rows):
            if self.job().cancel_requested:
                self.cancelled()
            else:
                self.paused()

    @property
    def _rows(self) -> QuerySet[TrainingJob]:
        return TrainingJob.objects.filter(pk=self.job_id, attempt=self.attempt, state=State.RUNNING)

    def _end(self, to: State, message: str, **fields: Any) -> None:
        self._must(move(self.job_id, to, message, rows=self._rows, **fields))

    def _must(self, updated: int | bool) -> None:
        if not updated:
            raise self._lost()

    def _lost(self) -> LostJob:
        return LostJob(f"attempt {self.attempt} at job {self.job_id} is over: the job is not this worker's any more")


def _epoch_words(figures: EpochFigures) -> str:
    return (
        f"Epoch {figures.epoch}: loss {figures.train_loss:.4f}, on validation {figures.validation_loss:.4f} and "
        f"{percent(figures.validation_accuracy, 2)} read right."
    )


def _discard_file(version: ModelVersion | None) -> None:
    """Delete the file of a version that did not come to be; keep it where that cannot be told, a file too many
    being better than a version without one."""
    try:
        if version and not ModelVersion.objects.filter(weights=version.weights.name).exists():
            version.weights.storage.delete(version.weights.name)
    except (DatabaseError, OSError):
        pass
