"""Generated images as a data set: so many of each sort, each of them drawn from the seed and its own number.

Left out on purpose: files. The same counts and seed give the same images wherever they are drawn.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from training.data.dataset import NO_DIGIT, Dataset

from . import combined, faces, no_digits, pens
from .hand import Hand
from .skeletons import Stroke, parse
from .styles import HANDWRITTEN, PRINTED

GENERATOR_VERSION = 2
"""Raised whenever the same seed comes out as other images."""

SORTS = ("handwritten", "printed", "no_digit")
DISPLAY_SHARE, MATRIX_SHARE = 0.08, 0.07
PROGRESS_EVERY = 500
HAND = Hand()
# A digit that is written in more ways needs more images.
VARIETY = np.array([3, 11, 5, 5, 8, 5, 5, 6, 3, 8])
SHARES_OF_DIGITS = VARIETY / VARIETY.sum()
WHOLE_STYLES = 0.3  # of the digits that can be put together from parts


class Picture(NamedTuple):
    """`image` uint8 (28, 28), `label` 0 to 9 or NO_DIGIT, and the name of its style."""

    image: np.ndarray
    label: int
    style: str


@dataclass(frozen=True)
class Counts:
    """How many images of each sort."""

    handwritten: int = 0
    printed: int = 0
    no_digit: int = 0

    def __post_init__(self) -> None:
        for sort in SORTS:
            if not 0 <= getattr(self, sort) <= 10_000_000:
                raise ValueError(f"{sort} must be 0 to 10,000,000 images, not {getattr(self, sort)}")

    @classmethod
    def of(cls, total: int) -> "Counts":
        """As the shipped weights were trained: of 44 images 30 handwritten, 7 printed, and 7 that show no digit."""
        printed, no_digit = total * 7 // 44, total * 7 // 44
        return cls(total - printed - no_digit, printed, no_digit)

    @property
    def total(self) -> int:
        return self.handwritten + self.printed + self.no_digit


def draw_all(
    counts: Counts, *, seed: int, progress: Callable[[int, int], object] = lambda done, total: None
) -> Dataset:
    """All images of these counts, the sorts one behind the other. `progress` may raise to stop it."""
    images, labels = np.empty((counts.total, 28, 28), np.uint8), np.empty(counts.total, np.uint8)
    done = 0
    for sort in SORTS:
        for picture in pictures(sort, getattr(counts, sort), seed=seed):
            images[done], labels[done] = picture.image, picture.label
            done += 1
            if done % PROGRESS_EVERY == 0:
                progress(done, counts.total)
    return Dataset(images, labels)


def pictures(sort: str, count: int, *, seed: int) -> Iterator[Picture]:
    """The first `count` pictures of a sort; printed digits take turns, so that there are as many of each."""
    draw = {"handwritten": handwritten, "printed": printed, "no_digit": no_digit}[sort]
    for number in range(count):
        yield draw(number, np.random.default_rng([seed, SORTS.index(sort), number]))


def handwritten(number: int, rng: np.random.Generator) -> Picture:
    digit = int(rng.choice(10, p=SHARES_OF_DIGITS))
    style, skeleton = a_style(digit, rng)
    return Picture(write(skeleton, rng), digit, style)


def handwritten_digit(digit: int, rng: np.random.Generator) -> np.ndarray:
    """The digit in any of the ways in which it is written; uint8 (28, 28)."""
    return write(a_style(digit, rng)[1], rng)


def write(skeleton: tuple[Stroke, ...], rng: np.random.Generator) -> np.ndarray:
    """A skeleton as some hand writes it with some pen; uint8 (28, 28)."""
    return pens.with_pen(HAND.write(skeleton, rng), rng)


def a_style(digit: int, rng: np.random.Generator) -> tuple[str, tuple[Stroke, ...]]:
    """One of the ways in which the digit is written: its name and its skeleton."""
    if digit in combined.SLOTS and rng.random() >= WHOLE_STYLES:
        return combined.draw(digit, rng)
    style = pick(list(HANDWRITTEN[digit]), rng)
    return style, parse(HANDWRITTEN[digit][style])


def printed(number: int, rng: np.random.Generator) -> Picture:
    digit = number % 10
    style = printed_style(digit, rng)
    return Picture(faces.printed(digit, style, rng), digit, style)


def printed_style(digit: int, rng: np.random.Generator) -> str:
    chance = rng.random()
    if chance < DISPLAY_SHARE:
        return "display"
    return "matrix" if chance < DISPLAY_SHARE + MATRIX_SHARE else pick(list(PRINTED[digit]), rng)


def no_digit(number: int, rng: np.random.Generator) -> Picture:
    chance = rng.random()
    for kind, (share, _) in no_digits.KINDS.items():
        chance -= share
        if chance < 0:
            return Picture(no_digits.draw(kind, rng), NO_DIGIT, kind)
    return Picture(no_digits.draw("blot", rng), NO_DIGIT, "blot")


def pick(names: list[str], rng: np.random.Generator) -> str:
    return names[int(rng.integers(len(names)))]
