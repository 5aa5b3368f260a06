"""The rows of training: what jobs learn from, the jobs themselves, and what came of them."""

from training.models.comparisons import Comparison
from training.models.jobs import (
    EpochResult,
    TrainingJob,
    TrainingJobQuerySet,
    architecture_choices,
    preset_choices,
)
from training.models.snapshots import Snapshot

__all__ = [
    "Comparison",
    "EpochResult",
    "Snapshot",
    "TrainingJob",
    "TrainingJobQuerySet",
    "architecture_choices",
    "preset_choices",
]
