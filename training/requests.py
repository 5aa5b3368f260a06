"""May this training be started? Each fault is named before anything is queued, with what to do about it.

Left out on purpose: what can only be found out by doing it, such as a download that fails."""

from django.core.exceptions import ValidationError

from recognizer import versions
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.network.architectures import ARCHITECTURES
from training import recipes, snapshots
from training.data.dataset import NO_DIGIT
from training.fit_settings import SettingsError
from training.models import TrainingJob
from training.presets import PRESETS

Kind = TrainingJob.Kind


# What an admin says; the job's other fields are for its worker to fill in.
ASKED = {"epochs", "batch_size", "learning_rate", "seed", "mnist_images", "generated_images", "note"}


class JobError(Exception):
    """A job cannot be started or run; the message is for people. `field` names what is to be changed, if it is one."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def check(job: TrainingJob) -> None:
    """Raise JobError unless the unsaved job can be queued."""
    _check_names(job)
    _check_numbers(job)
    _check_base(job)
    _check_drawings(job)
    try:
        job.clean_fields(exclude={field.name for field in job._meta.fields} - ASKED)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise JobError(f"{field} is {getattr(job, field, None)!r:.80}: {' '.join(messages)}", field) from error


def _check_names(job: TrainingJob) -> None:
    for field, value, known in (("kind", job.kind, Kind.values), ("architecture", job.architecture, ARCHITECTURES)):
        if value not in known:
            raise JobError(f"{field} is {value!r:.80}: choose one of {', '.join(known)}.", field)
    if job.preset and job.preset not in PRESETS:
        raise JobError(f"preset is {job.preset!r:.80}: choose one of {', '.join(PRESETS)}, or none.", "preset")
    if job.preset and job.kind == Kind.FINE_TUNE:
        text = f"preset is {job.preset}: presets are for networks with fresh weights; leave it empty to fine-tune."
        raise JobError(text, "preset")


def _check_numbers(job: TrainingJob) -> None:
    try:
        recipes.fit_settings(job)
    except SettingsError as error:
        raise JobError(f"{error}.", error.field) from error
    if job.kind == Kind.FINE_TUNE and job.batch_size < 2:
        text = "batch_size is 1: fine-tuning needs at least 2, for a new and a replayed image in each batch."
        raise JobError(text, "batch_size")
    if job.generated_images and job.batch_size < recipes.SMALLEST_MIXED_BATCH:
        text = (
            f"batch_size is {job.batch_size}: with generated images it must be at least "
            f"{recipes.SMALLEST_MIXED_BATCH}, for some of each sort in each batch."
        )
        raise JobError(text, "batch_size")


def _check_base(job: TrainingJob) -> None:
    if job.kind != Kind.FINE_TUNE:
        if job.base is not None:
            raise JobError(f"base is {job.base}: only fine-tuning starts from a version; leave it empty.", "base")
        return
    if job.base is None:
        raise JobError("base is missing: choose the version that the fine-tuning starts from.", "base")
    if job.base.architecture != job.architecture:
        text = f"architecture is {job.architecture}, but {job.base} is a {job.base.architecture}: choose that one."
        raise JobError(text, "architecture")
    if job.base.preprocessing_version != PREPROCESSING_VERSION:
        text = (
            f"base is {job.base}, trained on images of preprocessing {job.base.preprocessing_version}, and this site "
            f"makes those of {PREPROCESSING_VERSION}: choose a newer version, or retrain."
        )
        raise JobError(text, "base")
    try:
        versions.check_real(job.base)
        versions.load(job.base)
    except versions.VersionError as error:
        raise JobError(str(error), "base") from error


def _check_drawings(job: TrainingJob) -> None:
    drawings = snapshots.learnable(job.room)
    if ARCHITECTURES[job.architecture].output_shape[0] <= NO_DIGIT:  # it has no answer for what is none
        drawings = drawings.filter(label__digit__isnull=False)
    if job.kind != Kind.SCRATCH and not drawings.exists():
        text = (
            f"There are no accepted drawings to {job.kind} on: accept labels in the list of drawings, or import some "
            "with `manage.py import_drawings`. Those of held-out visitors do not count, they only measure."
        )
        raise JobError(text, "kind")
