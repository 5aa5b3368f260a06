"""The life of a training job, as conditional updates of its row: this module is the only writer of a job's state.

A worker's writes carry its attempt, so that one that lost its job can change nothing any more. Left out on purpose:
the training itself (`worker.py`) and the broker, which is only a doorbell (`tasks.py`)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import versions
from recognizer.models import ModelVersion
from training import recipes, requests
from training.fit import EpochResult as EpochFigures
from training.models import EpochResult, Snapshot, TrainingJob
from training.progress import progress
from training.requests import JobError

__all__ = [
    "CancelRequested",
    "Claim",
    "JobError",
    "LostJob",
    "cancel",
    "claim",
    "claim_next",
    "progress",
    "run",
    "rung",
    "start",
    "sweep",
]

State = TrainingJob.State

# Every change of state there is: to which state, from which ones.
TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.QUEUED: (State.RUNNING,),
    State.RUNNING: (State.QUEUED,),
    State.SUCCEEDED: (State.RUNNING,),
    State.FAILED: (State.RUNNING,),
    State.CANCELLED: (State.QUEUED, State.RUNNING),
}
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
# Of the jobs that wait for a busy worker, so many are rung for again at a time: enough for idle workers to find work,
# too few to flood the broker.
MOST_RUNG_AGAIN = 10
# What a running job's message ends in between somebody's wish to cancel it and its end.
STOPPING = ": stopping."


class LostJob(Exception):  # noqa: N818 (it is what happened)
    """The job is no longer this worker's: its lease ran out and it went on elsewhere, or it ended."""


class CancelRequested(Exception):  # noqa: N818 (it is what happened)
    """Somebody asked for the job to be cancelled."""


def start(
    *,
    kind: str,
    architecture: str | None,
    epochs: int,
    learning_rate: float,
    batch_size: int = 128,
    seed: int = 0,
    base: ModelVersion | None = None,
    mnist_images: int | None = None,
    generated_images: int | None = None,
    preset: str = "",
    note: str = "",
    by: AbstractBaseUser | None = None,
) -> TrainingJob:
    """Queue a training, as a row only; whoever calls this rings with `tasks.enqueue`. Raises JobError.

    `architecture` may be None for a fine-tuning, which has its base's. `mnist_images` limits how many images of MNIST
    are learnt from, and `generated_images` says how many are drawn beside them: as many as the version had that a
    fine-tuning begins with, or that is live when drawings are learnt with MNIST; none otherwise. A `preset` decides
    about all else of how to learn."""
    job = TrainingJob(
        kind=kind,
        preset=preset,
        architecture=architecture or (base.architecture if base else ""),
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        seed=seed,
        base=base,
        mnist_images=mnist_images,
        generated_images=recipes.usual_generated(kind, base) if generated_images is None else generated_images,
        note=note,
        started_by=by,
    )
    requests.check(job)
    job.save(force_insert=True)
    return job


def cancel(job_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Cancel a job: at once while nobody works on it, else within moments. Return False if it had ended before.

    Raises TrainingJob.DoesNotExist."""
    words = f"Cancelled by {by}." if by else "Cancelled."
    with transaction.atomic():
        rows = TrainingJob.objects.filter(pk=job_id)
        rows.select_for_update().get()
        if _move(rows.filter(state=State.QUEUED) | rows.filter(lease_expires_at__lt=Now()), State.CANCELLED, words):
            return True
        return bool(rows.filter(state=State.RUNNING).update(cancel_requested=True, message=words[:-1] + STOPPING))


def claim(job_id: int) -> "Claim | None":
    """Take a queued job for this worker, with a lease; None if it is not there to be taken."""
    attempt = TrainingJob.objects.filter(pk=job_id).values_list("attempt", flat=True).first()
    if attempt is None:
        return None
    rows = TrainingJob.objects.filter(pk=job_id, attempt=attempt, cancel_requested=False)
    fresh = {"epoch": 0, "batch": 0, "batches": 0, "loss": None, "accuracy": None, "curve": [], "finished_at": None}
    with transaction.atomic():
        if not _move(
            rows, State.RUNNING, "Getting ready.",
            attempt=attempt + 1, started_at=timezone.now(), lease_expires_at=_lease_end(), **fresh,
        ):  # fmt: skip
            return None
        EpochResult.objects.filter(job_id=job_id).delete()
    return Claim(job_id, attempt + 1)


def claim_next() -> "Claim | None":
    """Take the queued job that has waited longest; None if there is none."""
    waiting = TrainingJob.objects.waiting().values_list("pk", flat=True)
    return next(filter(None, map(claim, waiting)), None)


@dataclass(frozen=True)
class Claim:
    """The right to work on a job, for one attempt. Every method raises LostJob when the job is no longer this one's."""

    job_id: int
    attempt: int

    def job(self) -> TrainingJob:
        """The job as it is now."""
        job = self._rows.select_related("base", "snapshot").first()
        if job is None:
            raise self._lost()
        return job

    def keep(self) -> None:
        """Extend the lease."""
        self._must(self._rows.update(lease_expires_at=_lease_end()))

    def report(self, **fields: Any) -> None:
        """Extend the lease and write how far the job has come. Raises CancelRequested."""
        if "message" in fields:
            fields["message"] = _text(fields["message"])
        wanted = self._rows.filter(cancel_requested=False)
        if not wanted.update(lease_expires_at=_lease_end(), **fields):
            self.keep()
            raise CancelRequested

    def epoch_over(self, figures: EpochFigures) -> None:
        """Write an epoch's figures."""
        with transaction.atomic():
            self.keep()  # locks the row, so that no other attempt begins in between
            values = asdict(figures)
            EpochResult.objects.update_or_create(job_id=self.job_id, epoch=values.pop("epoch"), defaults=values)

    def learns_from(self, snapshot: Snapshot) -> None:
        self._must(self._rows.update(snapshot=snapshot))

    def succeed(self, weights: bytes, summary: str) -> ModelVersion:
        """Register the weights as a version and end the job, both or neither. Raises CancelRequested."""
        version = None
        try:
            with transaction.atomic():
                self.report()
                version = versions.register(weights, source=ModelVersion.Source.TRAINED, base=self.job().base)
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

    def release(self) -> None:
        """Give the job back to the queue, or end it if it is to be cancelled."""
        words = "Its worker was stopped; the job waits for another."
        if not _move(self._rows.filter(cancel_requested=False), State.QUEUED, words, rung_at=None):
            self.cancelled()

    @property
    def _rows(self) -> QuerySet[TrainingJob]:
        return TrainingJob.objects.filter(pk=self.job_id, attempt=self.attempt, state=State.RUNNING)

    def _end(self, to: State, message: str, **fields: Any) -> None:
        self._must(_move(self._rows, to, message, **fields))

    def _must(self, updated: int) -> None:
        if not updated:
            raise self._lost()

    def _lost(self) -> LostJob:
        return LostJob(f"attempt {self.attempt} at job {self.job_id} is over: the job is not this worker's any more")


def rung(job_id: int) -> None:
    """Note that the broker was told of a queued job."""
    TrainingJob.objects.filter(pk=job_id, state=State.QUEUED).update(rung_at=Now())


def sweep() -> list[int]:
    """Queue what lost its worker; return the queued jobs that the broker must be told of, the oldest first."""
    expired = TrainingJob.objects.filter(state=State.RUNNING, lease_expires_at__lt=Now())
    for job in expired.order_by("pk"):
        _take_back(expired.filter(pk=job.pk, attempt=job.attempt, cancel_requested=job.cancel_requested), job)
    waiting = TrainingJob.objects.waiting().values_list("pk", flat=True)
    long_ago = Now() - timedelta(seconds=settings.JOB_RING_SECONDS)
    return sorted([*waiting.filter(rung_at=None), *waiting.filter(rung_at__lt=long_ago)[:MOST_RUNG_AGAIN]])


def run(job_id: int, *, observe: Callable[[Any], None] | None = None) -> TrainingJob:
    """Claim a queued job and do it here, in this process; return the row as it ended. Raises JobError if it is not
    there to be claimed. See `worker.run` for `observe`."""
    from training import worker  # it builds on this module

    claimed = claim(job_id)
    if claimed is None:
        raise JobError(f"Job {job_id} cannot be run: it is not queued.")
    worker.run(claimed, observe=observe)
    return TrainingJob.objects.select_related("version").get(pk=job_id)


def _take_back(rows: QuerySet[TrainingJob], job: TrainingJob) -> None:
    """Move a job whose lease ran out to where it belongs."""
    if job.cancel_requested:
        _move(rows, State.CANCELLED, "Cancelled; its worker had vanished.")
    elif job.times_lost + 1 < settings.JOB_MOST_ATTEMPTS:
        words = "Its worker vanished; the job waits for another."
        _move(rows, State.QUEUED, words, times_lost=F("times_lost") + 1, rung_at=None)
    else:
        words = (
            f"Its worker vanished {job.times_lost + 1} times, the last time in attempt {job.attempt}. Memory may have"
        )
        _move(rows, State.FAILED, f"{words} run out: look into the worker's log.", times_lost=F("times_lost") + 1)


def _move(rows: QuerySet[TrainingJob], to: State, message: str, **fields: Any) -> int:
    """Change the state of those rows that may change to it; return how many did."""
    if to != State.RUNNING:
        fields |= {"lease_expires_at": None, "remaining_seconds": None}
    if to in ENDED:
        fields |= {"finished_at": timezone.now()}
    return rows.filter(state__in=TRANSITIONS[to]).update(state=to, message=_text(message), **fields)


def _lease_end() -> CombinedExpression:
    # The database's clock: those of several machines differ.
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _text(message: str) -> str:
    return message.replace("\0", "")[: TrainingJob._meta.get_field("message").max_length]


def _discard_file(version: ModelVersion | None) -> None:
    """Delete the file of a version that did not come to be; keep it where that cannot be told, a file too many
    being better than a version without one."""
    try:
        if version and not ModelVersion.objects.filter(weights=version.weights.name).exists():
            version.weights.storage.delete(version.weights.name)
    except (DatabaseError, OSError):
        pass
