"""Those who draw, of whom the site knows a random cookie and what they allowed.

Left out on purpose: how a cookie becomes a row, which is `recognizer.visitors`."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _


class Visitor(models.Model):
    """Somebody who draws, known by a random cookie only, or a writer of an imported data set, known by a name."""

    key_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 (null: imported)
    imported_as = models.CharField(max_length=200, blank=True, db_index=True)
    held_out = models.BooleanField(
        default=False, help_text="Drawings of this visitor never train; they measure accuracy on unknown people."
    )
    shared_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when other visitors may be shown the drawings, without a name."
    )
    blocked_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when all the drawings are hidden, those to come as well."
    )
    is_demo = models.BooleanField(default=False, editable=False, help_text="Made by `manage.py seed_demo`.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["is_demo"], condition=Q(is_demo=True), name="visitor_of_the_demo"),
            models.Index(fields=["id"], condition=Q(shared_at__isnull=False), name="visitor_shares"),
        ]

    def __str__(self) -> str:
        return self.imported_as or (_("demo visitor %(number)s") if self.is_demo else _("visitor %(number)s")) % {
            "number": self.pk
        }
