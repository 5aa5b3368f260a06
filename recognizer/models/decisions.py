"""What people decided about labels, drawings and visitors: rows that are only added, and later marked as undone.

Left out on purpose: how a decision is made and taken back, which is `recognizer.decisions`."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from recognizer.models.visitors import Visitor


class Decision(models.Model):
    """Who decided what, when, and what was there before, so that it can be taken back.

    `before` and `after` are labels as `decisions.state_of` writes them, null for none; they are set for decisions on
    labels only. Decisions of one press on many drawings share a batch. Of what was deleted since, who decided and when
    stays alone."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", "accepted"
        REJECT = "reject", "rejected"
        RELABEL = "relabel", "relabelled"
        AGREE = "agree", "accepted by agreement of visitors"
        REOPEN = "reopen", "left to people again"
        HIDE = "hide", "hidden"
        SHOW = "show", "shown again"
        BLOCK = "block", "visitor blocked"
        UNBLOCK = "unblock", "visitor unblocked"
        BAN = "ban", "shape banned"
        LIFT = "lift", "ban lifted"
        UNDO = "undo", "taken back"

    kind = models.CharField(max_length=10, choices=Kind)
    drawing = models.ForeignKey("recognizer.Drawing", models.CASCADE, null=True, blank=True, related_name="decisions")
    visitor = models.ForeignKey(Visitor, models.CASCADE, null=True, blank=True, related_name="decisions")
    shape = models.ForeignKey("recognizer.BannedShape", models.CASCADE, null=True, blank=True, related_name="decisions")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="decisions_made"
    )
    reason = models.CharField(max_length=500, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    batch = models.UUIDField(null=True, blank=True, db_index=True)
    seconds = models.FloatField(null=True, blank=True, help_text="How long it was looked at.")
    created_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    undoes = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["by", "-created_at"])]

    def __str__(self) -> str:
        return f"decision {self.pk}: {self.get_kind_display()}"

    @property
    def is_emptied(self) -> bool:
        """Whether what it was about was deleted."""
        return not (self.drawing_id or self.visitor_id or self.shape_id)
