"""The frozen lists of drawings that jobs learn from."""

from django.db import models
from django.utils import timezone


class Snapshot(models.Model):
    """What a job learns from, frozen: the accepted drawings' ids and labels at one moment, with that list's hash."""

    items = models.JSONField(help_text="[drawing id, digit] pairs in the order of the ids.")
    count = models.PositiveIntegerField()
    visitors = models.PositiveIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"snapshot {self.pk}: {self.count} drawings"
