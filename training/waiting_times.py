"""When the jobs of the queue will start, as far as that can be said from what jobs like them took.

Left out on purpose: promises. A worker that is added or lost, or a job that is moved, changes all of it."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from training import live
from training.models import TrainingJob
from training.progress import done

# So many of the newest finished jobs tell what a job takes.
LOOKED_AT = 200


@dataclass(frozen=True)
class Start:
    """When a job starts: in so many seconds, None where that cannot be said; and in words."""

    seconds: float | None
    words: str


def starts(running: Iterable[TrainingJob], waiting: Iterable[TrainingJob]) -> dict[int, Start]:
    """The start of each waiting job, which come in the order of the queue, by its id. One query."""
    running, waiting = list(running), list(waiting)
    if not running or not waiting:
        return {job.pk: _first() if place == 0 else _after(waiting[place - 1]) for place, job in enumerate(waiting)}
    free = [_left(job) for job in running]
    if None in free:
        words = _("not to be said yet: %(running)s has no pace so far") % {"running": running[free.index(None)]}
        return {job.pk: Start(None, words) for job in waiting}
    heapq.heapify(free)
    return _in_turn(waiting, free, paces())


def paces() -> dict[tuple, float]:
    """Seconds an epoch, by what a job does: the newest finished one of each sort counts."""
    ended = TrainingJob.objects.filter(state=TrainingJob.State.SUCCEEDED, worked__gt=timedelta())
    known: dict[tuple, float] = {}
    for job in ended.order_by("-finished_at").only(*SORT, "epochs", "worked")[:LOOKED_AT]:
        known.setdefault(_sort(job), job.worked.total_seconds() / job.epochs)
    return known


SORT = ("kind", "architecture", "preset", "mnist_images", "generated_images")


def _in_turn(waiting: list[TrainingJob], free: list[float], pace: dict[tuple, float]) -> dict[int, Start]:
    """Each job starts where a worker is free first; behind one of unknown length nothing is known."""
    found: dict[int, Start] = {}
    unknown = None
    for job in waiting:
        if unknown is not None:
            found[job.pk] = Start(
                None, _("not to be said: no job like %(unknown)s was finished here yet") % {"unknown": unknown}
            )
            continue
        seconds = heapq.heappop(free)
        found[job.pk] = Start(seconds, _("in about %(seconds)s") % {"seconds": live.duration(seconds)})
        if _sort(job) in pace:
            heapq.heappush(free, seconds + pace[_sort(job)] * job.epochs * (1 - done(job)))
        elif not free:
            unknown = job
    return found


def _left(job: TrainingJob) -> float | None:
    """Seconds that a running job takes on; what comes after the learning takes moments."""
    return 0.0 if job.remaining_seconds is None and done(job) >= 1 else job.remaining_seconds


def _sort(job: TrainingJob) -> tuple:
    return tuple(getattr(job, name) for name in SORT)


def _first() -> Start:
    return Start(None, _("as soon as a worker is free"))


def _after(job: TrainingJob) -> Start:
    return Start(None, _("after %(job)s") % {"job": job})
