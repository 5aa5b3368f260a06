"""Augmented batches, made by a thread of their own while the ones before are learnt from.

Left out on purpose: the choice of what stands in a batch, which is a BatchSource's."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from .augmentation import Augmentation
from .batches import BatchSource
from .dataset import Dataset
from .redrawing import Redrawing

# Batches are made in windows of about so many images, of which a few are in memory at once (13 MB each).
WINDOW_IMAGES = 4096
WINDOWS_AHEAD = 1
# Streams of random numbers of a training, behind its seed.
# Others: recipes.WEIGHTS_STREAM is 2, fit.DROPOUT is 3.
ORDER, WARPS, REDRAWN = 0, 1, 4


class Batch(NamedTuple):
    """images (n, 28, 28), uint8 or float32 from 0 to 1, and labels (n,)."""

    images: np.ndarray
    labels: np.ndarray


class Window(NamedTuple):
    """A run of batches of an epoch: their indices, from the first one that is wanted."""

    epoch: int
    number: int
    indices: list[np.ndarray]
    first: int


@dataclass(frozen=True)
class Ahead:
    """Deals out the batches of `epochs` epochs of `dataset` in the order of `source`.

    Random numbers depend on the seed, the epoch and the window alone, so that a training that goes on in the middle of
    an epoch gets the images that it would have got.
    """

    dataset: Dataset
    source: BatchSource
    batch_size: int
    epochs: int
    augmentation: Augmentation | None
    seed: int
    redrawing: Redrawing | None = None

    def batches(self, epoch: int, batch: int) -> Iterator[Batch]:
        """Yield the batches from number `batch` (from 0) of an epoch (from 1) on. Closing it stops the thread."""
        windows = self._windows(epoch, batch)
        # The executor is made here and not when the module is imported: one from before a fork never runs a job.
        with ThreadPoolExecutor(1, "ahead") as executor:
            coming = deque(executor.submit(self._make, window) for window in islice(windows, WINDOWS_AHEAD))
            try:
                while coming:
                    made = coming.popleft().result()
                    coming.extend(executor.submit(self._make, window) for window in islice(windows, 1))
                    yield from made
            finally:
                for window in coming:
                    window.cancel()

    def _windows(self, epoch: int, batch: int) -> Iterator[Window]:
        size = max(1, WINDOW_IMAGES // self.batch_size)
        for each in range(epoch, self.epochs + 1):
            rng = np.random.default_rng([self.seed, ORDER, each])
            indices = list(self.source.epoch(self.batch_size, rng, each))
            for start in range(0, len(indices), size):
                if start + size > batch:
                    yield Window(each, start // size, indices[start : start + size], max(0, batch - start))
            batch = 0

    def _make(self, window: Window) -> list[Batch]:
        labels = [self.dataset.labels[indices] for indices in window.indices]
        if self.augmentation is None:
            ends = np.cumsum([len(indices) for indices in window.indices])[:-1]
            images = np.split(self._images(window), ends)
        else:
            images = self._augmented(window)
        return [Batch(*parts) for parts in zip(images, labels, strict=True)][window.first :]

    def _augmented(self, window: Window) -> list[np.ndarray]:
        """Return the images of each batch. Those that share a warp stand in different batches, at the same place."""
        places = np.concatenate([np.arange(len(indices)) for indices in window.indices])
        order = np.argsort(places, kind="stable")
        rng = np.random.default_rng([self.seed, WARPS, window.epoch, window.number])
        changed = self.augmentation(self._images(window)[order], rng)
        by_pixel = changed.transpose(1, 2, 0)  # (rows, columns, images)
        back = np.argsort(order)
        ends = np.cumsum([len(indices) for indices in window.indices])[:-1]
        return [np.take(by_pixel, part, axis=2).transpose(2, 0, 1) for part in np.split(back, ends)]

    def _images(self, window: Window) -> np.ndarray:
        """Return the images of all batches, one behind the other, drawn anew where that is asked for."""
        indices = np.concatenate(window.indices)
        images = self.dataset.images[indices]
        if self.redrawing is None or self.dataset.lines is None:
            return images
        rng = np.random.default_rng([self.seed, REDRAWN, window.epoch, window.number])
        return self.redrawing(images, indices, self.dataset.lines, rng)
