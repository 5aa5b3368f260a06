"""The demo's versions: small networks that really learn, from generated digits alone, one better than the other.

They read far worse than what the project ships, which is what there is to see. Left out on purpose: MNIST, which a
fresh machine would have to download."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from recognizer.network import Network
from training import generated
from training.data.dataset import Dataset
from training.fit import BatchResult, Diverged, EpochResult, fit
from training.fit_settings import Settings

ARCHITECTURE = "lenet-5x5"
VALIDATION_IMAGES = 500
POINTS_OF_A_CURVE = 120
WEIGHTS_STREAM = 2

Each = Callable[[Network, int], object]


@dataclass
class Training:
    """What a training came to: `curve` is [epochs done, loss, accuracy] at its steps, thinned out."""

    network: Network
    settings: Settings
    images: int
    epochs: list[EpochResult] = field(default_factory=list)
    curve: list[list[float]] = field(default_factory=list)
    steps: list[BatchResult] = field(default_factory=list, repr=False)
    problem: str = ""

    @property
    def seconds(self) -> float:
        return sum(epoch.seconds for epoch in self.epochs)


def material(count: int, *, seed: int) -> tuple[Dataset, Dataset]:
    """Generated digits to learn from, and others to validate on."""
    return generated.draw_all(generated.Counts(handwritten=count + VALIDATION_IMAGES), seed=seed).split_last(
        VALIDATION_IMAGES
    )


def fresh(seed: int) -> Network:
    return Network.create(ARCHITECTURE, np.random.default_rng([seed, WEIGHTS_STREAM]))


def train(
    network: Network,
    training: Dataset,
    validation: Dataset,
    settings: Settings,
    *,
    stop_after: int | None = None,
    each: Each = lambda network, epoch: None,
) -> Training:
    """Train `network` in place, or stop in the middle after so many steps; `each` sees it after every epoch."""
    done = Training(network, settings, len(training))
    try:
        for result in fit(network, training, validation, settings):
            if isinstance(result, EpochResult):
                done.epochs.append(result)
                each(network, result.epoch)
            else:
                done.steps.append(result)
            if stop_after and len(done.steps) >= stop_after:
                break
    except Diverged as error:
        done.problem = str(error)
    done.curve = [_point(step) for step in _thinned(done.steps)]
    return done


def _thinned(steps: list[BatchResult]) -> list[BatchResult]:
    places = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), POINTS_OF_A_CURVE)).astype(int))
    return [steps[place] for place in places]


def _point(step: BatchResult) -> list[float]:
    return [round(step.epoch - 1 + step.batch / step.batches, 4), round(step.loss, 6), round(step.accuracy, 6)]
