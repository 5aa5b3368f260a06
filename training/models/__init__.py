"""The rows of training: what jobs learn from, the jobs themselves, and what came of them."""

from training.models.exports import Export, ExportPart
from training.models.jobs import (
    EpochResult,
    TrainingJob,
    TrainingJobQuerySet,
    architecture_choices,
    preset_choices,
)
from training.models.snapshots import Snapshot

__all__ = [
    "EpochResult",
    "Export",
    "ExportPart",
    "Snapshot",
    "TrainingJob",
    "TrainingJobQuerySet",
    "architecture_choices",
    "preset_choices",
]
