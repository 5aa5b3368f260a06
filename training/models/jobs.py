"""Training jobs and their results epoch by epoch.

Left out on purpose: the transitions between states. `training/jobs.py` is the only writer of a job's state."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models import ModelVersion, Room
from recognizer.network.architectures import ARCHITECTURES
from training.models.snapshots import Snapshot
from training.presets import PRESETS


def architecture_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in ARCHITECTURES]


def preset_choices() -> list[tuple[str, str]]:
    return [(preset.name, f"{preset.name}: {preset.architecture}, {preset.duration}") for preset in PRESETS.values()]


class TrainingJobQuerySet(models.QuerySet):
    def unfinished(self) -> "TrainingJobQuerySet":
        return self.filter(state__in=TrainingJob.UNFINISHED)

    def waiting(self) -> "TrainingJobQuerySet":
        """Queued ones, in the order in which workers take them."""
        return self.filter(state=TrainingJob.State.QUEUED).order_by("place", "pk")

    def before(self, place: int | models.F, pk: int | models.F) -> "TrainingJobQuerySet":
        """Those that come before that place in the queue; of two in the same place the older one comes first."""
        return self.filter(Q(place__lt=place) | Q(place=place, pk__lt=pk))


class TrainingJob(models.Model):
    """One training: what an admin asked for, how far it has come, and what became of it."""

    class Kind(models.TextChoices):
        SCRATCH = "scratch", gettext_lazy("from scratch on MNIST")
        RETRAIN = "retrain", gettext_lazy("retrain on MNIST and accepted drawings")
        FINE_TUNE = "fine-tune", gettext_lazy("fine-tune a version on accepted drawings, with MNIST replayed")

    class State(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        PAUSED = "paused", gettext_lazy("paused")
        SUCCEEDED = "succeeded", gettext_lazy("succeeded")
        FAILED = "failed", gettext_lazy("failed")
        CANCELLED = "cancelled", gettext_lazy("cancelled")

    UNFINISHED = (State.QUEUED, State.RUNNING, State.PAUSED)

    # What was asked for
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SCRATCH)
    preset = models.CharField(max_length=20, choices=preset_choices, blank=True)
    architecture = models.CharField(max_length=50, choices=architecture_choices)
    base = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True, related_name="fine_tunings")
    epochs = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(1000)])
    batch_size = models.PositiveIntegerField(default=128, validators=[MinValueValidator(1), MaxValueValidator(4096)])
    learning_rate = models.FloatField(validators=[MinValueValidator(1e-7), MaxValueValidator(1.0)])
    seed = models.PositiveBigIntegerField(default=0, validators=[MaxValueValidator(2**32 - 1)])
    mnist_images = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(100), MaxValueValidator(55_000)]
    )
    generated_images = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(1_000_000)])
    note = models.CharField(max_length=200, blank=True)
    room = models.ForeignKey(
        Room,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        help_text="Whose drawings it learns from alone.",
    )
    is_demo = models.BooleanField(default=False, editable=False, help_text="Made by `manage.py seed_demo`.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # How far it has come
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    place = models.BigIntegerField(
        default=0, help_text="In the queue: the smallest comes first, of equals the older job."
    )
    attempt = models.PositiveIntegerField(default=0)
    times_lost = models.PositiveIntegerField(
        default=0, help_text="How often its worker vanished without a word since it last came further."
    )
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the queue was last told of it.")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    worker_process = models.CharField(
        max_length=120, blank=True, help_text="Which process does it, so that its machine can tell when that is gone."
    )
    cancel_requested = models.BooleanField(default=False)
    pause_requested = models.BooleanField(default=False)
    checkpoint_step = models.PositiveIntegerField(
        default=0, help_text="After how many steps the newest checkpoint was kept."
    )
    checkpoint_at = models.DateTimeField(null=True, blank=True)
    resumed_step = models.PositiveIntegerField(
        default=0, help_text="After how many steps the last attempt took up the training; 0: from the beginning."
    )
    started_at = models.DateTimeField(null=True, blank=True, help_text="When the last attempt began.")
    worked = models.DurationField(default=timedelta, help_text="What the attempts before took, all together.")
    finished_at = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    batch = models.PositiveIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)
    loss = models.FloatField(null=True, blank=True)
    accuracy = models.FloatField(null=True, blank=True)
    remaining_seconds = models.FloatField(null=True, blank=True)
    curve = models.JSONField(default=list, help_text="[epochs done, loss, accuracy] while training, thinned out.")

    # What became of it
    message = models.CharField(max_length=500, blank=True)
    traceback = models.TextField(blank=True)
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, blank=True, related_name="jobs")
    version = models.OneToOneField(ModelVersion, models.PROTECT, null=True, blank=True, related_name="job")

    objects = TrainingJobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("start_trainingjob", "Can start training jobs"),
            ("cancel_trainingjob", "Can cancel, pause and resume training jobs"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="succeeded", version__isnull=False)
                | (~Q(state="succeeded") & Q(version__isnull=True)),
                name="job_succeeded_exactly_when_a_version_exists",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_expires_at__isnull=True)),
                name="job_runs_exactly_while_it_holds_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(kind="fine-tune") | Q(base__isnull=False), name="job_fine_tune_has_a_base"
            ),
            models.UniqueConstraint(
                fields=["room"], condition=Q(state__in=["queued", "running", "paused"]), name="one_job_a_room"
            ),
        ]

    def __str__(self) -> str:
        return (_("demo job %(number)s") if self.is_demo else _("job %(number)s")) % {"number": self.pk}


class EpochResult(models.Model):
    """What one epoch of a job came to; the validation images are never among those that it learns from."""

    job = models.ForeignKey(TrainingJob, models.CASCADE, related_name="epoch_results")
    epoch = models.PositiveIntegerField()
    train_loss = models.FloatField()
    train_accuracy = models.FloatField()
    validation_loss = models.FloatField()
    validation_accuracy = models.FloatField()
    learning_rate = models.FloatField()
    seconds = models.FloatField()

    class Meta:
        ordering = ["job", "epoch"]
        constraints = [models.UniqueConstraint(fields=["job", "epoch"], name="one_result_an_epoch")]

    def __str__(self) -> str:
        return _("%(job)s, epoch %(epoch)s") % {"job": self.job, "epoch": self.epoch}
