"""The frozen lists of drawings that jobs learn from, packed, and which drawings of theirs were deleted since.

Left out on purpose: images, which are files of `snapshot_files.py` and can be made again from what is here."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer.deletion import Deleter
from recognizer.models import Room


class Snapshot(models.Model):
    """What a job learns from, frozen: accepted drawings' ids and labels at one moment, with that list's hash.

    The list itself lies in the parts. The hash is that of the list as JSON, [[id,digit],...] without spaces, in the
    order of the ids, so that it does not depend on how the list is stored."""

    count = models.PositiveIntegerField()
    visitors = models.PositiveIntegerField()
    per_label = models.JSONField(default=list, help_text="How many drawings of each digit, and last of no digit.")
    visitor_most = models.PositiveIntegerField(
        null=True, validators=[MinValueValidator(1)], help_text="The most drawings of one visitor; null: no bound."
    )
    left_out = models.PositiveIntegerField(default=0, help_text="Drawings of visitors who had more than that.")
    sha256 = models.CharField("SHA-256", max_length=64)
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="snapshots")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return _("snapshot %(number)s: %(count)s drawings") % {"number": self.pk, "count": self.count}


class SnapshotPart(models.Model):
    """A run of a snapshot's drawings in the order of their ids: for each its id, uint64, and label, uint8, packed."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    first_id = models.PositiveBigIntegerField()
    last_id = models.PositiveBigIntegerField()
    records = models.BinaryField()

    class Meta:
        ordering = ["snapshot", "number"]
        constraints = [models.UniqueConstraint(fields=["snapshot", "number"], name="snapshot_part_once")]
        indexes = [models.Index(fields=["first_id", "last_id"], name="snapshot_part_ids")]

    def __str__(self) -> str:
        return _("part %(part)s of snapshot %(number)s") % {"part": self.number, "number": self.snapshot_id}


class DeletedDrawing(models.Model):
    """That a drawing which a snapshot lists is gone, and who deleted it; nothing of the drawing or of its visitor."""

    drawing_id = models.PositiveBigIntegerField("drawing", unique=True)
    by = models.CharField("deleted by", max_length=10, choices=Deleter)
    deleted_at = models.DateTimeField(default=timezone.now)
    snapshots = models.ManyToManyField(Snapshot, related_name="deleted_drawings")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return _("deleted drawing %(number)s") % {"number": self.drawing_id}
