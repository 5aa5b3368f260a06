"""What lists of drawings are filtered and sorted by, side by side in one narrow row for each drawing.

Kept by the database itself (`recognizer.facts`), so that no writer can forget it. Left out on purpose: anything that
is not in the tables of drawings, predictions and labels already."""

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _

from recognizer.models.drawings import Drawing
from recognizer.models.versions import ModelVersion
from recognizer.models.visitors import Visitor

_kept = {"on_delete": models.DO_NOTHING, "db_constraint": False}
_said_the_same = Q(read=F("means")) | Q(read__isnull=True, means__isnull=True)


class DrawingFacts(models.Model):
    """`state` is "" without a label; `read` and `means` are null for no digit, or when there is no answer or label."""

    drawing = models.OneToOneField(Drawing, primary_key=True, related_name="facts", **_kept)
    visitor = models.ForeignKey(Visitor, related_name="+", db_index=False, **_kept)
    source = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    hidden_as = models.CharField(max_length=10, blank=True)
    version = models.ForeignKey(ModelVersion, null=True, related_name="+", db_index=False, **_kept)
    read = models.PositiveSmallIntegerField(null=True)
    confidence = models.FloatField(null=True)
    state = models.CharField(max_length=10, blank=True)
    means = models.PositiveSmallIntegerField(null=True)
    is_wrong = models.GeneratedField(
        expression=Case(When(Q(state__in=["", "rejected"]) | _said_the_same, then=Value(False)), default=Value(True)),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["visitor", "drawing"], name="facts_visitor"),
            models.Index(fields=["version", "drawing"], name="facts_version"),
            models.Index(fields=["read", "drawing"], name="facts_read"),
            models.Index(fields=["confidence", "drawing", "source", "hidden_as"], name="facts_confidence"),
            models.Index(fields=["state", "visitor", "drawing"], name="facts_state_visitor"),
            # Columns behind `drawing` are there to be read from the index, where many rows are of one state or answer.
            models.Index(fields=["state", "drawing", "hidden_as", "source", "read", "confidence"], name="facts_state"),
            models.Index(fields=["means", "drawing", "state"], name="facts_means"),
            models.Index(fields=["created_at"], name="facts_created"),
            models.Index(fields=["drawing"], condition=Q(is_wrong=True), name="facts_wrong"),
            models.Index(fields=["drawing"], condition=~Q(hidden_as=""), name="facts_hidden"),
        ]

    def __str__(self) -> str:
        return _("facts of drawing %(number)s") % {"number": self.drawing_id}
