"""Drawings, and what they were read as.

Left out on purpose: how rows come to be and change. `recognizer.drawings` writes them."""

from django.core.files.storage import storages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.deletion import Deleter, drawings_go
from recognizer.models.conditions import is_digit
from recognizer.models.labels import Label
from recognizer.models.rooms import Membership, Room
from recognizer.models.versions import ModelVersion
from recognizer.models.visitors import Visitor


def uploads_storage():
    return storages["uploads"]


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
        return self.filter(facts__confidence__lt=below)

    def staying(self) -> "DrawingQuerySet":
        """All but those of visitors who are being deleted, which nobody is shown any more."""
        return self.exclude(visitor__in=Visitor.objects.going().values("pk"))

    def visible(self) -> "DrawingQuerySet":
        """Those that nobody has hidden: the only ones that are shown to others, reviewed and learnt from."""
        return self.staying().filter(hidden_as="")

    def real(self) -> "DrawingQuerySet":
        """Those that people drew: the only ones that real versions learn from and are measured on."""
        return self.filter(visitor__is_demo=False)

    def shared(self) -> "DrawingQuerySet":
        """Those that other visitors may be shown: their visitor allows it, and nobody has hidden them; of a room's, not
        those of members who keep them from the room itself."""
        agreed = Membership.objects.filter(room=OuterRef("room"), visitor=OuterRef("visitor"), shared_at__isnull=False)
        return self.visible().filter(Q(room=None) | Exists(agreed), visitor__shared_at__isnull=False)

    def awaiting_review(self) -> "DrawingQuerySet":
        return self.visible().filter(label__state=Label.State.UNREVIEWED)

    def with_accepted_label(self) -> "DrawingQuerySet":
        """Those whose label a reviewer accepted, be it a digit or that it is none: the only ones that train."""
        return self.visible().filter(label__state=Label.State.ACCEPTED)

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
        STROKES = "strokes", gettext_lazy("drawn")
        UPLOAD = "upload", gettext_lazy("uploaded")

    class Hidden(models.TextChoices):
        """Why nobody but its visitor is shown a drawing; a person's reason stays when a visitor's or shape's ends."""

        BY_PERSON = "hidden", gettext_lazy("hidden by a reviewer")
        VISITOR = "blocked", gettext_lazy("its visitor is blocked")
        SHAPE = "banned", gettext_lazy("of a banned shape")

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="drawings", db_index=False)
    # The room that its visitor was in when it was drawn.
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="drawings", db_index=False)
    source = models.CharField(max_length=10, choices=Source)
    strokes = models.JSONField(null=True, blank=True)
    width = models.FloatField(null=True, blank=True)
    height = models.FloatField(null=True, blank=True)
    upload = models.FileField(storage=uploads_storage, upload_to="%Y/%m/", blank=True)
    seen = models.BinaryField(max_length=784)
    preprocessing_version = models.PositiveIntegerField()
    hidden_as = models.CharField(max_length=10, choices=Hidden, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    banned_shape = models.ForeignKey(
        "recognizer.BannedShape", models.PROTECT, null=True, blank=True, related_name="drawings", db_index=False
    )
    # Tells far shapes apart without reading what the network saw; null until it is worked out.
    fingerprint = models.BigIntegerField(null=True, blank=True, editable=False)
    # The same when a request is sent again because its answer was lost, so that the drawing is not stored twice.
    submission_key = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 (null: no key)
    created_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)

    objects = DrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("moderate_drawing", "Can hide drawings, block visitors and ban shapes")]
        indexes = [
            models.Index(fields=["visitor", "-id"]),
            models.Index(fields=["room", "-id"], condition=Q(room__isnull=False), name="drawing_of_room"),
            models.Index(fields=["hidden_as", "-id"], condition=~Q(hidden_as=""), name="drawing_hidden"),
            models.Index(
                fields=["banned_shape", "-id"], condition=Q(banned_shape__isnull=False), name="drawing_of_banned_shape"
            ),
            models.Index(fields=["fingerprint", "id"], name="drawing_fingerprint"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(hidden_as="", hidden_at__isnull=True) | (~Q(hidden_as="") & Q(hidden_at__isnull=False)),
                name="drawing_hidden_since",
            ),
            models.CheckConstraint(
                condition=Q(banned_shape__isnull=True) | Q(hidden_as="banned"), name="drawing_of_a_shape_is_hidden"
            ),
            models.UniqueConstraint(fields=["submission_key", "visitor"], name="drawing_submitted_once"),
            models.CheckConstraint(
                condition=Q(source="strokes", strokes__isnull=False, width__gt=0, height__gt=0)
                | (Q(source="upload") & ~Q(upload="")),
                name="drawing_has_strokes_or_an_upload",
            ),
        ]

    def __str__(self) -> str:
        return _("drawing %(number)s") % {"number": self.pk}

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
        constraints = [
            models.CheckConstraint(condition=is_digit("digit"), name="prediction_is_a_digit"),
            models.CheckConstraint(
                condition=Q(digit__isnull=False, reason="") | (Q(digit__isnull=True) & ~Q(reason="")),
                name="prediction_has_a_digit_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return _("no digit") if self.digit is None else str(self.digit)
