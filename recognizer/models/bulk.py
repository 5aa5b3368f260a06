"""Reviews of many labels at once: what was previewed, frozen, and how far its work has come.

Left out on purpose: how it moves from state to state, which is `recognizer.bulk`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class BulkReview(models.Model):
    """Labels that somebody looked at as a preview, and accepts all together: exactly those, if they still say the same.

    `ids` and `claims` are packed arrays in the same order, int64 and int8 (-1: not a digit)."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", gettext_lazy("not confirmed yet")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        CANCELLED = "cancelled", gettext_lazy("cancelled half-way")
        UNDOING = "undoing", gettext_lazy("being taken back")
        UNDONE = "undone", gettext_lazy("taken back")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    filters = models.JSONField(default=dict)
    seen_at = models.DateTimeField(help_text="When it was previewed: labels that changed since are left alone.")
    ids = models.BinaryField()
    claims = models.BinaryField()
    total = models.PositiveIntegerField()
    batch = models.UUIDField(unique=True, help_text="Of the decisions that it makes.")

    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWED, db_index=True)
    cancel_requested = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0, help_text="How many of them are worked through.")
    done = models.PositiveIntegerField(default=0, help_text="Accepted, or taken back while that runs.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(default=timezone.now, help_text="When it last came forward.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return _("bulk review %(number)s") % {"number": self.pk}
