"""Which images stand together in a batch: sources of arrays of indices into a data set.

Left out on purpose: the images. A source knows counts only, and takes its randomness as an argument."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np


class BatchError(ValueError):
    """No batches can be made of so many images; the message names the value."""


class BatchSource(Protocol):
    """Deals out indices, epoch by epoch."""

    def count(self, batch_size: int) -> int:
        """Return how many batches make an epoch."""
        ...

    def epoch(self, batch_size: int, rng: np.random.Generator, number: int = 1) -> Iterator[np.ndarray]:
        """Yield `count` arrays of indices (at most batch_size,), int64, for the epoch of that number, from 1."""
        ...


@dataclass(frozen=True)
class Shuffled:
    """Every one of `images` once an epoch, in random order; the last batch may be smaller."""

    images: int

    def __post_init__(self) -> None:
        if self.images < 1:
            raise BatchError("there is no image to learn from")

    def count(self, batch_size: int) -> int:
        return ceil(self.images / batch_size)

    def epoch(self, batch_size: int, rng: np.random.Generator, number: int = 1) -> Iterator[np.ndarray]:
        order = rng.permutation(self.images)
        for start in range(0, self.images, batch_size):
            yield order[start : start + batch_size]


@dataclass(frozen=True)
class Replayed:
    """Half of each batch new images, half known ones, so that a network that learns the new forgets nothing.

    The data set holds `new` images first and `known` ones behind them. An epoch has `batches` batches, by default as
    many as show every new image once; whichever part runs out is shuffled and dealt again. Replay against forgetting:
    Robins, Catastrophic Forgetting, Rehearsal and Pseudorehearsal (1995).
    """

    new: int
    known: int
    batches: int | None = None

    def __post_init__(self) -> None:
        if self.new < 1 or self.known < 1:
            raise BatchError(f"both parts need an image: there are {self.new} new and {self.known} known")
        if self.batches is not None and self.batches < 1:
            raise BatchError(f"an epoch needs at least one batch, not {self.batches}")

    def count(self, batch_size: int) -> int:
        return self.batches or ceil(self.new / max(1, batch_size // 2))

    def epoch(self, batch_size: int, rng: np.random.Generator, number: int = 1) -> Iterator[np.ndarray]:
        if batch_size < 2:
            raise BatchError(f"a batch of {batch_size} has no room for a new and a known image: use at least 2")
        count, half = self.count(batch_size), batch_size // 2
        new = deal(self.new, count * half, rng).reshape(count, half)
        known = self.new + deal(self.known, count * (batch_size - half), rng).reshape(count, -1)
        yield from np.concatenate([new, known], axis=1)  # (count, batch_size)


@dataclass(frozen=True)
class Shares:
    """Each batch holds a fixed share of each part; the parts lie one behind the other in the data set.

    `parts` are their sizes, `shares` add up to 1. Whichever part runs out is shuffled and dealt again. From the epoch
    `late_from` on the shares are `late_shares`, if there are any.
    """

    parts: tuple[int, ...]
    shares: tuple[float, ...]
    batches: int
    late_shares: tuple[float, ...] | None = None
    late_from: int = 1

    def __post_init__(self) -> None:
        for shares in (self.shares, self.late_shares or self.shares):
            if not self.parts or len(self.parts) != len(shares) or min(self.parts) < 1:
                raise BatchError(f"each part needs an image and a share: there are {self.parts} with {shares}")
            if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
                raise BatchError(f"shares must be above 0 and add up to 1, not {shares}")
        if self.batches < 1:
            raise BatchError(f"an epoch needs at least one batch, not {self.batches}")

    def count(self, batch_size: int) -> int:
        return self.batches

    def epoch(self, batch_size: int, rng: np.random.Generator, number: int = 1) -> Iterator[np.ndarray]:
        shares = self.late_shares if self.late_shares and number >= self.late_from else self.shares
        ends = np.rint(np.cumsum(shares) * batch_size).astype(int)
        counts = np.diff(ends, prepend=0)
        if counts.min() < 1:
            raise BatchError(f"a batch of {batch_size} has no room for each of the shares {shares}: use a larger one")
        starts = np.cumsum([0, *self.parts[:-1]])
        dealt = [
            start + deal(images, self.batches * count, rng).reshape(self.batches, count)
            for start, images, count in zip(starts, self.parts, counts, strict=True)
        ]
        yield from np.concatenate(dealt, axis=1)  # (batches, batch_size)


def deal(images: int, needed: int, rng: np.random.Generator) -> np.ndarray:
    """Return `needed` indices (needed,) out of 0 to images - 1, each used up before any comes again."""
    rounds = [rng.permutation(images) for _ in range(ceil(needed / images))]
    return np.concatenate(rounds)[:needed]
