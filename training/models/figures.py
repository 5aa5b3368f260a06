"""Figures of this site kept by day, so that nobody counts a million drawings to look at them.

Left out on purpose: how they come to be, which is `training.daily`, and what they mean, which is `training.desk`."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _


class DayFigures(models.Model):
    """What was drawn on one day of the site's time zone, and what it counted as at `computed_at`.

    `hidden` drawings count as drawn and in nothing below. `answered` to `wrong` follow the answers that visitors got,
    `waiting` and `learnable` the labels. `cells` are the drawings that were accepted as a digit or as none:
    [version, way, digit, answer, n]; `bins` those that were accepted as a digit and read as one:
    [version, bin, n, right, sum of confidences]. NONE stands for no digit."""

    NONE = -1

    day = models.DateField(unique=True)
    drawings = models.PositiveIntegerField(default=0)
    visitors = models.PositiveIntegerField(default=0)
    hidden = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    labelled = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True, blank=True)
    learnable = models.PositiveIntegerField(default=0)
    cells = models.JSONField(default=list)
    bins = models.JSONField(default=list)
    # Raised by each count, so that of two that count at once the one that looked earlier does not have the last word.
    revision = models.PositiveIntegerField(default=0)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "figures of days"
        indexes = [models.Index(fields=["computed_at"])]

    def __str__(self) -> str:
        return _("figures of %(day)s") % {"day": self.day}


class DayMark(models.Model):
    """A day whose figures are out of date. Rows are only added, so that writers never wait for each other."""

    day = models.DateField()

    def __str__(self) -> str:
        return _("mark on %(day)s") % {"day": self.day}


class FiguresState(models.Model):
    """How far the counting has come. One row, which only the counting writes."""

    refreshed_at = models.DateTimeField(null=True, blank=True, help_text="Up to when everything is counted.")
    last_drawing = models.PositiveBigIntegerField(default=0, help_text="Days of drawings up to this are marked.")
    time_zone = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return _("figures up to %(time)s") % {"time": self.refreshed_at}
