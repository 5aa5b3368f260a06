"""Trainings that start by themselves: after so many newly accepted labels, and each night.

Two ticks never start two jobs, as the occasion is a row with unique keys, made together with the job. Left out on
purpose: ringing for the job, which `tasks.py` does, and promoting what comes of it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from recognizer import versions
from recognizer.words import counted
from training import jobs, nights, recipes, snapshots
from training.models import ScheduledStart, TrainingJob

logger = logging.getLogger(__name__)

LABELS, NIGHTLY = "labels", "nightly"
BEGINNING = "the beginning"


@dataclass(frozen=True)
class Occasion:
    """A reason to train now. The key is the same for whoever notices it."""

    key: str
    reason: str


def start_due(*, now: datetime | None = None) -> TrainingJob | None:
    """Queue the training that is due, if one is; whoever calls this rings for it.

    Any number of processes may call it at any moment: for one occasion, and while such a job is unfinished, all but one
    get None."""
    if not is_on():
        return None
    try:
        with transaction.atomic():
            return _start_due(now or timezone.now())
    except IntegrityError:
        logger.info("Another process was first to start what is due.")
        return None


def is_on() -> bool:
    return bool(settings.RETRAIN_AFTER_LABELS or settings.RETRAIN_NIGHTLY_AT)


def overview(now: datetime | None = None) -> dict[str, Any]:
    """What is scheduled, when it is next, and what came of it last, for the admin's pages. At most five queries."""
    if not is_on():
        return {"is_on": False}
    return {
        "is_on": True,
        "kind": settings.RETRAIN_KIND,
        "unfinished": unfinished(),
        "labels": _labels_to_go() if settings.RETRAIN_AFTER_LABELS else None,
        "next_night": next_night(now or timezone.now()) if settings.RETRAIN_NIGHTLY_AT else None,
        "last": ScheduledStart.objects.select_related("job__version").first(),
    }


def _labels_to_go() -> dict[str, Any]:
    new, wanted = new_labels(counted_since()), settings.RETRAIN_AFTER_LABELS
    return {"new": new, "wanted": wanted, "left": max(0, wanted - new), "share": f"{min(1.0, new / wanted):.3f}"}


def _start_due(now: datetime) -> TrainingJob | None:
    # Read before anything else: who starts after this was read takes the number, and the insertion below fails.
    number = (ScheduledStart.objects.aggregate(most=Max("number"))["most"] or 0) + 1
    if unfinished() is not None:
        return None
    occasion = next(_due(now), None)
    if occasion is None:
        return None
    start = ScheduledStart.objects.create(number=number, key=occasion.key, reason=occasion.reason, created_at=now)
    try:
        start.job = jobs.start(**_asked_for(), seed=number, note=f"Scheduled: {occasion.reason}"[:200])
    except (jobs.JobError, versions.VersionError) as error:
        # Not tried again each minute: the next occasion is another chance, and a person can start it by hand.
        start.problem = str(error)[:500]
    start.save(update_fields=["job", "problem"])
    return start.job


def unfinished() -> TrainingJob | None:
    """The scheduled job that waits or runs: until it ends, nothing else is started. A paused one holds nothing up."""
    at_work = TrainingJob.objects.filter(state__in=[TrainingJob.State.QUEUED, TrainingJob.State.RUNNING])
    return at_work.filter(scheduled_start__isnull=False).first()


def _due(now: datetime) -> Iterator[Occasion]:
    since = counted_since()
    if settings.RETRAIN_AFTER_LABELS and (labels := new_labels(since)) >= settings.RETRAIN_AFTER_LABELS:
        mark = since.isoformat() if since else BEGINNING
        yield Occasion(f"{LABELS}:{mark}", f"{counted(labels, 'newly accepted label')}.")
    if settings.RETRAIN_NIGHTLY_AT:
        # Of nights that were missed while the site was down, the last one is made up for.
        night = last_night(now)
        key = f"{NIGHTLY}:{night:%Y-%m-%d}"
        if not ScheduledStart.objects.filter(key=key).exists():
            yield Occasion(key, f"the night of {night:%-d %B %Y}.")


def counted_since() -> datetime | None:
    """From when on accepted labels are new: since a training learnt from drawings, or was started because of labels.

    The latter also where that training failed; otherwise the same labels would start the next one at once."""
    succeeded = TrainingJob.objects.filter(state=TrainingJob.State.SUCCEEDED, is_demo=False, room=None)
    learnt = succeeded.aggregate(at=Max("snapshot__created_at"))
    started = ScheduledStart.objects.filter(key__startswith=f"{LABELS}:").aggregate(at=Max("created_at"))
    return max(filter(None, [learnt["at"], started["at"]]), default=None)


def new_labels(since: datetime | None) -> int:
    """How many labels that may train were accepted after that."""
    labels = snapshots.learnable()
    return (labels.filter(label__reviewed_at__gt=since) if since else labels).count()


def last_night(now: datetime) -> datetime:
    """The last moment up to now at which the clock of the site's time zone showed RETRAIN_NIGHTLY_AT."""
    return nights.last_night(now, settings.RETRAIN_NIGHTLY_AT)


def next_night(now: datetime) -> datetime:
    """The first such moment after now."""
    return nights.next_night(now, settings.RETRAIN_NIGHTLY_AT)


def _asked_for() -> dict[str, Any]:
    """What such a job is: of the live version's architecture, and with the settings that are usual for its kind."""
    kind, live = settings.RETRAIN_KIND, versions.live_deployment().version
    asked = {"kind": kind, "architecture": live.architecture, **recipes.defaults(kind)}
    if kind == TrainingJob.Kind.FINE_TUNE:
        asked["base"] = live
    if settings.RETRAIN_EPOCHS:
        asked["epochs"] = settings.RETRAIN_EPOCHS
    return asked
