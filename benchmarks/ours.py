"""The project's own contestants: a training as `training.fit` runs it, and answers as the site gives them.

Left out on purpose: kernels taken by themselves. What is timed is what users run, with all that it does besides."""

import importlib.util
from collections.abc import Callable, Iterator

import numpy as np

from recognizer.network import ARCHITECTURES, Network
from training.data.dataset import DIGITS, Dataset
from training.fit import BatchResult, fit
from training.fit_settings import Settings

from .measuring import rate

THREADS = 2
# A share of black pixels like MNIST's. The values decide little about the time, but all zeros would be another task.
BLACK_SHARE = 0.8
# Long enough that ends of epochs, which every training has, are as rare as they are there.
BATCHES_PER_EPOCH = 100


def fresh_network(architecture: str) -> Network:
    return Network.create(architecture, np.random.default_rng(0))


def served_network(architecture: str) -> Network:
    """Return a fresh network as the site answers with it: what can be folded into weights is."""
    network = fresh_network(architecture)
    if importlib.util.find_spec("recognizer.network.folding") is None:
        return network
    from recognizer.network.folding import fold

    return fold(network)


def random_images(architecture: str, count: int) -> np.ndarray:
    """Return images (count, rows, columns), uint8, of noise on black."""
    rows, _, columns = ARCHITECTURES[architecture].input_shape
    rng = np.random.default_rng(1)
    noise = rng.integers(1, 256, (count, rows, columns), dtype=np.uint8)
    return noise * (rng.random(noise.shape, np.float32) > BLACK_SHARE)


def random_labels(count: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, DIGITS, count)


class Training:
    """A training by `fit` that goes on from round to round, without augmentation."""

    def __init__(self, architecture: str, *, batch: int, steps: int, threads: int = THREADS) -> None:
        """`steps` of `batch` images are a round."""
        images = random_images(architecture, BATCHES_PER_EPOCH * batch)
        dataset = Dataset(images, random_labels(len(images)))
        settings = Settings(epochs=1000, batch_size=batch, augmentation=None, threads=threads)
        self.results: Iterator = fit(fresh_network(architecture), dataset, dataset[:1], settings)
        self.batch, self.steps = batch, steps

    def run(self) -> float:
        """Return images per second of one round; a step before it does not count."""
        self.take(1)
        return rate(lambda: self.take(self.steps), self.steps * self.batch)

    def take(self, steps: int) -> None:
        while steps:
            steps -= isinstance(next(self.results), BatchResult)

    def close(self) -> None:
        self.results.close()


def answers(network: Network, images: np.ndarray, *, threads: int = 1) -> Callable[[], np.ndarray]:
    """Return what answers the images (n, rows, columns) once with probabilities (n, classes)."""
    return lambda: network.probabilities(images, threads=threads)
