"""The training loop, as a generator of what happened: the caller decides what to show, to keep, and when to stop.

Left out on purpose: files, jobs and rows. All that a training needs to go on is the network and its Position."""

import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil, isfinite

import numpy as np
from threadpoolctl import threadpool_limits

from recognizer.network import Network
from recognizer.network.network import LossAndGradients
from recognizer.network.optimisers import Adam
from recognizer.network.schedules import SCHEDULES

from .data.batches import BatchSource, Shuffled
from .data.dataset import Dataset
from .fit_settings import Settings, SettingsError

__all__ = ["BatchResult", "Diverged", "EpochResult", "Position", "Settings", "SettingsError", "fit"]

VALIDATION_CHUNK = 64


class Diverged(ArithmeticError):  # noqa: N818 (it is what happened)
    """The loss of step `step` (from 1) is not finite; the parameters are those before that step."""

    def __init__(self, step: int, loss: float) -> None:
        super().__init__(
            f"the loss at step {step} is {loss}: the training diverged; use a smaller learning rate than this one"
        )
        self.step = step
        self.loss = loss


@dataclass(frozen=True)
class BatchResult:
    """A step was taken. `loss` is the batch's mean, `accuracy` that of the epoch so far; both before the step."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    images_per_second: float
    learning_rate: float


@dataclass(frozen=True)
class EpochResult:
    """An epoch is over. The training figures are means over its steps, the validation's those of the weights now."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    learning_rate: float


@dataclass
class Position:
    """Where a training stands: the epoch at work (from 1), its batches done, sums over them, and Adam's moments.

    Together with the network's parameters it is all that a training needs to go on as if it had never stopped.
    """

    optimiser: Adam
    epoch: int = 1
    batch: int = 0
    images: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0

    @classmethod
    def fresh(cls, network: Network, settings: Settings) -> "Position":
        return cls(Adam.fresh(network.parameters, weight_decay=settings.weight_decay))

    def add(self, result: LossAndGradients, seconds: float) -> None:
        self.batch += 1
        self.images += result.images
        self.loss += result.loss
        self.correct += result.correct
        self.seconds += seconds

    def next_epoch(self) -> None:
        self.epoch += 1
        self.batch = self.images = self.correct = 0
        self.loss = self.seconds = 0.0


def fit(
    network: Network,
    training: Dataset,
    validation: Dataset,
    settings: Settings,
    start: Position | None = None,
    *,
    batches: BatchSource | None = None,
) -> Iterator[BatchResult | EpochResult]:
    """Train `network` in place; yield a BatchResult after each step and an EpochResult after each epoch.

    Closing the generator stops the training between two steps. `start` is kept up to date, so that a caller who
    passes one can store it and go on from it later. `batches` deals out the training images; by default each comes
    once an epoch. While it runs, BLAS works on one thread in the whole process. Raises SettingsError at once, Diverged
    at the step whose loss is not finite.
    """
    if not len(training) or not len(validation):
        raise SettingsError(
            "training", f"there must be images to learn from and to validate on: {len(training)}, {len(validation)}"
        )
    run = Run(network, training, validation, settings, start, batches or Shuffled(len(training)))
    return run.results()


class Run:
    """One call of `fit`."""

    def __init__(
        self,
        network: Network,
        training: Dataset,
        validation: Dataset,
        settings: Settings,
        start: Position | None,
        batches: BatchSource,
    ) -> None:
        self.network = network
        self.training = training
        self.validation = validation
        self.settings = settings
        self.position = start or Position.fresh(network, settings)
        self.batches = batches
        self.batch_count = batches.count(settings.batch_size)
        self.gradients = np.empty((0, network.parameter_count), network.parameters.dtype)

    def results(self) -> Iterator[BatchResult | EpochResult]:
        # The executor is made here and not when the module is imported: one from before a fork never runs a job.
        with (
            threadpool_limits(1, user_api="blas"),
            ThreadPoolExecutor(self.settings.thread_count, "fit") as executor,
        ):
            while self.position.epoch <= self.settings.epochs:
                yield from self.steps(executor)
                yield self.finish_epoch(executor)

    def steps(self, executor: Executor) -> Iterator[BatchResult]:
        """Take the steps of the epoch that are not yet done."""
        rng = np.random.default_rng([self.settings.seed, 0, self.position.epoch])
        for number, indices in enumerate(self.batches.epoch(self.settings.batch_size, rng)):
            if number >= self.position.batch:
                yield self.step(executor, indices)

    def step(self, executor: Executor, indices: np.ndarray) -> BatchResult:
        began = time.perf_counter()
        position = self.position
        result = self.learn(executor, indices)
        if not isfinite(result.loss):
            raise Diverged(position.optimiser.t + 1, result.loss / result.images)
        learning_rate = self.learning_rate()
        with overflowing_quietly():
            position.optimiser.step(self.network.parameters, result.gradients, learning_rate)
        position.add(result, time.perf_counter() - began)
        return BatchResult(
            epoch=position.epoch,
            epochs=self.settings.epochs,
            batch=position.batch,
            batches=self.batch_count,
            loss=result.loss / result.images,
            accuracy=position.correct / position.images,
            images_per_second=position.images / position.seconds,
            learning_rate=learning_rate,
        )

    def learn(self, executor: Executor, indices: np.ndarray) -> LossAndGradients:
        """Return the loss's sum and the mean gradient over a batch.

        Its parts depend on the batch alone and are added in their order, whichever thread is done first: hence the
        same weights with any number of threads.
        """
        parts = split(indices, self.settings.chunk_size)
        if len(self.gradients) < len(parts):
            self.gradients = np.empty((len(parts), self.network.parameter_count), self.network.parameters.dtype)
        results = list(executor.map(self.learn_part, range(len(parts)), parts))
        gradients = self.gradients[: len(parts)].sum(axis=0)
        gradients /= len(indices)
        return LossAndGradients(
            len(indices), sum(part.loss for part in results), sum(part.correct for part in results), gradients
        )

    def learn_part(self, number: int, indices: np.ndarray) -> LossAndGradients:
        images = self.training.images[indices]
        if self.settings.augmentation is not None:
            seed = [self.settings.seed, 1, self.position.epoch, self.position.batch, number]
            images = self.settings.augmentation(images, np.random.default_rng(seed))
        with overflowing_quietly():
            return self.network.loss_and_gradients(
                images, self.training.labels[indices], gradients=self.gradients[number]
            )

    def finish_epoch(self, executor: Executor) -> EpochResult:
        began = time.perf_counter()
        position = self.position
        loss, accuracy = self.validate(executor)
        result = EpochResult(
            epoch=position.epoch,
            train_loss=position.loss / position.images,
            train_accuracy=position.correct / position.images,
            validation_loss=loss,
            validation_accuracy=accuracy,
            seconds=position.seconds + time.perf_counter() - began,
            learning_rate=self.learning_rate(),
        )
        position.next_epoch()
        return result

    def validate(self, executor: Executor) -> tuple[float, float]:
        """Return mean loss and accuracy on the validation images; raise Diverged."""
        parts = [
            self.validation[start : start + VALIDATION_CHUNK]
            for start in range(0, len(self.validation), VALIDATION_CHUNK)
        ]
        results = list(executor.map(self.validate_part, parts))
        loss = sum(part_loss for part_loss, _ in results) / len(self.validation)
        if not isfinite(loss):
            raise Diverged(self.position.optimiser.t, loss)
        return loss, sum(correct for _, correct in results) / len(self.validation)

    def validate_part(self, part: Dataset) -> tuple[float, int]:
        with overflowing_quietly():
            return self.network.loss(part.images, part.labels)

    def learning_rate(self) -> float:
        """Return the step size of the next step."""
        done = self.position.optimiser.t / (self.settings.epochs * self.batch_count)
        return self.settings.learning_rate * SCHEDULES[self.settings.schedule](min(done, 1.0))


def overflowing_quietly() -> np.errstate:
    """Keep numpy from warning: what overflows makes a loss that is not finite, and that is an error of its own."""
    return np.errstate(over="ignore", invalid="ignore")


def split(indices: np.ndarray, chunk_size: int) -> list[np.ndarray]:
    """Return a batch's indices in parts of at most chunk_size: an even number where it can be, for two threads."""
    parts = ceil(len(indices) / chunk_size)
    return np.array_split(indices, min(len(indices), parts + parts % 2))
