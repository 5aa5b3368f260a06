"""The rows of training: what jobs learn from, the jobs themselves, and what came of them."""

from training.models.jobs import (
    EpochResult,
    TrainingJob,
    TrainingJobQuerySet,
    architecture_choices,
    preset_choices,
)
from training.models.snapshots import DeletedDrawing, Snapshot, SnapshotPart

__all__ = [
    "DeletedDrawing",
    "EpochResult",
    "Snapshot",
    "SnapshotPart",
    "TrainingJob",
    "TrainingJobQuerySet",
    "architecture_choices",
    "preset_choices",
]
