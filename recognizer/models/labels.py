"""What drawings are said to show: claims with their review, and the votes of other visitors.

Left out on purpose: how rows come to be and change. `recognizer.drawings` writes labels and
`recognizer.opinions` votes and skips."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models.conditions import is_digit
from recognizer.models.visitors import Visitor


class Label(models.Model):
    """A claim of what a drawing shows; only an accepted one is believed. `digit` is null for "not a digit"."""

    class State(models.TextChoices):
        UNREVIEWED = "unreviewed", gettext_lazy("unreviewed")
        ACCEPTED = "accepted", gettext_lazy("accepted")
        REJECTED = "rejected", gettext_lazy("rejected")

    class Reading(models.TextChoices):
        """Whose the digit is: the visitor's, or a reviewer's in the place of another claim or of none."""

        CLAIMED = "claimed", gettext_lazy("claimed by the visitor")
        REPLACED = "replaced", gettext_lazy("replaced by a reviewer")
        ADDED = "added", gettext_lazy("added by a reviewer")

    drawing = models.OneToOneField("recognizer.Drawing", models.CASCADE, primary_key=True, related_name="label")
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UNREVIEWED)
    reading = models.CharField(max_length=10, choices=Reading, default=Reading.CLAIMED)
    by_agreement = models.BooleanField(
        default=False, help_text="Accepted because independent visitors said the same, not by a person."
    )
    by_room = models.BooleanField(
        default=False, db_default=False, help_text="Reviewed by the teacher of its room, for that room alone."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    # The queue shows the highest first: what is most likely wrong, or most worth learning.
    priority = models.FloatField(default=0.0, editable=False)
    doubts = models.JSONField(default=list, blank=True, editable=False, help_text="Why it has its priority, in words.")
    valued_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Who looks at it now, so that two reviewers never decide on the same one; over once the time has passed.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Which page has it: somebody may review on two, and each gets others.
    claimed_on = models.CharField(max_length=36, blank=True, editable=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        permissions = [
            ("review_label", "Can review labels: accept and reject"),
            ("bulk_review_label", "Can review many labels at once, unseen"),
        ]
        indexes = [
            models.Index(fields=["state", "digit"]),
            models.Index(fields=["-priority", "drawing"], condition=Q(state="unreviewed"), name="label_queue"),
            # What visitors are asked about is found by its number, among all of one state.
            models.Index(fields=["state", "drawing"], name="label_state_drawing"),
        ]
        constraints = [
            models.CheckConstraint(condition=is_digit("digit"), name="label_is_a_digit"),
            models.CheckConstraint(
                condition=Q(state="unreviewed", reviewed_at__isnull=True)
                | (~Q(state="unreviewed") & Q(reviewed_at__isnull=False)),
                name="label_reviewed_when_decided",
            ),
        ]

    def __str__(self) -> str:
        return _("not a digit") if self.digit is None else str(self.digit)


class LabelVote(models.Model):
    """What another visitor, who was shown neither label nor answer, took a drawing for; null for "not a digit"."""

    drawing = models.ForeignKey("recognizer.Drawing", models.CASCADE, related_name="votes")
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="votes")
    digit = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drawing", "visitor"], name="one_vote_a_visitor"),
            models.CheckConstraint(condition=is_digit("digit"), name="vote_is_a_digit"),
        ]

    def __str__(self) -> str:
        said = _("not a digit") if self.digit is None else self.digit
        places = {"visitor": self.visitor, "drawing": self.drawing, "said": said}
        return _("%(visitor)s on %(drawing)s: %(said)s") % places


class LabelSkip(models.Model):
    """That another visitor was asked what a drawing shows and could not tell: no vote, and not asked again."""

    drawing = models.ForeignKey("recognizer.Drawing", models.CASCADE, related_name="skips")
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="skips")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["drawing", "visitor"], name="one_skip_a_visitor")]

    def __str__(self) -> str:
        return _("%(visitor)s on %(drawing)s: could not tell") % {"visitor": self.visitor, "drawing": self.drawing}
