"""Imported test data sets: drawings from elsewhere that measure every version and train none.

Left out on purpose: reading and keeping their files, which `training/yardsticks.py` does."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy


class Yardstick(models.Model):
    """A test data set by its name: the file as it came, and its images as today's ink makes them."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("waiting to be read")
        READY = "ready", gettext_lazy("ready")
        FAILED = "failed", gettext_lazy("failed")

    name = models.CharField(max_length=60, unique=True)
    file_name = models.CharField(max_length=200)
    original = models.CharField(max_length=300, help_text="The file as it came, in the storage of yardsticks.")
    original_sha256 = models.CharField("SHA-256 of the file", max_length=64)
    original_bytes = models.PositiveBigIntegerField()
    only_writers = models.JSONField(null=True, blank=True, help_text="Whose drawings alone are taken; null for all.")
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # What was made of it
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    message = models.CharField(max_length=500, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    records = models.CharField(max_length=300, blank=True, help_text="Images, labels and writers, in the same storage.")
    sha256 = models.CharField("SHA-256 of the images", max_length=64, blank=True)
    count = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="Drawings without a digit as their label.")
    writers = models.JSONField(default=list, help_text="Names, in the order of the numbers that the records have.")
    preprocessing_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        permissions = [("import_yardstick", "Can import and remove yardsticks")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(records="") & ~Q(sha256="") & Q(count__gt=0)),
                name="yardstick_ready_has_images",
            ),
        ]

    def __str__(self) -> str:
        return self.name
