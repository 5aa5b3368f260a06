"""The rows of training: what jobs learn from, the jobs themselves, and what came of them."""

from training.models.comparisons import Comparison
from training.models.exports import Export, ExportPart
from training.models.figures import DayFigures, DayMark, FiguresState
from training.models.job_events import JobEvent
from training.models.jobs import (
    EpochResult,
    TrainingJob,
    TrainingJobQuerySet,
    architecture_choices,
    preset_choices,
)
from training.models.measurements import Measurement, MeasurementChunk
from training.models.meter import MeterReading
from training.models.snapshots import DeletedDrawing, Snapshot, SnapshotPart
from training.models.upkeep import CleanUp, ScheduledStart
from training.models.workers import WorkerSeen
from training.models.yardsticks import Yardstick

__all__ = [
    "CleanUp",
    "Comparison",
    "DayFigures",
    "DayMark",
    "DeletedDrawing",
    "EpochResult",
    "Export",
    "ExportPart",
    "FiguresState",
    "JobEvent",
    "Measurement",
    "MeasurementChunk",
    "MeterReading",
    "ScheduledStart",
    "Snapshot",
    "SnapshotPart",
    "TrainingJob",
    "TrainingJobQuerySet",
    "WorkerSeen",
    "Yardstick",
    "architecture_choices",
    "preset_choices",
]
