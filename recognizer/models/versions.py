"""Versions of the network, when each was live, and what each scored.

Left out on purpose: how rows come to be and change. `recognizer.versions` writes versions and deployments."""

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def weights_storage():
    return storages["weights"]


class ModelVersionQuerySet(models.QuerySet):
    def of_the_site(self) -> "ModelVersionQuerySet":
        """Those that may answer everybody; a room's answer that room alone."""
        return self.filter(room=None)


class ModelVersion(models.Model):
    """One set of weights: what was trained, from what, and where its file lies."""

    class Source(models.TextChoices):
        SHIPPED = "shipped", gettext_lazy("shipped with the project")
        TRAINED = "trained", gettext_lazy("trained here")

    number = models.PositiveIntegerField(unique=True)
    architecture = models.CharField(max_length=50)
    source = models.CharField(max_length=10, choices=Source)
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="derived")
    weights = models.FileField(storage=weights_storage, upload_to="versions/")
    weights_removed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the file was removed to make room. The row stays as history."
    )
    sha256 = models.CharField("SHA-256", max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    parameter_count = models.PositiveIntegerField()
    preprocessing_version = models.PositiveIntegerField()
    provenance = models.JSONField(default=dict, help_text="What it was trained from: data, seed, settings, code.")
    is_demo = models.BooleanField(default=False, editable=False, help_text="Made by `manage.py seed_demo`.")
    # Trained on a room's drawings, and for that room alone: such a version never answers the site.
    room = models.ForeignKey("recognizer.Room", models.PROTECT, null=True, blank=True, related_name="versions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        permissions = [("release_modelversion", "Can release versions: promote and roll back")]
        constraints = [
            # Two processes that start together on an empty database must not both register what is shipped.
            models.UniqueConstraint(fields=["sha256"], condition=Q(source="shipped"), name="shipped_version_once"),
        ]

    def __str__(self) -> str:
        return (_("demo version %(number)s") if self.is_demo else _("version %(number)s")) % {"number": self.number}


class Deployment(models.Model):
    """From when to when a version was live, by whom and why. Rows are only added; just their end is filled in later."""

    class Kind(models.TextChoices):
        FIRST = "first", gettext_lazy("shipped with the project")
        PROMOTE = "promote", gettext_lazy("promoted")
        ROLLBACK = "rollback", gettext_lazy("rolled back")

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="deployments")
    kind = models.CharField(max_length=10, choices=Kind)
    # What a roll-back from here returns to. A roll-back takes this over from the deployment it returns to, so that
    # rolling back twice goes two releases back instead of forth and back.
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    override = models.CharField(max_length=500, blank=True, help_text="Why it went live against the gate or without.")
    verdict = models.CharField(max_length=500, blank=True, help_text="What the gate had said of it by then.")
    is_demo = models.BooleanField(default=False, editable=False, help_text="Made by `manage.py seed_demo`.")
    is_live = models.BooleanField(default=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["is_live"], condition=Q(is_live=True), name="one_live_deployment"),
            models.CheckConstraint(
                condition=Q(is_live=True, ended_at__isnull=True) | Q(is_live=False, ended_at__isnull=False),
                name="deployment_live_until_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return _("%(version)s since %(time)s") % {"version": self.version, "time": f"{self.started_at:%Y-%m-%d %H:%M}"}


class Evaluation(models.Model):
    """What a version scored on a data set. Confusion has a row for each true digit and a column for each answer."""

    MNIST_TEST = "mnist-test"
    DRAWINGS = "drawings"  # reviewed ones of held-out visitors
    ANSWERED = "answered"  # reviewed ones that the version itself had answered

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="evaluations")
    dataset = models.CharField(max_length=100)
    n = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField(default=0)
    per_digit = models.JSONField(help_text="Share of each digit's drawings that were read right; null without any.")
    confusion = models.JSONField(help_text="10 x 10 counts: row = true digit, column = answer.")
    meant = models.JSONField(
        default=dict, blank=True, help_text="Which images these were: figures are of the same ones if this is the same."
    )
    seconds = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["version", "dataset", "-id"])]
        constraints = [
            models.CheckConstraint(condition=Q(correct__lte=F("n")), name="evaluation_correct_at_most_n"),
        ]

    def __str__(self) -> str:
        return _("%(version)s on %(dataset)s: %(correct)s of %(n)s") % {
            "version": self.version,
            "dataset": self.dataset,
            "correct": self.correct,
            "n": self.n,
        }

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.n if self.n else None
