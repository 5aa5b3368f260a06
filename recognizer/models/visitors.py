"""Those who draw, of whom the site knows a random cookie and what they allowed.

Left out on purpose: how a cookie becomes a row, which is `recognizer.visitors`."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognizer.deletion import Deleter


class VisitorQuerySet(models.QuerySet):
    def going(self) -> "VisitorQuerySet":
        """Those who are being deleted with all that is theirs."""
        return self.filter(erasing_at__isnull=False)


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
    erasing_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("Since when all that is this visitor's is being deleted: no cookie leads to it, nobody sees it."),
    )
    erasing_by = models.CharField(max_length=10, choices=Deleter, null=True, editable=False)  # noqa: DJ001 (null: stays)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = VisitorQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(erasing_at__isnull=False), name="visitor_going"),
            models.Index(fields=["is_demo"], condition=Q(is_demo=True), name="visitor_of_the_demo"),
            models.Index(fields=["id"], condition=Q(shared_at__isnull=False), name="visitor_shares"),
        ]

    def __str__(self) -> str:
        return self.imported_as or (
            gettext("demo visitor %(number)s") if self.is_demo else gettext("visitor %(number)s")
        ) % {"number": self.pk}


class VisitorAddress(models.Model):
    """That a visitor came from an address, of which a keyed hash is kept, and that for a while only."""

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="addresses")
    address_hash = models.CharField(max_length=64, editable=False)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)

    class Meta:
        default_permissions = ()
        ordering = ["-last_seen_at"]
        constraints = [models.UniqueConstraint(fields=["address_hash", "visitor"], name="address_of_a_visitor_once")]

    def __str__(self) -> str:
        return gettext("an address of %(visitor)s") % {"visitor": self.visitor}
