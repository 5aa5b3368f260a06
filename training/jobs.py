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
from django.db.models import Case, DurationField, ExpressionWrapper, F, QuerySet, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import versions
from recognizer.models import ModelVersion
from training import machine_processes, recipes, requests
from training.fit import EpochResult as EpochFigures
from training.fit import Position
from training.models import EpochResult, MeterReading, Snapshot, TrainingJob
from training.progress import progress
from training.requests import JobError

__all__ = [
    "CancelRequested",
    "Claim",
    "JobError",
    "LostJob",
    "PauseRequested",
    "cancel",
    "claim",
    "claim_next",
    "pause",
    "progress",
    "resume",
    "retry",
    "run",
    "rung",
    "start",
    "sweep",
]

State = TrainingJob.State

# Every change of state there is: to which state, from which ones.
TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.QUEUED: (State.RUNNING, State.PAUSED, State.FAILED, State.CANCELLED),
    State.RUNNING: (State.QUEUED,),
    State.PAUSED: (State.QUEUED, State.RUNNING),
    State.SUCCEEDED: (State.RUNNING,),
    State.FAILED: (State.RUNNING,),
    State.CANCELLED: (State.QUEUED, State.RUNNING, State.PAUSED),
}
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
# Of the jobs that wait for a busy worker, so many are rung for again at a time: enough for idle workers to find work,
# too few to flood the broker.
MOST_RUNG_AGAIN = 10
# What a running job's message ends in between somebody's wish to cancel or pause it and its end.
STOPPING = ": stopping."


class LostJob(Exception):  # noqa: N818 (it is what happened)
    """The job is no longer this worker's: its lease ran out and it went on elsewhere, or it ended."""


class CancelRequested(Exception):  # noqa: N818 (it is what happened)
    """Somebody asked for the job to be cancelled."""


class PauseRequested(Exception):  # noqa: N818 (it is what happened)
    """Somebody asked for the job to be paused."""


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
    return _end_work(job_id, State.CANCELLED, words, idle=(State.QUEUED, State.PAUSED), cancel_requested=True)


def pause(job_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Pause a job: at once while nobody works on it, else within moments, with a checkpoint to go on from.

    Return False if it was paused already or had ended. Raises TrainingJob.DoesNotExist."""
    words = f"Paused by {by}." if by else "Paused."
    return _end_work(job_id, State.PAUSED, words, idle=(State.QUEUED,), pause_requested=True)


def resume(job_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Let a paused job wait for a worker again; whoever calls this rings. Return False if it is not paused."""
    words = f"Resumed by {by}; the job waits for a worker." if by else "Resumed; the job waits for a worker."
    rows = TrainingJob.objects.filter(pk=job_id, state=State.PAUSED)
    return bool(_move(rows, State.QUEUED, words, rung_at=None, times_lost=0))


def retry(job_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Queue a job again that failed or was cancelled: it goes on from its last checkpoint, if that is still there.

    Whoever calls this rings. Return False if it neither failed nor was cancelled."""
    words = f"Tried again by {by}; the job waits for a worker." if by else "Tried again; the job waits for a worker."
    rows = TrainingJob.objects.filter(pk=job_id, state__in=(State.FAILED, State.CANCELLED))
    anew = {"traceback": "", "finished_at": None, "rung_at": None, "times_lost": 0, "cancel_requested": False}
    return bool(_move(rows, State.QUEUED, words, **anew))


def claim(job_id: int) -> "Claim | None":
    """Take a queued job for this process, with a lease; None if it is not there to be taken."""
    attempt = TrainingJob.objects.filter(pk=job_id).values_list("attempt", flat=True).first()
    if attempt is None:
        return None
    rows = TrainingJob.objects.filter(pk=job_id, attempt=attempt, cancel_requested=False)
    mine = {"attempt": attempt + 1, "worker_process": machine_processes.name_of_this()}
    if not _move(
        rows, State.RUNNING, "Getting ready.", started_at=timezone.now(), lease_expires_at=_lease_end(), **mine
    ):
        return None
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
        """Extend the lease and write how far the job has come. Raises CancelRequested, PauseRequested."""
        if "message" in fields:
            fields["message"] = _text(fields["message"])
        wanted = self._rows.filter(cancel_requested=False, pause_requested=False)
        if not wanted.update(lease_expires_at=_lease_end(), **fields):
            self.keep()
            raise CancelRequested if self.job().cancel_requested else PauseRequested

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
            EpochResult.objects.update_or_create(job_id=self.job_id, epoch=values.pop("epoch"), defaults=values)

    def learns_from(self, snapshot: Snapshot) -> None:
        self._must(self._rows.update(snapshot=snapshot))

    def succeed(self, weights: bytes, summary: str) -> ModelVersion:
        """Register the weights as a version and end the job, both or neither.

        Raises CancelRequested, PauseRequested."""
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

    def paused(self) -> None:
        """Lay the job aside, as somebody asked for; end it if it is to be cancelled."""
        words = f"{self.job().message.removesuffix(STOPPING)}."
        self._lay_down(State.PAUSED, words, self._rows.filter(cancel_requested=False))

    def interrupted(self, message: str, traceback: str = "") -> None:
        """Give the job back after something that may pass; after too many of these without progress it fails."""
        _take_back(self._rows, self.job(), message, traceback=traceback.replace("\0", ""))

    def release(self) -> None:
        """Give the job back to the queue, or lay it aside or end it if somebody asked for that."""
        if self._rows.filter(pause_requested=True).exists():
            return self.paused()
        words = "Its worker was stopped; the job waits for another."
        self._lay_down(
            State.QUEUED, words, self._rows.filter(cancel_requested=False, pause_requested=False), rung_at=None
        )

    def _lay_down(self, to: State, words: str, rows: QuerySet[TrainingJob], **fields: Any) -> None:
        if not _move(rows, to, words, **fields):
            if self.job().cancel_requested:
                self.cancelled()
            else:
                self.paused()

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
    running = TrainingJob.objects.filter(state=State.RUNNING)
    for job in running.filter(lease_expires_at__lt=Now()).order_by("pk"):
        _take_back_unless_locked(running.filter(lease_expires_at__lt=Now()), job)
    for job in running.order_by("pk"):
        # Of this machine's processes more is known than their leases tell.
        if machine_processes.is_dead(job.worker_process):
            _take_back_unless_locked(running.filter(worker_process=job.worker_process), job)
    waiting = TrainingJob.objects.waiting().values_list("pk", flat=True)
    long_ago = Now() - timedelta(seconds=settings.JOB_RING_SECONDS)
    first = list(waiting[:MOST_RUNG_AGAIN])
    return sorted([*waiting.filter(rung_at=None), *waiting.filter(pk__in=first, rung_at__lt=long_ago)])


def run(job_id: int, *, observe: Callable[[Any], None] | None = None) -> TrainingJob:
    """Claim a queued job and do it here, in this process; return the row as it ended. Raises JobError if it is not
    there to be claimed. See `worker.run` for `observe`."""
    from training import worker  # it builds on this module

    claimed = claim(job_id)
    if claimed is None:
        raise JobError(f"Job {job_id} cannot be run: it is not queued.")
    worker.run(claimed, observe=observe)
    return TrainingJob.objects.select_related("version").get(pk=job_id)


def _end_work(job_id: int, to: State, words: str, *, idle: tuple[State, ...], **flag: bool) -> bool:
    """Move a job that nobody works on; of one that is worked on, tell its worker. Return False if neither can be."""
    with transaction.atomic():
        rows = TrainingJob.objects.filter(pk=job_id)
        job = rows.select_for_update().get()
        nobody = rows.filter(state__in=idle) | rows.filter(lease_expires_at__lt=Now())
        if machine_processes.is_dead(job.worker_process):
            nobody |= rows.filter(state=State.RUNNING)
        if _move(nobody, to, words):
            return True
        asked = rows.filter(state=State.RUNNING).exclude(**flag).exclude(cancel_requested=True)
        told = asked.update(message=words[:-1] + STOPPING, **flag)
        return bool(told or rows.filter(state=State.RUNNING, **flag).exists())


def _take_back_unless_locked(rows: QuerySet[TrainingJob], job: TrainingJob) -> None:
    """Leave a row alone that somebody is writing: a process that was stopped in the middle of that must not stop the
    sweeper, too. The database ends such a transaction after a while."""
    with transaction.atomic():
        if rows.filter(pk=job.pk).select_for_update(skip_locked=True).exists():
            _take_back(rows, job)


def _take_back(rows: QuerySet[TrainingJob], job: TrainingJob, why: str = "Its worker vanished.", **told: Any) -> None:
    """Move a job that lost its worker to where it belongs, if it is still as it was found."""
    seen = ("pk", "attempt", "cancel_requested", "pause_requested", "times_lost")
    rows = rows.filter(**{name: getattr(job, name) for name in seen})
    times = job.times_lost + 1
    if job.cancel_requested:
        _move(rows, State.CANCELLED, f"Cancelled. {why}")
    elif job.pause_requested:
        _move(rows, State.PAUSED, f"Paused. {why}")
    elif times < settings.JOB_MOST_ATTEMPTS:
        _move(rows, State.QUEUED, f"{why} The job waits for a worker.", times_lost=times, rung_at=None)
    else:
        words = f"{why} That was the time number {times} in a row, in attempt {job.attempt}: look into the worker's log"
        _move(rows, State.FAILED, f"{words} (memory may have run out), then retry the job.", times_lost=times, **told)


def _move(rows: QuerySet[TrainingJob], to: State, message: str, **fields: Any) -> int:
    """Change the state of those rows that may change to it; return how many did."""
    if to != State.RUNNING:
        fields |= {"lease_expires_at": None, "remaining_seconds": None, "worker_process": "", "pause_requested": False}
        fields |= {"worked": _worked()}
    if to in ENDED:
        fields |= {"finished_at": timezone.now()}
    return rows.filter(state__in=TRANSITIONS[to]).update(state=to, message=_text(message), **fields)


def _worked() -> Case:
    """What all attempts took: with the one that ends now, if it is one that ends."""
    this = ExpressionWrapper(Now() - F("started_at"), DurationField())
    return Case(When(state=State.RUNNING, then=F("worked") + this), default=F("worked"))


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
