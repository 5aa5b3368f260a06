"""The states of a training job, the changes between them, and the one function that writes them and their log.

Left out on purpose: who may ask for a change. `jobs.py` has what people do, `claims.py` what a worker does."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DurationField, ExpressionWrapper, F, QuerySet, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from training import job_log, places
from training.models import JobEvent, TrainingJob

State = TrainingJob.State
Kind = JobEvent.Kind

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


# The line that a job's log gets of a change, where its writer says no other.
KINDS = {
    State.QUEUED: Kind.RETURNED,
    State.RUNNING: Kind.CLAIMED,
    State.PAUSED: Kind.PAUSED,
    State.SUCCEEDED: Kind.SUCCEEDED,
    State.FAILED: Kind.FAILED,
    State.CANCELLED: Kind.CANCELLED,
}


def move(
    job_id: int,
    to: State,
    message: str,
    *,
    rows: QuerySet[TrainingJob] | None = None,
    kind: str | None = None,
    said: str | None = None,
    **fields: Any,
) -> bool:
    """Change the state of a job, if it is among `rows` and in a state from which it may; return whether it did.

    With the change its log gets a line of `kind` that says `said`, or what the message says: both or neither."""
    fields = {**_at_rest(to), **fields}
    rows = TrainingJob.objects.filter(pk=job_id) if rows is None else rows.filter(pk=job_id)
    with transaction.atomic():
        changed = rows.filter(state__in=TRANSITIONS[to]).update(state=to, message=text(message), **fields)
        if changed:
            job_log.write(job_id, kind or KINDS[to], said or message)
    return bool(changed)


def _at_rest(to: State) -> dict[str, Any]:
    """What else a job has, or has no longer, in the state that it changes to."""
    fields: dict[str, Any] = {}
    if to != State.RUNNING:
        fields |= {"lease_expires_at": None, "remaining_seconds": None, "worker_process": "", "pause_requested": False}
        fields |= {"worked": _worked()}
    if to == State.QUEUED:
        fields |= {"place": places.first(), "rung_at": None}
    if to in ENDED:
        fields |= {"finished_at": timezone.now()}
    return fields


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
        move(job.pk, State.CANCELLED, f"Cancelled. {why}", rows=rows)
    elif job.pause_requested:
        move(job.pk, State.PAUSED, f"Paused. {why}", rows=rows)
    elif times < settings.JOB_MOST_ATTEMPTS:
        move(job.pk, State.QUEUED, f"{why} The job waits for a worker.", rows=rows, times_lost=times)
    else:
        words = f"{why} That was the time number {times} in a row, in attempt {job.attempt}: look into the worker's log"
        words = f"{words} (memory may have run out), then retry the job."
        move(job.pk, State.FAILED, words, rows=rows, times_lost=times, **told)
