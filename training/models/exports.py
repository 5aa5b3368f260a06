"""Exports of drawings that run in the background, and which drawings are in them.

Left out on purpose: the transitions between states. `training/export_jobs.py` is the only writer of a state."""

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.data.exports import FORMATS


def exports_storage():
    return storages["exports"]


def format_choices() -> list[tuple[str, str]]:
    return [(each.name, f"{each.suffix}: {_(each.words)}") for each in FORMATS.values()]


class ExportQuerySet(models.QuerySet):
    def waiting(self) -> "ExportQuerySet":
        """Queued ones, the oldest first."""
        return self.filter(state=Export.State.QUEUED).order_by("pk")

    def with_a_file(self) -> "ExportQuerySet":
        return self.exclude(file="")


class Export(models.Model):
    """One export: what somebody asked for, how far it has come, and its file as long as that is kept."""

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        SUCCEEDED = "succeeded", gettext_lazy("succeeded")
        FAILED = "failed", gettext_lazy("failed")
        CANCELLED = "cancelled", gettext_lazy("cancelled")

    # What was asked for
    format = models.CharField(max_length=10, choices=format_choices)
    filters = models.JSONField(default=dict, help_text="Which drawings, as training.export_filters says it.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # How far it has come
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    attempt = models.PositiveIntegerField(default=0)
    setbacks = models.PositiveIntegerField(default=0, help_text="How often it had to begin again.")
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the queue was last told of it.")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    outdated = models.BooleanField(default=False, help_text="A drawing in it was deleted.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0, help_text="Left out, since their files are lost.")

    # What became of it
    message = models.CharField(max_length=500, blank=True)
    traceback = models.TextField(blank=True)
    file = models.FileField(storage=exports_storage, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("start_export", "Can start exports of drawings"),
            ("cancel_export", "Can cancel exports of drawings"),
            ("download_export", "Can download exports of drawings"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="succeeded", size_bytes__isnull=False, expires_at__isnull=False)
                | (~Q(state="succeeded") & Q(file="", size_bytes__isnull=True, expires_at__isnull=True)),
                name="export_has_a_file_only_when_it_succeeded",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_expires_at__isnull=True)),
                name="export_runs_exactly_while_it_holds_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return _("export %(number)s") % {"number": self.pk}


class ExportPart(models.Model):
    """Some of the drawings in an export, by their ids: so that a deleted drawing takes its exports along."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="parts")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(db_index=True)
    ids = models.BinaryField(help_text="Sorted, eight bytes each, the least first.")

    def __str__(self) -> str:
        return _("%(export)s: drawings %(first)s to %(last)s") % {
            "export": self.export_id,
            "first": self.first_id,
            "last": self.last_id,
        }
