"""What happened to a job, line by line: its log, to which lines are only added.

Left out on purpose: writing. `training/job_log.py` does that, in the transaction that changed the job."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from training.models.jobs import TrainingJob


class JobEvent(models.Model):
    """A line of a job's log. Numbers go up from 1 without a gap; the oldest lines of a long log go."""

    class Kind(models.TextChoices):
        QUEUED = "queued", "queued"
        MOVED = "moved", "moved"
        CLAIMED = "claimed", "claimed"
        DRAWINGS = "drawings", "drawings chosen"
        BEGUN = "begun", "began to learn"
        WENT_ON = "went-on", "went on"
        EPOCH = "epoch", "epoch"
        CHECKPOINT = "checkpoint", "checkpoint trouble"
        ASKED = "asked", "asked to stop"
        PAUSED = "paused", "paused"
        RESUMED = "resumed", "resumed"
        RETRIED = "retried", "tried again"
        RETURNED = "returned", "given back"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        GATE = "gate", "gate"

    job = models.ForeignKey(TrainingJob, models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now, editable=False)
    attempt = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    message = models.CharField(max_length=500)

    class Meta:
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_line_of_a_number_in_a_job_s_log")]

    def __str__(self) -> str:
        return _("%(job)s, line %(number)s") % {"job": self.job, "number": self.number}
