"""What the site does by itself, as rows: the trainings that a schedule started, and the files that were cleaned up.

Left out on purpose: when that happens and what it touches, which are `schedule.py` and `retention.py`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from training.models.jobs import TrainingJob


class ScheduledStart(models.Model):
    """One occasion on which a training was due: no occasion starts two jobs, whoever notices it how often.

    `number` counts the starts without gaps, so that two that are made at the same moment for different reasons collide
    as well. A start without a job could not be made; `problem` says why."""

    number = models.PositiveIntegerField(unique=True)
    key = models.CharField(max_length=100, unique=True, help_text="The occasion, like nightly:2026-11-27.")
    reason = models.CharField(max_length=200)
    problem = models.CharField(max_length=500, blank=True)
    job = models.OneToOneField(TrainingJob, models.SET_NULL, null=True, blank=True, related_name="scheduled_start")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return _("scheduled start %(number)s: %(reason)s") % {"number": self.number, "reason": self.reason}


class CleanUp(models.Model):
    """A list of files with the reason to remove each, written before the first of them is touched.

    The site's own list is open from its announcement to its end, and there is one at a time."""

    items = models.JSONField(help_text="Objects with key, name, why, size_bytes and, once it is known, outcome.")
    is_open = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    freed_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "clean-up"
        ordering = ["-pk"]
        permissions = [("run_cleanup", "Can remove files that the retention rule no longer keeps")]
        constraints = [
            models.UniqueConstraint(fields=["is_open"], condition=Q(is_open=True), name="one_open_clean_up"),
        ]

    def __str__(self) -> str:
        return _("clean-up of %(time)s") % {"time": f"{self.created_at:%Y-%m-%d %H:%M}"}
