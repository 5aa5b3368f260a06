"""What each kind of job learns from and how: its images, the order of them, and the settings of the training.

Left out on purpose: rows and leases; and test images, which no recipe ever sees."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.conf import settings

from recognizer import versions
from recognizer.network import Network
from training import presets, snapshots
from training.data.batches import BatchSource, Replayed, Shuffled
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
    return Plan(
        network=first_network(job),
        training=known if new is None else Dataset.joined(new, known),
        validation=validation,
        batches=batch_source(job, known, new),
        settings=fit_settings(job),
        counts=counts(known, validation, new),
    )


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


def batch_source(job: TrainingJob, known: Dataset, new: Dataset | None) -> BatchSource:
    """Which images stand together in a batch; the new ones come before the known ones in the data set."""
    if job.kind != Kind.FINE_TUNE:
        return Shuffled(len(known) + len(new or ()))
    replayed = Replayed(len(new), len(known))
    return Replayed(len(new), len(known), max(FEWEST_FINE_TUNING_BATCHES, replayed.count(job.batch_size)))


def counts(known: Dataset, validation: Dataset, new: Dataset | None) -> dict[str, Any]:
    """How many images of what, with the SHA-256 of each part."""
    parts = {"mnist": known, "validation": validation} | ({} if new is None else {"drawings": new})
    return {name: {"images": len(part), "sha256": fingerprint(part)} for name, part in parts.items()}


def fingerprint(images: Dataset) -> str:
    """The SHA-256 of the pixels, then the labels, as bytes in order."""
    digest = hashlib.sha256(np.ascontiguousarray(images.images))
    digest.update(images.labels.astype(np.uint8).tobytes())
    return digest.hexdigest()
