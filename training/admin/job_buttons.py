"""The buttons that steer a job: what each calls, what it says, and who may press it.

Left out on purpose: where they stand. A job's page shows those that its state allows."""

from collections.abc import Callable
from dataclasses import dataclass

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
    "queued": "the job waits for a worker",
    "running": "the job is running",
    "paused": "the job is paused",
    "succeeded": "the job succeeded already",
    "failed": "the job failed already",
    "cancelled": "the job was cancelled already",
}
ACTIONS = [
    Action("pause", jobs.pause, "Pause", "Pausing …", "The job is being paused.", "Nothing to pause"),
    Action("resume", jobs.resume, "Resume", "Resuming …", "The job waits for a worker again.", "Nothing to resume",
           rings=True, style="is-main"),
    Action("retry", jobs.retry, "Retry from its last checkpoint", "Queueing …", "The job waits for a worker again.",
           "Nothing to retry", "start", rings=True, style="is-main"),
    Action("cancel", jobs.cancel, "Cancel the job", "Cancelling …", "The job is being cancelled.", "Nothing to cancel",
           style="is-danger"),
]  # fmt: skip
