"""The life of a training job, as conditional updates of its row: what people, schedules and sweeps do with it.

With `claims.py`, which has what a worker does, it is the only writer of a job's state. Left out on purpose: the
training itself (`worker.py`) and the broker, which is only a doorbell (`tasks.py`)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from recognizer.models import ModelVersion, Room
from training import job_log, machine_processes, places, recipes, requests
from training.claims import STOPPING, CancelRequested, Claim, LostJob, PauseRequested, claim, claim_next
from training.models import TrainingJob
from training.progress import progress
from training.requests import JobError
from training.transitions import ENDED, TRANSITIONS, Kind, State, move, take_back

__all__ = [
    "ENDED",
    "TRANSITIONS",
    "CancelRequested",
    "Claim",
    "JobError",
    "LostJob",
    "PauseRequested",
    "State",
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


# Of the jobs that wait for a busy worker, so many are rung for again at a time: enough for idle workers to find work,
# too few to flood the broker.
MOST_RUNG_AGAIN = 10


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
    room: Room | None = None,
    by: AbstractBaseUser | None = None,
) -> TrainingJob:
    """Queue a training, as a row only; whoever calls this rings with `tasks.enqueue`. Raises JobError.

    `architecture` may be None for a fine-tuning, which has its base's. `mnist_images` limits how many images of MNIST
    are learnt from, and `generated_images` says how many are drawn beside them: as many as the version had that a
    fine-tuning begins with, or that is live when drawings are learnt with MNIST; none otherwise. A `preset` decides
    about all else of how to learn. With a `room` the job learns from that room's drawings, for it alone."""
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
        room=room,
        started_by=by,
    )
    requests.check(job)
    with transaction.atomic():
        job.place = places.last()
        job.save(force_insert=True)
        job_log.write(job.pk, Kind.QUEUED, f"Queued by {by}." if by else "Queued by a schedule or a command.")
    job.refresh_from_db(fields=["place"])
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
    """Let a paused job wait for a worker again, at the end of the queue; whoever calls this rings.

    Return False if it is not paused."""
    words = f"Resumed by {by}; the job waits for a worker." if by else "Resumed; the job waits for a worker."
    rows = TrainingJob.objects.filter(state=State.PAUSED)
    return move(job_id, State.QUEUED, words, rows=rows, kind=Kind.RESUMED, place=places.last(), times_lost=0)


def retry(job_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Queue a job again that failed or was cancelled: it goes on from its last checkpoint, if that is still there.

    It joins the queue at its end. Whoever calls this rings. Return False if it neither failed nor was cancelled, or its
    room is gone or trains another one."""
    words = f"Tried again by {by}; the job waits for a worker." if by else "Tried again; the job waits for a worker."
    rows = TrainingJob.objects.filter(is_demo=False, state__in=(State.FAILED, State.CANCELLED))
    rows = rows.filter(Q(room=None) | Q(room__state__in=Room.THERE))
    anew = {"traceback": "", "finished_at": None, "times_lost": 0, "cancel_requested": False, "place": places.last()}
    try:
        return move(job_id, State.QUEUED, words, rows=rows, kind=Kind.RETRIED, **anew)
    except IntegrityError:  # its room trains another one, and one at a time
        return False


def rung(job_id: int) -> None:
    """Note that the broker was told of a queued job."""
    TrainingJob.objects.filter(pk=job_id, state=State.QUEUED).update(rung_at=Now())


def sweep() -> list[int]:
    """Queue what lost its worker; return the queued jobs that the broker must be told of, in the order of the queue."""
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
    return list(waiting.filter(Q(rung_at=None) | Q(pk__in=first, rung_at__lt=long_ago)))


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
        if move(job_id, to, words, rows=nobody):
            return True
        asked = rows.filter(state=State.RUNNING).exclude(**flag).exclude(cancel_requested=True)
        if asked.update(message=words[:-1] + STOPPING, **flag):
            job_log.write(job_id, Kind.ASKED, words[:-1] + STOPPING)
            return True
        return rows.filter(state=State.RUNNING, **flag).exists()


def _take_back_unless_locked(rows: QuerySet[TrainingJob], job: TrainingJob) -> None:
    """Leave a row alone that somebody is writing: a process that was stopped in the middle of that must not stop the
    sweeper, too. The database ends such a transaction after a while."""
    with transaction.atomic():
        if rows.filter(pk=job.pk).select_for_update(skip_locked=True).exists():
            take_back(rows, job)
