"""How far a job has come, as the JSON that its page and the dashboard show.

Left out on purpose: any writing; the figures are those that the worker last wrote into the row."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from training.models import TrainingJob

RESULT_FIELDS = (
    "epoch",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "seconds",
)


def progress(job: TrainingJob) -> dict[str, Any]:
    """Everything that the live page of a job needs.

    `done` is the share from 0 to 1, `ahead` how many queued jobs come first (None unless queued), `curve` a list of
    [epochs done, loss, accuracy], `results` an object per finished epoch; times are ISO 8601, durations seconds."""
    queued = job.state == TrainingJob.State.QUEUED
    return {
        "id": job.pk,
        "kind": job.kind,
        "kind_name": job.get_kind_display(),
        "state": job.state,
        "state_name": job.get_state_display(),
        "ended": job.finished_at is not None,
        "message": job.message,
        "attempt": job.attempt,
        "cancel_requested": job.cancel_requested,
        "pause_requested": job.pause_requested,
        "ahead": TrainingJob.objects.waiting().before(job.place, job.pk).count() if queued else None,
        "epoch": job.epoch,
        "epochs": job.epochs,
        "batch": job.batch,
        "batches": job.batches,
        "done": done(job),
        "loss": job.loss,
        "accuracy": job.accuracy,
        "elapsed_seconds": _elapsed(job),
        "remaining_seconds": job.remaining_seconds,
        "created_at": job.created_at.isoformat(),
        "started_at": _iso(job.started_at),
        "finished_at": _iso(job.finished_at),
        "curve": job.curve,
        "results": list(job.epoch_results.order_by("epoch").values(*RESULT_FIELDS)),
        "version": job.version.number if job.version else None,
        "version_id": job.version_id,
    }


def done(job: TrainingJob) -> float:
    """The share of the training's batches that are done."""
    if job.state == TrainingJob.State.SUCCEEDED:
        return 1.0
    if not job.batches or not job.epoch:
        return 0.0
    return min(1.0, (job.epoch - 1 + job.batch / job.batches) / job.epochs)


def _elapsed(job: TrainingJob) -> float | None:
    """What all attempts took, with the one at work."""
    if job.started_at is None:
        return None
    at_work = timezone.now() - job.started_at if job.state == TrainingJob.State.RUNNING else timedelta()
    return (job.worked + at_work).total_seconds()


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
