"""The buttons that steer a job: what each calls, what it says, and who may press it.

Left out on purpose: where they stand. A job's page shows those that its state allows."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

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
    "queued": gettext_lazy("the job waits for a worker"),
    "running": gettext_lazy("the job is running"),
    "paused": gettext_lazy("the job is paused"),
    "succeeded": gettext_lazy("the job succeeded already"),
    "failed": gettext_lazy("the job failed already"),
    "cancelled": gettext_lazy("the job was cancelled already"),
}
ACTIONS = [
    Action("pause", jobs.pause, gettext_lazy("Pause"), gettext_lazy("Pausing …"), gettext_lazy("The job is being paused."), gettext_lazy("Nothing to pause")),
    Action("resume", jobs.resume, gettext_lazy("Resume"), gettext_lazy("Resuming …"), gettext_lazy("The job waits for a worker again."), gettext_lazy("Nothing to resume"),
           rings=True, style="is-main"),
    Action("retry", jobs.retry, gettext_lazy("Retry from its last checkpoint"), gettext_lazy("Queueing …"), gettext_lazy("The job waits for a worker again."),
           gettext_lazy("Nothing to retry"), "start", rings=True, style="is-main"),
    Action("cancel", jobs.cancel, gettext_lazy("Cancel the job"), gettext_lazy("Cancelling …"), gettext_lazy("The job is being cancelled."), gettext_lazy("Nothing to cancel"),
           style="is-danger"),
]  # fmt: skip
