"""The states of a training job, the changes between them, and the one function that writes them.

Left out on purpose: who may ask for a change. `jobs.py` has what people do, `claims.py` what a worker does."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, DurationField, ExpressionWrapper, F, QuerySet, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from training.models import TrainingJob

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


def move(rows: QuerySet[TrainingJob], to: State, message: str, **fields: Any) -> int:
    """Change the state of those rows that may change to it; return how many did."""
    if to != State.RUNNING:
        fields |= {"lease_expires_at": None, "remaining_seconds": None, "worker_process": "", "pause_requested": False}
        fields |= {"worked": _worked()}
    if to in ENDED:
        fields |= {"finished_at": timezone.now()}
    return rows.filter(state__in=TRANSITIONS[to]).update(state=to, message=text(message), **fields)


def _worked() -> Case:
    """What all attempts took: with the one that ends now, if it is one that ends."""
    this = ExpressionWrapper(Now() - F("started_at"), DurationField())
    return Case(When(state=State.RUNNING, then=F("worked") + this), default=F("worked"))


def lease_end() -> CombinedExpression:
    # The database's clock: those of several machines differ.
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def text(message: str) -> str:
    return message.replace("\0", "")[: TrainingJob._meta.get_field("message").max_length]


def take_back(rows: QuerySet[TrainingJob], job: TrainingJob, why: str = "Its worker vanished.", **told: Any) -> None:
    """Move a job that lost its worker to where it belongs, if it is still as it was found."""
    seen = ("pk", "attempt", "cancel_requested", "pause_requested", "times_lost")
    rows = rows.filter(**{name: getattr(job, name) for name in seen})
    times = job.times_lost + 1
    if job.cancel_requested:
        move(rows, State.CANCELLED, f"Cancelled. {why}")
    elif job.pause_requested:
        move(rows, State.PAUSED, f"Paused. {why}")
    elif times < settings.JOB_MOST_ATTEMPTS:
        move(rows, State.QUEUED, f"{why} The job waits for a worker.", times_lost=times, rung_at=None)
    else:
        words = f"{why} That was the time number {times} in a row, in attempt {job.attempt}: look into the worker's log"
        move(rows, State.FAILED, f"{words} (memory may have run out), then retry the job.", times_lost=times, **told)
