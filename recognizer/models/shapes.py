"""Shapes that nobody wants to see drawn: what the network saw of one drawing, and how near to it counts.

Left out on purpose: finding what is near, which is `recognizer.shapes`, and banning, which is `recognizer.bans`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class BannedShape(models.Model):
    """Drawings near to `seen` are hidden, those there were and those to come, until it is lifted."""

    class Nearness(models.TextChoices):
        """How far a drawing may be; `shapes.DISTANCES` says it in numbers."""

        SAME = "same", gettext_lazy("the same picture")
        CLOSE = "close", gettext_lazy("nearly the same")
        ALIKE = "alike", gettext_lazy("alike")

    seen = models.BinaryField(max_length=784)
    fingerprint = models.BigIntegerField()
    nearness = models.CharField(max_length=10, choices=Nearness)
    drawing = models.ForeignKey("recognizer.Drawing", models.SET_NULL, null=True, blank=True, related_name="bans")
    # Whose drawing it was, also once that is deleted: with the visitor the picture goes.
    visitor = models.ForeignKey("recognizer.Visitor", models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    lifted_at = models.DateTimeField(null=True, blank=True)
    # Processes know by the latest of these that the banned shapes they remember are no longer all.
    changed_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    # Since when no drawing can have slipped by that was stored while the shape was banned or lifted; null: not yet.
    swept_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return _("banned shape %(number)s") % {"number": self.pk}
