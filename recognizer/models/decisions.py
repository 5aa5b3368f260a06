"""What people decided about labels, drawings and visitors: rows that are only added, and later marked as undone.

Left out on purpose: how a decision is made and taken back, which is `recognizer.decisions`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models.visitors import Visitor


class Decision(models.Model):
    """Who decided what, when, and what was there before, so that it can be taken back.

    `before` and `after` are labels as `decisions.state_of` writes them, null for none; they are set for decisions on
    labels only. Decisions of one press on many drawings share a batch. Of what was deleted since, who decided and when
    stays alone."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", gettext_lazy("accepted")
        REJECT = "reject", gettext_lazy("rejected")
        RELABEL = "relabel", gettext_lazy("relabelled")
        AGREE = "agree", gettext_lazy("accepted by agreement of visitors")
        REOPEN = "reopen", gettext_lazy("left to people again")
        HIDE = "hide", gettext_lazy("hidden")
        SHOW = "show", gettext_lazy("shown again")
        BLOCK = "block", gettext_lazy("visitor blocked")
        UNBLOCK = "unblock", gettext_lazy("visitor unblocked")
        BAN = "ban", gettext_lazy("shape banned")
        LIFT = "lift", gettext_lazy("ban lifted")
        UNDO = "undo", gettext_lazy("taken back")

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
        return _("decision %(number)s: %(kind)s") % {"number": self.pk, "kind": self.get_kind_display()}

    @property
    def is_emptied(self) -> bool:
        """Whether what it was about was deleted."""
        return not (self.drawing_id or self.visitor_id or self.shape_id)
