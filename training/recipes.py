"""What each kind of job learns from and how: its images, the order of them, and the settings of the training.

Left out on purpose: rows and leases; and test images, which no recipe ever sees."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil, log2
from typing import Any

import numpy as np
from django.conf import settings

from recognizer import origin, versions
from recognizer.models import Deployment, ModelVersion
from recognizer.network import Network
from training import meter, presets, snapshot_files, sources
from training.data.batches import BatchSource, Replayed, Shares, Shuffled
from training.data.dataset import Dataset, DatasetError
from training.data.mnist import Mnist
from training.data.redrawing import Redrawing
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
# In which each of a mixture's shares comes to an image at least.
SMALLEST_MIXED_BATCH = 8
HASHED_AT_ONCE = 1000
# How a fine-tuning shows drawings: at half of the visits anew, at the other half as people drew them.
REDRAWING: Redrawing | None = Redrawing(share=0.5)
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
    """All that `fit` needs; `counts` says what the images are, for the provenance, and `meter` is what the forgetting
    meter reads."""

    network: Network
    training: Dataset
    validation: Dataset
    batches: BatchSource
    settings: Settings
    counts: dict[str, Any]
    meter: dict[str, Dataset] = field(default_factory=dict)


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
        redrawing=REDRAWING if job.kind == Kind.FINE_TUNE else None,
        threads=settings.TRAINING_THREADS or None,
    )


def prepare(
    job: TrainingJob, mnist: Mnist, snapshot: Snapshot | None, step: Callable[[str], None] = lambda words: None
) -> Plan:
    """Read what the job learns from. `step` is told what is done, and may raise to stop it.

    Raises MnistError, VersionError, and DatasetError if there is nothing left to learn from."""
    step("Reading MNIST.")
    known, validation = split(mnist.train, job.mnist_images)
    network = first_network(job)
    new = drawings(snapshot, network, step) if snapshot else None
    drawn = generated(job, network, len(known), len(new or ()), step) if job.generated_images else None
    return Plan(
        network=network,
        training=Dataset.joined(*in_order(job, known, new, drawn)),
        validation=validation,
        batches=batch_source(job, known, new, drawn),
        settings=fit_settings(job),
        counts=counts(known, validation, new, drawn),
        meter=meter.samples(job, validation, new),
    )


def usual_generated(kind: str, base: ModelVersion | None) -> int:
    """How many generated images a kind of job learns from unless it is told: what the version had that it builds on."""
    if kind == Kind.SCRATCH:
        return 0
    if kind == Kind.RETRAIN:
        live = Deployment.objects.filter(is_live=True).select_related("version").first()
        base = live and live.version
    return origin.generated_images(base.provenance) if base else 0


def generated(job: TrainingJob, network: Network, known: int, new: int, step: Callable[[str], None]) -> Dataset:
    """The images that the project draws, no more than the job asks for and than it will show; for a network of ten
    answers, those of digits only."""
    mixture = mixture_of(job, known, new)
    shown = sum(mixture.generated_per_batch(job.batch_size, epoch) for epoch in range(1, job.epochs + 1))
    images = sources.require_generated(min(job.generated_images, rounded_up(shown * mixture.batches)), step)
    return answerable(images, network)


def rounded_up(count: int) -> int:
    """To a thousand times a power of two, so that few sets of different sizes are kept."""
    return 1000 * 2 ** max(0, ceil(log2(max(count, 1) / 1000)))


def split(images: Dataset, most: int | None) -> tuple[Dataset, Dataset]:
    """MNIST's training images as those to learn from, the first `most` if that is given, and those to validate on."""
    learnt, validation = images.split_last(min(VALIDATION_IMAGES, round(len(images) * VALIDATION_SHARE)))
    return learnt[:most], validation


def answerable(images: Dataset, network: Network) -> Dataset:
    """The images whose label is one of the network's answers: without "no digit" where it has none for that."""
    has_answer = images.labels < network.architecture.output_shape[0]
    return images if has_answer.all() else images[np.flatnonzero(has_answer)]


def drawings(snapshot: Snapshot, network: Network, step: Callable[[str], None]) -> Dataset:
    """The snapshot's images, of those labels that the network has an answer for."""
    images = snapshot_files.read(snapshot, lambda done: step(f"Reading drawings: {done:,} of {snapshot.count:,}."))
    if not len(images):
        raise DatasetError(f"none of the {snapshot.count} drawings of {snapshot} is there any more: start a new job")
    images = answerable(images, network)
    if not len(images):
        raise DatasetError(
            f"all drawings of {snapshot} are labelled as no digit, for which {network.architecture.name} has no "
            "answer: accept drawings of digits, too"
        )
    return images


def first_network(job: TrainingJob) -> Network:
    """The weights that the training begins with: the base's for a fine-tuning, else fresh ones by the seed."""
    if job.kind == Kind.FINE_TUNE:
        return versions.load(job.base).network
    return Network.create(job.architecture, np.random.default_rng([job.seed, WEIGHTS_STREAM]))


def in_order(job: TrainingJob, known: Dataset, new: Dataset | None, drawn: Dataset | None) -> list[Dataset]:
    """The parts of the data set: new images, generated ones, known ones; new ones before the known ones where they are
    so few that they stand among them."""
    parts = [new, drawn, known]
    if new is not None and drawn is not None and mixture_of(job, len(known), len(new)).is_pooled:
        parts = [drawn, new, known]
    return [part for part in parts if part is not None]


def batch_source(job: TrainingJob, known: Dataset, new: Dataset | None, drawn: Dataset | None) -> BatchSource:
    """Which images stand together in a batch, of a data set that is `in_order`."""
    if drawn is not None:
        return mixture_of(job, len(known), len(new or ())).source(len(new or ()), len(drawn), len(known))
    if job.kind != Kind.FINE_TUNE:
        return Shuffled(len(known) + len(new or ()))
    replayed = Replayed(len(new), len(known))
    return Replayed(len(new), len(known), max(FEWEST_FINE_TUNING_BATCHES, replayed.count(job.batch_size)))


@dataclass(frozen=True)
class Mixture:
    """Shares of (drawings, generated, MNIST) in each batch, and from the epoch `late_from` on. Drawings have 0 where
    there are none, or too few for one in each batch: those stand among MNIST's, and are seen as often."""

    shares: tuple[float, float, float]
    late_shares: tuple[float, float, float]
    late_from: int
    batches: int

    @property
    def is_pooled(self) -> bool:
        return self.shares[0] == 0

    def generated_per_batch(self, batch_size: int, epoch: int) -> int:
        shares = self.late_shares if epoch >= self.late_from else self.shares
        return round(shares[1] * batch_size) + 1

    def source(self, new: int, drawn: int, known: int) -> Shares:
        """What stands in which batch, for so many images of each."""
        if self.is_pooled:
            return Shares((drawn, new + known), self.shares[1:], self.batches, self.late_shares[1:], self.late_from)
        return Shares((new, drawn, known), self.shares, self.batches, self.late_shares, self.late_from)


def mixture_of(job: TrainingJob, known: int, new: int) -> Mixture:
    """Two generated images to three of MNIST's; drawings get half of a fine-tuning's batches, and up to a quarter of a
    retraining's: each of them is seen no more than a few times as often as any of MNIST's."""

    def shares(drawings: float, generated: float) -> tuple[float, float, float]:
        return drawings, (1 - drawings) * generated, (1 - drawings) * (1 - generated)

    late_from = 1 + round(LATE * job.epochs)
    if job.kind == Kind.FINE_TUNE:
        batches = max(FEWEST_FINE_TUNING_BATCHES, ceil(new / (job.batch_size / 2)))
        return Mixture(shares(0.5, GENERATED), shares(0.5, GENERATED), late_from, batches)
    drawings = min(MOST_DRAWINGS, 2 * new / (known + new))
    if drawings * job.batch_size < 1:
        drawings, known = 0.0, known + new
    early, late = shares(drawings, GENERATED), shares(drawings, GENERATED_LATE)
    return Mixture(early, late, late_from, ceil(known / (early[-1] * job.batch_size)))


def counts(known: Dataset, validation: Dataset, new: Dataset | None, drawn: Dataset | None) -> dict[str, Any]:
    """How many images of what, with the SHA-256 of each part."""
    parts = {"mnist": known, "validation": validation, "drawings": new, "generated": drawn}
    parts = {name: part for name, part in parts.items() if part is not None}
    return {name: {"images": len(part), "sha256": fingerprint(part)} for name, part in parts.items()}


def fingerprint(images: Dataset) -> str:
    """The SHA-256 of the pixels, then the labels, as bytes in order."""
    digest = hashlib.sha256()
    for start in range(0, len(images), HASHED_AT_ONCE):
        digest.update(np.ascontiguousarray(images.images[start : start + HASHED_AT_ONCE]))
    digest.update(images.labels.astype(np.uint8).tobytes())
    return digest.hexdigest()
