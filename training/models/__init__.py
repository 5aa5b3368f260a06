"""The rows of training: what jobs learn from, the jobs themselves, and what came of them."""

from training.models.jobs import (
    EpochResult,
    TrainingJob,
    TrainingJobQuerySet,
    architecture_choices,
    preset_choices,
)
from training.models.snapshots import Snapshot
from training.models.upkeep import CleanUp, ScheduledStart

__all__ = [
    "CleanUp",
    "EpochResult",
    "ScheduledStart",
    "Snapshot",
    "TrainingJob",
    "TrainingJobQuerySet",
    "architecture_choices",
    "preset_choices",
]
