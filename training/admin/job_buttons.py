"""The buttons that steer a job: what each calls, what it says, and who may press it.

Left out on purpose: where they stand. A job's page shows those that its state allows."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from training import jobs


@dataclass(frozen=True)
class Action:
    """A button on a job's page: what it calls and says, and whether the queue has to be rung for afterwards."""

    name: str
    does: Callable[..., bool]
    button: str
    meanwhile: str
    said: str
    refused: str
    permission: str = "cancel"
    rings: bool = False
    style: str = ""


# Why a button did nothing, by the state in which it found the job.
STATES = {
    "queued": _("the job waits for a worker"),
    "running": _("the job is running"),
    "paused": _("the job is paused"),
    "succeeded": _("the job succeeded already"),
    "failed": _("the job failed already"),
    "cancelled": _("the job was cancelled already"),
}
ACTIONS = [
    Action("pause", jobs.pause, _("Pause"), _("Pausing …"), _("The job is being paused."), _("Nothing to pause")),
    Action(
        "resume",
        jobs.resume,
        _("Resume"),
        _("Resuming …"),
        _("The job waits for a worker again."),
        _("Nothing to resume"),
        rings=True,
        style="is-main",
    ),
    Action(
        "retry",
        jobs.retry,
        _("Retry from its last checkpoint"),
        _("Queueing …"),
        _("The job waits for a worker again."),
        _("Nothing to retry"),
        "start",
        rings=True,
        style="is-main",
    ),
    Action(
        "cancel",
        jobs.cancel,
        _("Cancel the job"),
        _("Cancelling …"),
        _("The job is being cancelled."),
        _("Nothing to cancel"),
        style="is-danger",
    ),
]
