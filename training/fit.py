"""The training loop, as a generator of what happened: the caller decides what to show, to keep, and when to stop.

Left out on purpose: files, jobs and rows. All that a training needs to go on is the network and its Position."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isfinite

import numpy as np
from threadpoolctl import threadpool_limits

from recognizer.network import Network
from recognizer.network.averaging import MovingAverage
from recognizer.network.network import LossAndGradients
from recognizer.network.optimisers import Adam
from recognizer.network.parallel import Parallel
from recognizer.network.schedules import SCHEDULES
from recognizer.network.workspace import Workspaces

from .data.ahead import Ahead, Batch
from .data.batches import BatchSource, Shuffled
from .data.dataset import Dataset
from .fit_settings import Settings, SettingsError

__all__ = ["BatchResult", "Diverged", "EpochResult", "Position", "Settings", "SettingsError", "fit"]

VALIDATION_CHUNK = 64
# How many chunks are read between two looks at whether the training is to go on; `deep` takes 0.2 s for them.
CHUNKS_A_LOOK = 8
# The stream of random numbers for what layers leave out; `data/ahead.py` has those of the images.
DROPOUT = 3


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
    """Where a training stands: the epoch at work (from 1), its batches done, sums over them, Adam's moments, and the
    moving average of the weights if there is one.

    Together with the network's parameters it is all that a training needs to go on as if it had never stopped.
    """

    optimiser: Adam
    average: MovingAverage | None = None
    epoch: int = 1
    batch: int = 0
    images: int = 0
    loss: float = 0.0
    correct: int = 0
    seconds: float = 0.0

    @classmethod
    def fresh(cls, network: Network, settings: Settings) -> "Position":
        theta, decay = network.parameters, settings.averaging_decay
        options = {name: getattr(settings, name) for name in ("beta1", "beta2", "weight_decay")}
        return cls(Adam.fresh(theta, **options), MovingAverage.fresh(theta, decay) if decay else None)

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
    look: Callable[[], object] = lambda: None,
) -> Iterator[BatchResult | EpochResult]:
    """Train `network` in place; yield a BatchResult after each step and an EpochResult after each epoch.

    Closing the generator stops the training between two steps. `start` is kept up to date, so that a caller who
    passes one can store it and go on from it later. Validation is that of the moving average of the weights, which is
    what the network is left with when the last epoch is over. `batches` deals out the training images; by default
    each comes once an epoch. `look` is called every few images of the validation and may raise to stop it: `start`
    still stands behind the epoch's last step then, and whoever goes on from it validates anew. While it runs, BLAS
    works on one thread in the whole process. Raises SettingsError at once, Diverged at the step whose loss is not
    finite.
    """
    if not len(training) or not len(validation):
        raise SettingsError(
            "training", f"there must be images to learn from and to validate on: {len(training)}, {len(validation)}"
        )
    run = Run(network, training, validation, settings, start, batches or Shuffled(len(training)), look)
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
        look: Callable[[], object],
    ) -> None:
        self.network = network
        self.validation = validation
        self.settings = settings
        self.look = look
        self.position = start or Position.fresh(network, settings)
        self.batch_count = batches.count(settings.batch_size)
        self.ahead = Ahead(
            training,
            batches,
            settings.batch_size,
            settings.epochs,
            settings.augmentation,
            settings.seed,
            settings.redrawing,
        )
        self.gradients = np.empty((0, network.parameter_count), network.parameters.dtype)
        self.gradient = np.empty_like(network.parameters)
        self.running, self.momenta = network.averages()
        self.workspaces = Workspaces()

    def results(self) -> Iterator[BatchResult | EpochResult]:
        position = self.position
        with (
            threadpool_limits(1, user_api="blas"),
            Parallel(self.settings.thread_count, "fit") as parallel,
            closing(self.ahead.batches(position.epoch, position.batch)) as batches,
        ):
            while position.epoch <= self.settings.epochs:
                while position.batch < self.batch_count:
                    yield self.step(parallel, batches)
                yield self.finish_epoch(parallel)

    def step(self, parallel: Parallel, batches: Iterator[Batch]) -> BatchResult:
        began = time.perf_counter()
        position = self.position
        result = self.learn(parallel, next(batches))
        if not isfinite(result.loss):
            raise Diverged(position.optimiser.t + 1, result.loss / result.images)
        learning_rate = self.learning_rate()
        self.move(result, learning_rate)
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

    def learn(self, parallel: Parallel, batch: Batch) -> LossAndGradients:
        """Return sums over a batch; the gradients of its parts stay in their own memory, which is returned.

        The parts depend on the batch alone and are added in their order, whichever thread is done first: hence the
        same weights with any number of threads.
        """
        parts = split(len(batch.labels), self.settings.chunk_size)
        if len(self.gradients) < len(parts):
            self.gradients = np.empty((len(parts), self.network.parameter_count), self.network.parameters.dtype)
        results = parallel.map(lambda number: self.learn_part(number, batch, parts[number]), len(parts))
        return LossAndGradients(
            len(batch.labels),
            sum(part.loss for part in results),
            sum(part.correct for part in results),
            self.gradients[: len(parts)],
        )

    def learn_part(self, number: int, batch: Batch, part: slice) -> LossAndGradients:
        place = [0, number, self.position.batch, self.position.epoch]  # the first word counts what is drawn
        with self.workspaces.lend() as workspace, overflowing_quietly():
            return self.network.loss_and_gradients(
                batch.images[part],
                batch.labels[part],
                gradients=self.gradients[number],
                workspace=workspace,
                rng=np.random.Generator(np.random.Philox(key=[self.settings.seed, DROPOUT], counter=place)),
                label_smoothing=self.settings.label_smoothing,
            )

    def move(self, result: LossAndGradients, learning_rate: float) -> None:
        """Take the step: Adam, the running averages by their momentum, then the weights' average.

        By one thread: two would spend more time on waiting for each other between so short pieces of work.
        """
        theta = self.network.parameters
        running = theta[self.running]
        with overflowing_quietly():
            np.sum(result.gradients, axis=0, out=self.gradient)
            self.gradient /= result.images
            self.position.optimiser.step(theta, self.gradient, learning_rate)
            theta[self.running] = running - self.momenta * self.gradient[self.running]
            if self.position.average:
                self.position.average.update(theta)

    def finish_epoch(self, parallel: Parallel) -> EpochResult:
        began = time.perf_counter()
        position = self.position
        if position.epoch == self.settings.epochs and position.average:
            self.network.parameters[...] = position.average.values
        loss, accuracy = self.validate(parallel)
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

    def validate(self, parallel: Parallel) -> tuple[float, float]:
        """Return mean loss and accuracy on the validation images; raise Diverged."""
        average = self.position.average
        network = Network(self.network.architecture, average.values) if average else self.network
        parts = [
            self.validation[start : start + VALIDATION_CHUNK]
            for start in range(0, len(self.validation), VALIDATION_CHUNK)
        ]
        at_once = max(CHUNKS_A_LOOK, self.settings.thread_count)
        results = []
        for start in range(0, len(parts), at_once):
            group = parts[start : start + at_once]
            results += parallel.map(lambda number, group=group: self.validate_part(network, group[number]), len(group))
            self.look()
        loss = sum(part_loss for part_loss, _ in results) / len(self.validation)
        if not isfinite(loss):
            raise Diverged(self.position.optimiser.t, loss)
        return loss, sum(correct for _, correct in results) / len(self.validation)

    def validate_part(self, network: Network, part: Dataset) -> tuple[float, int]:
        with self.workspaces.lend() as workspace, overflowing_quietly():
            return network.loss(part.images, part.labels, workspace=workspace)

    def learning_rate(self) -> float:
        """Return the step size of the next step."""
        done = self.position.optimiser.t / (self.settings.epochs * self.batch_count)
        return self.settings.learning_rate * SCHEDULES[self.settings.schedule](min(done, 1.0))


def overflowing_quietly() -> np.errstate:
    """Keep numpy from warning: what overflows makes a loss that is not finite, and that is an error of its own."""
    return np.errstate(over="ignore", invalid="ignore")


def split(images: int, chunk_size: int) -> list[slice]:
    """Return a batch in parts of at most chunk_size: an even number where it can be, for two threads."""
    parts = ceil(images / chunk_size)
    ends = np.linspace(0, images, min(images, parts + parts % 2) + 1).round().astype(int).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]
