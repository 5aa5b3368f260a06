"""Measurements of a version on a data set, in chunks that any worker may take.

Left out on purpose: the transitions between states. `training/measurements.py` is the only writer of these rows."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models import Evaluation, ModelVersion

UNFINISHED = ("queued", "running")


class MeasurementQuerySet(models.QuerySet):
    def unfinished(self) -> "MeasurementQuerySet":
        return self.filter(state__in=UNFINISHED)


class Measurement(models.Model):
    """One version on one data set as it was at one moment; `meant` says which images these are."""

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        SUCCEEDED = "succeeded", gettext_lazy("succeeded")
        FAILED = "failed", gettext_lazy("failed")
        CANCELLED = "cancelled", gettext_lazy("cancelled")

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="measurements")
    dataset = models.CharField(max_length=100)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    lease_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="While somebody counts what is to be done."
    )
    meant = models.JSONField(default=dict)
    chunk_size = models.PositiveIntegerField(default=0)
    chunks = models.PositiveIntegerField(default=0)
    chunks_done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="Images, as counted when it began.")
    done = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)
    mistakes = models.JSONField(default=list, help_text="The worst ones as [place, digit, answer, the digit's share].")
    evaluation = models.OneToOneField(Evaluation, models.SET_NULL, null=True, blank=True, related_name="measurement")

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("start_measurement", "Can start and cancel measurements")]
        constraints = [
            # Two that ask at the same moment share one.
            models.UniqueConstraint(
                fields=["version", "dataset"], condition=Q(state__in=UNFINISHED), name="measured_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(chunks_done__lte=F("chunks")), name="measurement_no_more_done_than_there_is"
            ),
        ]

    def __str__(self) -> str:
        return _("measurement %(number)s") % {"number": self.pk}


class MeasurementChunk(models.Model):
    """Some of a measurement's images: `start` up to but not including `stop`, as places or as ids of drawings."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("waiting")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")

    measurement = models.ForeignKey(Measurement, models.CASCADE, related_name="chunk_rows")
    start = models.PositiveBigIntegerField()
    stop = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    times_lost = models.PositiveIntegerField(default=0, help_text="How often its worker vanished without a word.")
    rung_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    confusion = models.JSONField(null=True, blank=True)
    images = models.JSONField(null=True, blank=True, help_text="How many of each digit.")
    list_sum = models.CharField(max_length=32, blank=True, help_text="Which drawings with which labels it counted.")
    mistakes = models.JSONField(default=list, help_text="Like its measurement's.")
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering = ["measurement", "start"]
        indexes = [models.Index(fields=["state", "lease_expires_at"])]
        constraints = [
            models.UniqueConstraint(fields=["measurement", "start"], name="each_image_in_one_chunk"),
            models.CheckConstraint(
                condition=Q(state="running", lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_expires_at__isnull=True)),
                name="chunk_runs_exactly_while_it_holds_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="done", confusion__isnull=False) | (~Q(state="done") & Q(confusion__isnull=True)),
                name="chunk_done_exactly_when_it_has_counts",
            ),
        ]

    def __str__(self) -> str:
        return _("part %(part)s of measurement %(number)s") % {"part": self.pk, "number": self.measurement_id}
