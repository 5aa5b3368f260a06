"""What each kind of job learns from and how: its images, the order of them, and the settings of the training.

Left out on purpose: rows and leases; and test images, which no recipe ever sees."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np
from django.conf import settings

from recognizer import origin, versions
from recognizer.models import Deployment, ModelVersion
from recognizer.network import Network
from training import presets, snapshots, sources
from training.data.batches import BatchSource, Replayed, Shares, Shuffled
from training.data.dataset import Dataset, DatasetError
from training.data.mnist import Mnist
from training.fit_settings import Settings
from training.models import Snapshot, TrainingJob

Kind = TrainingJob.Kind

# MNIST's last training images are never learnt from: 5,000 of 60,000, and the same share of a smaller data set.
VALIDATION_IMAGES = 5_000
VALIDATION_SHARE = 1 / 12
# A handful of drawings would make epochs of one batch, in which nothing is learnt.
FEWEST_FINE_TUNING_BATCHES = 50
# The largest share of a retraining's batches that drawings get.
MOST_DRAWINGS = 0.25
# The generated images' share of what is not drawings; half as much again costs MNIST a tenth of a point.
GENERATED = 0.4
# Of the last quarter of the epochs; it is then that MNIST's validation images are read as well as by MNIST alone.
GENERATED_LATE, LATE = 0.2, 0.75
# One stream of random numbers for the fresh weights; those of the training are `fit`'s own.
WEIGHTS_STREAM = 2


# What a form or a command proposes for a kind of job. Of fine-tunings on fifteen writers' 3,749 drawings, and on 100 of
# them, 3e-4 gave the most on fifteen other writers for the least on MNIST (docs/decisions/0005-jobs.md).
DEFAULTS: dict[str, dict[str, Any]] = {
    Kind.SCRATCH: {"epochs": Settings.epochs, "learning_rate": Settings.learning_rate},
    Kind.RETRAIN: {"epochs": Settings.epochs, "learning_rate": Settings.learning_rate},
    Kind.FINE_TUNE: {"epochs": 3, "learning_rate": 3e-4},
}


@dataclass(frozen=True)
class Plan:
    """All that `fit` needs; `counts` says what the images are, for the provenance."""

    network: Network
    training: Dataset
    validation: Dataset
    batches: BatchSource
    settings: Settings
    counts: dict[str, Any]


def defaults(kind: str) -> dict[str, Any]:
    """What is proposed for `epochs`, `learning_rate` and `batch_size` of a kind of job."""
    return {"batch_size": Settings.batch_size, **DEFAULTS[kind]}


def fit_settings(job: TrainingJob) -> Settings:
    """The training's settings: those of the job's preset, but for what the job asks for. Raises SettingsError."""
    usual = presets.find(job.preset).settings if job.preset else Settings()
    return replace(
        usual,
        epochs=job.epochs,
        batch_size=job.batch_size,
        learning_rate=job.learning_rate,
        seed=job.seed,
        threads=settings.TRAINING_THREADS or None,
    )


def prepare(
    job: TrainingJob, mnist: Mnist, snapshot: Snapshot | None, step: Callable[[str], None] = lambda words: None
) -> Plan:
    """Read what the job learns from. `step` is told what is done, and may raise to stop it.

    Raises MnistError, VersionError, and DatasetError if there is nothing left to learn from."""
    step("Reading MNIST.")
    known, validation = split(mnist.train, job.mnist_images)
    new = drawings(snapshot, step) if snapshot else None
    network = first_network(job)
    drawn = generated(job, network, step) if job.generated_images else None
    return Plan(
        network=network,
        training=Dataset.joined(*(part for part in (new, drawn, known) if part is not None)),
        validation=validation,
        batches=batch_source(job, known, new, drawn),
        settings=fit_settings(job),
        counts=counts(known, validation, new, drawn),
    )


def usual_generated(kind: str, base: ModelVersion | None) -> int:
    """How many generated images a kind of job learns from unless it is told: what the version had that it builds on."""
    if kind == Kind.SCRATCH:
        return 0
    if kind == Kind.RETRAIN:
        live = Deployment.objects.filter(is_live=True).select_related("version").first()
        base = live and live.version
    return origin.generated_images(base.provenance) if base else 0


def generated(job: TrainingJob, network: Network, step: Callable[[str], None]) -> Dataset:
    """The images that the project draws; for a network of ten answers, those of digits only."""
    images = sources.require_generated(job.generated_images, step)
    return images[np.flatnonzero(images.labels < network.architecture.output_shape[0])]


def split(images: Dataset, most: int | None) -> tuple[Dataset, Dataset]:
    """MNIST's training images as those to learn from, the first `most` if that is given, and those to validate on."""
    learnt, validation = images.split_last(min(VALIDATION_IMAGES, round(len(images) * VALIDATION_SHARE)))
    return learnt[:most], validation


def drawings(snapshot: Snapshot, step: Callable[[str], None]) -> Dataset:
    """The snapshot's images."""
    images = snapshots.read(snapshot, lambda done: step(f"Reading drawings: {done:,} of {snapshot.count:,}."))
    if not len(images):
        raise DatasetError(f"none of the {snapshot.count} drawings of {snapshot} is there any more: start a new job")
    return images


def first_network(job: TrainingJob) -> Network:
    """The weights that the training begins with: the base's for a fine-tuning, else fresh ones by the seed."""
    if job.kind == Kind.FINE_TUNE:
        return versions.load(job.base).network
    return Network.create(job.architecture, np.random.default_rng([job.seed, WEIGHTS_STREAM]))


def batch_source(job: TrainingJob, known: Dataset, new: Dataset | None, drawn: Dataset | None) -> BatchSource:
    """Which images stand together in a batch; new ones come first in the data set, then generated, then known ones."""
    if drawn is not None:
        return _with_generated(job, len(known), len(new or ()), len(drawn))
    if job.kind != Kind.FINE_TUNE:
        return Shuffled(len(known) + len(new or ()))
    replayed = Replayed(len(new), len(known))
    return Replayed(len(new), len(known), max(FEWEST_FINE_TUNING_BATCHES, replayed.count(job.batch_size)))


def _with_generated(job: TrainingJob, known: int, new: int, drawn: int) -> Shares:
    """Two generated images to three of MNIST's; drawings get half of a fine-tuning's batches, and up to a quarter of a
    retraining's: each of them is seen no more than a few times as often as any of MNIST's."""
    if job.kind == Kind.FINE_TUNE:
        batches = max(FEWEST_FINE_TUNING_BATCHES, ceil(new / (job.batch_size / 2)))
        return Shares((new, drawn, known), (0.5, 0.5 * GENERATED, 0.5 * (1 - GENERATED)), batches)
    share = min(MOST_DRAWINGS, 2 * new / (known + new))
    parts = (new, drawn, known) if new else (drawn, known)

    def shares(generated: float) -> tuple[float, ...]:
        rest = (1 - share) * generated, (1 - share) * (1 - generated)
        return (share, *rest) if new else rest

    batches = ceil(known / (shares(GENERATED)[-1] * job.batch_size))
    late_from = 1 + round(LATE * job.epochs)
    return Shares(parts, shares(GENERATED), batches, shares(GENERATED_LATE), late_from)


def counts(known: Dataset, validation: Dataset, new: Dataset | None, drawn: Dataset | None) -> dict[str, Any]:
    """How many images of what, with the SHA-256 of each part."""
    parts = {"mnist": known, "validation": validation, "drawings": new, "generated": drawn}
    parts = {name: part for name, part in parts.items() if part is not None}
    return {name: {"images": len(part), "sha256": fingerprint(part)} for name, part in parts.items()}


def fingerprint(images: Dataset) -> str:
    """The SHA-256 of the pixels, then the labels, as bytes in order."""
    digest = hashlib.sha256(np.ascontiguousarray(images.images))
    digest.update(images.labels.astype(np.uint8).tobytes())
    return digest.hexdigest()
