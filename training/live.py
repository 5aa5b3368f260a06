"""A job's progress in words, for its page and the list: the same for the first look and for each later one.

Left out on purpose: the figures, which `progress.py` reads from the job's row."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from recognizer.told import told
from recognizer.words import commas, counted, decimal, percent
from training import meter_words
from training.models import TrainingJob
from training.progress import progress

State = TrainingJob.State
STYLES = {
    State.QUEUED: "info",
    State.RUNNING: "primary",
    State.PAUSED: "warning",
    State.SUCCEEDED: "success",
    State.FAILED: "danger",
    State.CANCELLED: "warning",
}

# What can be done with a job in each state, the most likely first.
MAY = {
    State.QUEUED: ("pause", "cancel"),
    State.RUNNING: ("pause", "cancel"),
    State.PAUSED: ("resume", "cancel"),
    State.SUCCEEDED: (),
    State.FAILED: ("retry",),
    State.CANCELLED: ("retry",),
}


def shown(job: TrainingJob) -> dict[str, Any]:
    """All that changes on a job's page, ready for JSON.

    `fields` are texts by name, `rows` the table of epochs as texts, `chart` the curves as [epochs done, loss,
    accuracy], `meter` what the forgetting meter says."""
    figures = progress(job)
    validation = [_point(row) for row in figures["results"]]
    return {
        "state": job.state,
        "ended": figures["ended"],
        "may": list(MAY[job.state]),
        "asked": "cancel" if is_cancelling(job) else "pause" if is_pausing(job) else "",
        "done": round(figures["done"], 4),
        "fields": _fields(job, figures),
        "rows": [_row(result) for result in figures["results"]],
        "meter": meter_words.shown(job),
        "chart": {"epochs": job.epochs, "training": job.curve, "validation": validation},
    }


def is_cancelling(job: TrainingJob) -> bool:
    return job.cancel_requested and job.finished_at is None


def is_pausing(job: TrainingJob) -> bool:
    return job.pause_requested and job.state == State.RUNNING


def state_words(job: TrainingJob) -> str:
    if is_cancelling(job):
        return _("cancelling")
    return _("pausing") if is_pausing(job) else job.get_state_display()


def duration(seconds: float | None) -> str:
    """Return a length of time as people say it: "12 s", "3 min 20 s", "2 h 5 min"."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}


def took(job: TrainingJob) -> str:
    """How long its attempts took, all together; nothing before it ended."""
    if job.started_at is None or job.finished_at is None:
        return ""
    # Jobs that ended before attempts were added up have but the last one's times.
    return duration((job.worked or job.finished_at - job.started_at) / timedelta(seconds=1))


def _fields(job: TrainingJob, figures: dict[str, Any]) -> dict[str, str]:
    left = figures["remaining_seconds"]
    return {
        "state": state_words(job),
        "percent": f"{100 * figures['done']:.0f} %",
        "epoch": _("%(epoch)s of %(epochs)s") % {"epoch": job.epoch, "epochs": job.epochs},
        "batch": _("%(batch)s of %(batches)s") % {"batch": commas(job.batch), "batches": commas(job.batches)}
        if job.batches
        else _("none yet"),
        "loss": _("none yet") if job.loss is None else decimal(f"{job.loss:.4f}"),
        "accuracy": percent(job.accuracy, 2) or _("none yet"),
        "remaining": "" if left is None else _("about %(left)s") % {"left": duration(left)},
        "elapsed": duration(figures["elapsed_seconds"]),
        "attempt": _attempt(job),
        "checkpoint": _checkpoint(job),
        "message": told(job.message) or _waiting(figures["ahead"]),
    }


def _attempt(job: TrainingJob) -> str:
    if not job.attempt:
        return _("not begun")
    return (
        _("%(attempt)s, from step %(step)s") % {"attempt": job.attempt, "step": commas(job.resumed_step)}
        if job.resumed_step
        else str(job.attempt)
    )


def _checkpoint(job: TrainingJob) -> str:
    if job.checkpoint_at is None or job.state == State.SUCCEEDED:
        return ""
    return _("step %(step)s at %(time)s") % {
        "step": commas(job.checkpoint_step),
        "time": f"{job.checkpoint_at:%H:%M:%S}",
    }


def _waiting(ahead: int | None) -> str:
    if ahead is None:
        return ""
    if ahead:
        return _("Waits for %(jobs)s before it.") % {"jobs": counted(ahead, "job")}
    return _("Next in the queue: it starts when a worker is free.")


def _point(result: dict[str, Any]) -> list[float]:
    return [result["epoch"], result["validation_loss"], result["validation_accuracy"]]


def _row(result: dict[str, Any]) -> list[str]:
    return [
        str(result["epoch"]),
        decimal(f"{result['train_loss']:.4f}"),
        percent(result["train_accuracy"], 2),
        decimal(f"{result['validation_loss']:.4f}"),
        percent(result["validation_accuracy"], 2),
        decimal(f"{result['learning_rate']:.2g}"),
        duration(result["seconds"]) if result["seconds"] >= 10 else decimal(f"{result['seconds']:.1f} s"),
    ]
