"""May this training be started? Each fault is named before anything is queued, with what to do about it.

Left out on purpose: what can only be found out by doing it, such as a download that fails."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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
        raise JobError(
            _("%(field)s is %(value)s: %(messages)s")
            % {"field": field, "value": f"{getattr(job, field, None)!r:.80}", "messages": " ".join(messages)},
            field,
        ) from error


def _check_names(job: TrainingJob) -> None:
    for field, value, known in (("kind", job.kind, Kind.values), ("architecture", job.architecture, ARCHITECTURES)):
        if value not in known:
            raise JobError(
                _("%(field)s is %(value)s: choose one of %(known)s.")
                % {"field": field, "value": f"{value!r:.80}", "known": ", ".join(known)},
                field,
            )
    if job.preset and job.preset not in PRESETS:
        raise JobError(
            _("preset is %(preset)s: choose one of %(known)s, or none.")
            % {"preset": f"{job.preset!r:.80}", "known": ", ".join(PRESETS)},
            "preset",
        )
    if job.preset and job.kind == Kind.FINE_TUNE:
        text = _("preset is %(preset)s: presets are for networks with fresh weights; leave it empty to fine-tune.") % {
            "preset": job.preset
        }
        raise JobError(text, "preset")


def _check_numbers(job: TrainingJob) -> None:
    try:
        recipes.fit_settings(job)
    except SettingsError as error:
        raise JobError(f"{error}.", error.field) from error
    if job.kind == Kind.FINE_TUNE and job.batch_size < 2:
        text = _("batch_size is 1: fine-tuning needs at least 2, for a new and a replayed image in each batch.")
        raise JobError(text, "batch_size")
    if job.generated_images and job.batch_size < recipes.SMALLEST_MIXED_BATCH:
        text = _(
            "batch_size is %(batch_size)s: with generated images it must be at least "
            "%(least)s, for some of each sort in each batch."
        ) % {"batch_size": job.batch_size, "least": recipes.SMALLEST_MIXED_BATCH}
        raise JobError(text, "batch_size")


def _check_base(job: TrainingJob) -> None:
    if job.kind != Kind.FINE_TUNE:
        if job.base is not None:
            raise JobError(
                _("base is %(base)s: only fine-tuning starts from a version; leave it empty.") % {"base": job.base},
                "base",
            )
        return
    if job.base is None:
        raise JobError(_("base is missing: choose the version that the fine-tuning starts from."), "base")
    if job.base.architecture != job.architecture:
        text = _("architecture is %(architecture)s, but %(base)s is a %(needed)s: choose that one.") % {
            "architecture": job.architecture,
            "base": job.base,
            "needed": job.base.architecture,
        }
        raise JobError(text, "architecture")
    if job.base.preprocessing_version != PREPROCESSING_VERSION:
        text = _(
            "base is %(base)s, trained on images of preprocessing %(preprocessing_version)s, and "
            "this site makes those of %(needed)s: choose a newer version, or retrain."
        ) % {
            "base": job.base,
            "preprocessing_version": job.base.preprocessing_version,
            "needed": PREPROCESSING_VERSION,
        }
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
        text = _(
            "There are no accepted drawings to %(kind)s on: accept labels in the list of drawings, "
            "or import some with `manage.py import_drawings`. Those of held-out visitors do not "
            "count, they only measure."
        ) % {"kind": job.kind}
        raise JobError(text, "kind")
