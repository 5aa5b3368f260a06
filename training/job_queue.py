"""The order of the queue, and what people change about it: a job goes to the front, or past the one beside it.

A wish names the job that it goes past, as it was seen: of two people who wish the same at once, the second one is told
that it is so already. Left out on purpose: taking jobs from the queue (`claims.py`), and when they start
(`waiting_times.py`)."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils.translation import gettext as _

from training import job_log
from training.models import JobEvent, TrainingJob


class QueueError(Exception):
    """Nothing was moved; the message says why, with how things stand now."""


class To(models.TextChoices):
    FRONT = "front", "to the front"
    BEFORE = "before", "up"
    AFTER = "after", "down"


def move(job_id: int, to: str, beside: int | None = None, *, by: AbstractBaseUser | None = None) -> str:
    """Move a queued job to the front, or just before or after another; return where it is now, in a sentence.

    Raises QueueError where either does not wait any more, or never did."""
    if to not in To.values or (to != To.FRONT and beside is None):
        raise QueueError(
            _("A job goes %(values)s another, and not %(to)s: nothing was moved.")
            % {"values": ", ".join(To.values), "to": f"{to!r:.40}"}
        )
    with transaction.atomic():
        queue = _locked()
        ids = [job.pk for job in queue]
        for known in filter(None, [job_id, beside]):
            if known not in ids:
                raise QueueError(_gone(known))
        wanted = arranged(ids, job_id, to, beside)
        place = f"number {wanted.index(job_id) + 1} of {len(wanted)} in the queue"
        figures = {"job": job_id, "number": wanted.index(job_id) + 1, "count": len(wanted)}
        if wanted == ids:
            return _("Job %(job)s stands there already: number %(number)s of %(count)s in the queue.") % figures
        _write(queue, wanted)
        who = f" by {by}" if by else ""
        job_log.write(job_id, JobEvent.Kind.MOVED, f"Moved{who}: {place} now, {_behind(wanted, job_id)}.")
    return _("Job %(job)s is number %(number)s of %(count)s in the queue now.") % figures


def arranged(ids: list[int], job_id: int, to: str, beside: int | None = None) -> list[int]:
    """The order of `ids` once that is done. Who is to go before another and does so already stays, and so after."""
    if to == To.FRONT:
        return [job_id, *(pk for pk in ids if pk != job_id)]
    here, there = ids.index(job_id), ids.index(beside)
    if (here <= there) if to == To.BEFORE else (here >= there):
        return ids
    rest = [pk for pk in ids if pk != job_id]
    place = rest.index(beside) + (to == To.AFTER)
    return [*rest[:place], job_id, *rest[place:]]


def _locked() -> list[TrainingJob]:
    """The queue as it stays until the transaction ends, but for jobs that join it behind the others."""
    # Locked in the order of their age: two who locked in the queue's order, each an other one, would wait for ever.
    rows = TrainingJob.objects.waiting().order_by("pk").select_for_update().only("pk", "place")
    return sorted(rows, key=lambda job: (job.place, job.pk))


def _write(queue: list[TrainingJob], wanted: list[int]) -> None:
    """Deal the places out anew. Each job that was overtaken gets another place, so that a worker which is about to take
    it as the first one finds that it is not as it was seen."""
    places = [job.place for job in queue]
    if len(set(places)) < len(places):  # those of old jobs, or of two that were started at once
        places = list(range(places[0] - len(places), places[0]))
    changed = [
        TrainingJob(pk=pk, place=place)
        for pk, place, job in zip(wanted, places, queue, strict=True)
        if (pk, place) != (job.pk, job.place)
    ]
    TrainingJob.objects.bulk_update(changed, ["place"], batch_size=200)


def _behind(ids: list[int], job_id: int) -> str:
    place = ids.index(job_id)
    return f"behind job {ids[place - 1]}" if place else "the next to be taken"


def _gone(job_id: int) -> str:
    job = TrainingJob.objects.filter(pk=job_id).first()
    if job is None:
        return _("There is no job %(job_id)s: nothing was moved.") % {"job_id": job_id}
    return _("Job %(job_id)s is not in the queue any more, it is %(state)s: nothing was moved.") % {
        "job_id": job_id,
        "state": job.get_state_display(),
    }
