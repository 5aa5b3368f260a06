"""Digits of seven segments at random places with noise: what a network learns within a second, without MNIST."""

import numpy as np

from training.data.dataset import Dataset

# Segments a to g of each digit: top, upper right, lower right, bottom, lower left, upper left, middle.
SEGMENTS = ["abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg"]
PLACES = {
    "a": np.s_[0:2, 0:9],
    "b": np.s_[0:9, 7:9],
    "c": np.s_[7:16, 7:9],
    "d": np.s_[14:16, 0:9],
    "e": np.s_[7:16, 0:2],
    "f": np.s_[0:9, 0:2],
    "g": np.s_[7:9, 0:9],
}


def seven_segment_digits(count: int, seed: int) -> Dataset:
    """Return `count` images of digits, light on dark, each up to three pixels off the centre."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    images = rng.integers(0, 40, (count, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = rng.integers(3, 10, 2)
        for segment in SEGMENTS[label]:
            image[row : row + 16, column + 3 : column + 12][PLACES[segment]] = rng.integers(150, 256)
    return Dataset(images, labels)
