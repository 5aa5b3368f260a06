"""The workers that are there, by their own word.

Left out on purpose: what they work on. Jobs have their leases."""

from django.db import models
from django.utils import timezone


class WorkerSeen(models.Model):
    """A worker that says every few seconds that it is there; only itself writes its row."""

    name = models.CharField(max_length=200)
    process = models.CharField(max_length=120)
    queues = models.JSONField(default=list)
    code = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "workers seen"
        constraints = [models.UniqueConstraint(fields=["name", "process"], name="worker_seen_once")]

    def __str__(self) -> str:
        return self.name
