"""What the site keeps of drawings and of the network's versions, with the invariants that the database enforces.

Left out on purpose: how rows come to be and change. `drawings.py` writes drawings and labels, `agreement.py` votes,
`versions.py` versions and deployments."""

from django.conf import settings
from django.core.files.storage import storages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from recognizer.deletion import Deleter, drawings_go


def uploads_storage():
    return storages["uploads"]


def weights_storage():
    return storages["weights"]


def is_digit(field: str) -> Q:
    """Return the condition that `field` is 0 to 9 or null."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 9})


class Visitor(models.Model):
    """Somebody who draws, known by a random cookie only, or a writer of an imported data set, known by a name."""

    key_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 (null: imported)
    imported_as = models.CharField(max_length=200, blank=True, db_index=True)
    held_out = models.BooleanField(
        default=False, help_text="Drawings of this visitor never train; they measure accuracy on unknown people."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.imported_as or f"visitor {self.pk}"


class ModelVersion(models.Model):
    """One set of weights: what was trained, from what, and where its file lies."""

    class Source(models.TextChoices):
        SHIPPED = "shipped", "shipped with the project"
        TRAINED = "trained", "trained here"

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
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-number"]
        permissions = [("release_modelversion", "Can release versions: promote and roll back")]
        constraints = [
            # Two processes that start together on an empty database must not both register what is shipped.
            models.UniqueConstraint(fields=["sha256"], condition=Q(source="shipped"), name="shipped_version_once"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class Deployment(models.Model):
    """From when to when a version was live, by whom and why. Rows are only added; just their end is filled in later."""

    class Kind(models.TextChoices):
        FIRST = "first", "shipped with the project"
        PROMOTE = "promote", "promoted"
        ROLLBACK = "rollback", "rolled back"

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="deployments")
    kind = models.CharField(max_length=10, choices=Kind)
    # What a roll-back from here returns to. A roll-back takes this over from the deployment it returns to, so that
    # rolling back twice goes two releases back instead of forth and back.
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    override = models.CharField(max_length=500, blank=True, help_text="Why it went live against the gate or without.")
    verdict = models.CharField(max_length=500, blank=True, help_text="What the gate had said of it by then.")
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
        return f"{self.version} since {self.started_at:%Y-%m-%d %H:%M}"


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
        return f"{self.version} on {self.dataset}: {self.correct} of {self.n}"

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.n if self.n else None


class DrawingQuerySet(models.QuerySet):
    def delete(self, *, by: str = Deleter.ADMIN) -> tuple[int, dict[str, int]]:
        """Delete these drawings, having said so: in constantly many queries of ours, however many drawings go."""
        with transaction.atomic(using=self.db):
            drawings_go.send(sender=self.model, ids=list(self.values_list("pk", flat=True)), by=by)
            return super().delete()

    delete.alters_data = True
    delete.queryset_only = True

    def of(self, visitor: "Visitor | None") -> "DrawingQuerySet":
        """The visitor's own drawings, newest first; none for somebody who is not known yet."""
        if visitor is None:
            return self.none()
        return self.filter(visitor=visitor).order_by("-pk")

    def with_answers(self) -> "DrawingQuerySet":
        """Prediction, version and label joined in, as every list of drawings shows them."""
        return self.select_related("prediction__version", "label")

    def wrong(self) -> "DrawingQuerySet":
        """Labelled otherwise than predicted; a rejected label is no evidence."""
        return (
            self.filter(label__isnull=False).exclude(label__state=Label.State.REJECTED).exclude(_answer_is_the_label())
        )

    def unlabelled(self) -> "DrawingQuerySet":
        return self.filter(label__isnull=True)

    def low_confidence(self, below: float) -> "DrawingQuerySet":
        return self.filter(prediction__confidence__lt=below)

    def awaiting_review(self) -> "DrawingQuerySet":
        return self.filter(label__state=Label.State.UNREVIEWED)

    def with_accepted_label(self) -> "DrawingQuerySet":
        """Those whose label a reviewer accepted, be it a digit or that it is none: the only ones that train."""
        return self.filter(label__state=Label.State.ACCEPTED)

    def accepted(self) -> "DrawingQuerySet":
        """Those whose label a reviewer accepted as a digit: the only ones that measure."""
        return self.with_accepted_label().filter(label__digit__isnull=False)


def _answer_is_the_label() -> Q:
    same_digit = Q(prediction__digit=F("label__digit"))
    both_no_digit = Q(prediction__digit__isnull=True, label__digit__isnull=True)
    return same_digit | both_no_digit


class Drawing(models.Model):
    """What a visitor drew or uploaded, with the 28 x 28 image (uint8, light on dark) that the network saw of it."""

    class Source(models.TextChoices):
        STROKES = "strokes", "drawn"
        UPLOAD = "upload", "uploaded"

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="drawings")
    source = models.CharField(max_length=10, choices=Source)
    strokes = models.JSONField(null=True, blank=True)
    width = models.FloatField(null=True, blank=True)
    height = models.FloatField(null=True, blank=True)
    upload = models.FileField(storage=uploads_storage, upload_to="%Y/%m/", blank=True)
    seen = models.BinaryField(max_length=784)
    preprocessing_version = models.PositiveIntegerField()
    # The same when a request is sent again because its answer was lost, so that the drawing is not stored twice.
    submission_key = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 (null: no key)
    created_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)

    objects = DrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["visitor", "-id"])]
        constraints = [
            models.UniqueConstraint(fields=["submission_key", "visitor"], name="drawing_submitted_once"),
            models.CheckConstraint(
                condition=Q(source="strokes", strokes__isnull=False, width__gt=0, height__gt=0)
                | (Q(source="upload") & ~Q(upload="")),
                name="drawing_has_strokes_or_an_upload",
            ),
        ]

    def __str__(self) -> str:
        return f"drawing {self.pk}"

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        """Delete it, having said so."""
        with transaction.atomic():
            drawings_go.send(sender=type(self), ids=[self.pk], by=Deleter.ADMIN)
            return super().delete(*args, **kwargs)


class Prediction(models.Model):
    """The answer that was given when the drawing was submitted; `digit` is null when it was read as no digit."""

    drawing = models.OneToOneField(Drawing, models.CASCADE, primary_key=True, related_name="prediction")
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="predictions")
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    confidence = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    probabilities = models.JSONField()
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index(fields=["digit"]), models.Index(fields=["confidence"])]
        constraints = [
            models.CheckConstraint(condition=is_digit("digit"), name="prediction_is_a_digit"),
            models.CheckConstraint(
                condition=Q(digit__isnull=False, reason="") | (Q(digit__isnull=True) & ~Q(reason="")),
                name="prediction_has_a_digit_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return "no digit" if self.digit is None else str(self.digit)


class Label(models.Model):
    """A claim of what a drawing shows; only an accepted one is believed. `digit` is null for "not a digit"."""

    class State(models.TextChoices):
        UNREVIEWED = "unreviewed", "unreviewed"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    class Reading(models.TextChoices):
        """Whose the digit is: the visitor's, or a reviewer's in the place of another claim or of none."""

        CLAIMED = "claimed", "claimed by the visitor"
        REPLACED = "replaced", "replaced by a reviewer"
        ADDED = "added", "added by a reviewer"

    drawing = models.OneToOneField(Drawing, models.CASCADE, primary_key=True, related_name="label")
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UNREVIEWED)
    reading = models.CharField(max_length=10, choices=Reading, default=Reading.CLAIMED)
    by_agreement = models.BooleanField(
        default=False, help_text="Accepted because independent visitors said the same, not by a person."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        permissions = [("review_label", "Can review labels: accept and reject")]
        indexes = [models.Index(fields=["state", "digit"])]
        constraints = [
            models.CheckConstraint(condition=is_digit("digit"), name="label_is_a_digit"),
            models.CheckConstraint(
                condition=Q(state="unreviewed", reviewed_at__isnull=True)
                | (~Q(state="unreviewed") & Q(reviewed_at__isnull=False)),
                name="label_reviewed_when_decided",
            ),
        ]

    def __str__(self) -> str:
        return "not a digit" if self.digit is None else str(self.digit)


class LabelVote(models.Model):
    """What another visitor, who was shown neither label nor answer, took a drawing for; null for "not a digit"."""

    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="votes")
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="votes")
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drawing", "visitor"], name="one_vote_a_visitor"),
            models.CheckConstraint(condition=is_digit("digit"), name="vote_is_a_digit"),
        ]

    def __str__(self) -> str:
        return f"{self.visitor} on {self.drawing}: {'not a digit' if self.digit is None else self.digit}"
