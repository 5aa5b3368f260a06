"""What the forgetting meter read: how a job's weights do, after each epoch, on what they may forget or win.

Left out on purpose: any choice by these figures. They are to be looked at."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.models.jobs import TrainingJob


class MeterReading(models.Model):
    """How many images of one set the weights read right after an epoch; epoch 0 is before the training."""

    class Curve(models.TextChoices):
        MNIST = "mnist", gettext_lazy("MNIST validation")
        DRAWINGS = "drawings", gettext_lazy("new drawings")
        HELD_OUT = "held-out", gettext_lazy("held-out visitors")

    job = models.ForeignKey(TrainingJob, models.CASCADE, related_name="meter_readings")
    epoch = models.PositiveIntegerField()
    curve = models.CharField(max_length=10, choices=Curve)
    n = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()

    class Meta:
        ordering = ["job", "epoch", "curve"]
        constraints = [
            models.UniqueConstraint(fields=["job", "epoch", "curve"], name="one_reading_a_curve_and_epoch"),
            models.CheckConstraint(
                condition=models.Q(correct__lte=models.F("n"), n__gt=0), name="reading_correct_at_most_n"
            ),
        ]

    def __str__(self) -> str:
        return _("%(job)s, %(curve)s after epoch %(epoch)s") % {
            "job": self.job,
            "curve": self.get_curve_display(),
            "epoch": self.epoch,
        }
