"""Type: digits as faces, displays and dot matrices set them, from skeletons and a nib.

Left out on purpose: anybody's font. What is learnt here is what faces have in common.
"""

from itertools import pairwise

import numpy as np

from recognizer import ink

from . import pens
from .hand import Hand, Lines
from .skeletons import parse
from .styles import DISPLAYED, PRINTED, SEGMENTS

PRINTER = Hand(
    loose=1.2, apart=0.0, overrun=1.5, width=0.2, slant=0.0, slant_mean=0.0, turn_degrees=1.5, bend=0.8, taper=0.02,
    shift_up=0.06, tremor=0.0, rounded=0.1, joined=0.0, sparse=0.0, coarse=0.0,
)  # fmt: skip
ITALIC = Hand(**{**PRINTER.__dict__, "slant": 0.06, "slant_mean": 0.2})
SERIF_LENGTH = (8.0, 20.0)
MATRIX_SIDES = ((5, 7), (6, 8), (7, 9), (8, 12))


def printed(digit: int, style: str, rng: np.random.Generator) -> np.ndarray:
    """A digit in one of the styles of PRINTED, or "display" or "matrix"; uint8 (28, 28)."""
    if style == "display":
        return display(digit, rng)
    if style == "matrix":
        return matrix(digit, rng)
    hand = ITALIC if rng.random() < 0.15 else PRINTER
    skeleton = parse(PRINTED[digit][style])
    lines = hand.write(skeleton, rng)
    if rng.random() < 0.3:
        lines += serifs(lines, rng)
    return pens.with_nib(lines, rng)


def serifs(lines: Lines, rng: np.random.Generator) -> Lines:
    """Short bars across the ends of the lines: upright ones at level ends, level ones at upright ends."""
    length = rng.uniform(*SERIF_LENGTH)
    bars = []
    for line in lines:
        for end, before in ((line[0], line[1]), (line[-1], line[-2])):
            if rng.random() < 0.6:
                along = np.abs(end - before)
                across = np.array([0.0, 1.0]) if along[0] > along[1] else np.array([1.0, 0.0])
                bars.append(np.array([end - across * length / 2, end + across * length / 2]))
    return bars


def display(digit: int, rng: np.random.Generator) -> np.ndarray:
    """Seven segments, with gaps between them, upright or leaning."""
    letters = DISPLAYED[digit][int(rng.integers(len(DISPLAYED[digit])))]
    gap, width, slant = rng.uniform(0, 9), rng.uniform(0.8, 1.25), rng.choice([0.0, rng.uniform(0, 0.2)])
    lines = []
    for letter in letters:
        ((points, _),) = parse(SEGMENTS[letter])
        inwards = (points[::-1] - points) / np.hypot(*(points[1] - points[0]))
        line = (points + gap * inwards) * [width, 1.0]
        lines.append(np.stack([line[:, 0] - slant * line[:, 1], line[:, 1]], axis=1))
    return pens.with_nib(lines, rng)


def matrix(digit: int, rng: np.random.Generator) -> np.ndarray:
    """Dots on a grid, as receipts and signs print them: a printed digit at few pixels, each of them a dot."""
    names = list(PRINTED[digit])
    lines = PRINTER.write(parse(PRINTED[digit][names[int(rng.integers(len(names)))]]), rng)
    columns, rows = MATRIX_SIDES[int(rng.integers(len(MATRIX_SIDES)))]
    points = np.concatenate([evenly(line) for line in lines])
    low, high = points.min(axis=0), points.max(axis=0)
    across = max(1, round((columns - 1) * min(1.0, (high[0] - low[0]) / (0.6 * (high[1] - low[1])))))
    cells = np.unique(np.rint((points - low) / np.maximum(high - low, 1e-9) * [across, rows - 1]), axis=0)
    pixel = np.array([rng.uniform(0.85, 1.1), 1.0])
    dots = [np.array([cell * pixel]) for cell in cells]
    step_px = 18.0 / max(rows, across + 1)
    return ink.draw_lines(dots, pen_width_px=step_px * rng.uniform(0.75, 1.3))


def evenly(line: np.ndarray) -> np.ndarray:
    """Points (n, 2) along a line, a hundredth of the height apart or less."""
    parts = [np.linspace(a, b, 2 + int(np.hypot(*(b - a)))) for a, b in pairwise(line)]
    return np.concatenate(parts) if parts else line
