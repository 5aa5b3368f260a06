"""A hand: what bends a skeleton into one of the thousand ways in which people write it.

Everything is drawn from the generator that is passed in, and decides about shape only: pen and pixels come later.
"""

from dataclasses import dataclass

import numpy as np

from .skeletons import Stroke, curve

POINTS_APART = 3.0
MOST_APART = 13.0  # of a slow mouse; more would cut the corners off that make a 5 of an S

Lines = list[np.ndarray]
"""Each (k, 2): x to the right, y down, in hundredths of the skeleton's height."""


@dataclass(frozen=True)
class Hand:
    """How far a hand strays, as standard deviations in hundredths of the height, or as shares.

    `loose` of the control points each on its own, `apart` of a whole stroke, `overrun` of its ends along the line;
    `width` and `slant` of the whole; `turn_degrees`; `bend` of a wave through it, `taper` of its width from top to
    bottom, `shift_up` of what lies in the middle; `tremor` of the line. Shares of drawings: `rounded` corners,
    `joined` strokes, `sparse` and `coarse` points.
    """

    loose: float = 2.6
    apart: float = 2.5
    overrun: float = 3.5
    width: float = 0.24
    slant: float = 0.2
    slant_mean: float = 0.08
    turn_degrees: float = 6.0
    bend: float = 2.5
    taper: float = 0.12
    shift_up: float = 0.18
    tremor: float = 0.7
    rounded: float = 0.25
    joined: float = 0.05
    sparse: float = 0.3
    coarse: float = 0.15

    def write(self, skeleton: tuple[Stroke, ...], rng: np.random.Generator) -> Lines:
        """A skeleton as this hand writes it once."""
        loose = self.loose * rng.uniform(0.3, 1.5)
        lines = [self._stroke(points, corners, loose, rng) for points, corners in skeleton]
        if len(lines) > 1 and rng.random() < self.joined:
            lines = [np.concatenate(lines)]
        lines = self.bent(lines, rng)
        return [sampled(line, self, rng) for line in lines]

    def _stroke(self, points: np.ndarray, corners: np.ndarray, loose: float, rng: np.random.Generator) -> np.ndarray:
        points = points + rng.normal(0, loose, points.shape) + rng.normal(0, self.apart, 2)
        if rng.random() < self.rounded:
            corners = corners & (rng.random(len(corners)) < 0.5)
        line = curve(points, corners)
        return overrun(line, rng.normal(0, self.overrun, 2))

    def bent(self, lines: Lines, rng: np.random.Generator) -> Lines:
        """The same bend for all strokes: proportions first, then a wave, slant and turn."""
        middle, height = centre_and_height(lines)
        power, taper = np.exp(rng.normal(0, self.shift_up)), rng.normal(0, self.taper)
        waves, phases = rng.normal(0, self.bend, 2), rng.uniform(0, 2 * np.pi, 2)
        stretch = np.exp(rng.normal(0, self.width))
        slant = rng.normal(self.slant_mean, self.slant)
        angle = np.radians(rng.normal(0, self.turn_degrees))
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

        def move(line: np.ndarray) -> np.ndarray:
            x, y = ((line - middle) / height).T  # y from about -1/2 to 1/2
            down = np.clip(y + 0.5, 0, None) ** power - 0.5 + np.minimum(y + 0.5, 0)
            x = x * (1 + 2 * taper * y) * stretch
            x = x + waves[0] / 100 * np.sin(5 * y + phases[0]) - slant * down
            down = down + waves[1] / 100 * np.sin(5 * x + phases[1])
            return np.stack([x, down], axis=1) * 100 @ turn

        return [move(line) for line in lines]


def centre_and_height(lines: Lines) -> tuple[np.ndarray, float]:
    """Of the box around all lines; something for a single point too."""
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, max(float(high[1] - low[1]), 0.3 * float(high[0] - low[0]), 1.0)


def spaced(line: np.ndarray, apart: float) -> np.ndarray:
    """A line (k, 2) at points that lie evenly along it, about `apart` from one to the next; its ends stay."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    places = np.linspace(0, along[-1], 2 + int(along[-1] / apart))
    return np.stack([np.interp(places, along, line[:, 0]), np.interp(places, along, line[:, 1])], axis=1)


def overrun(line: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """A line (k, 2) that goes on straight by lengths (2,) at its start and end, or stops that much earlier."""
    for length, at, before in ((lengths[0], 0, 1), (lengths[1], -1, -2)):
        away = line[at] - line[before]
        far = float(np.hypot(*away))
        if far > 1e-9:
            line = line.copy()
            line[at] = line[at] + away * max(length, -0.8 * far) / far
    return line


def sampled(line: np.ndarray, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    """A line as a device reports it: trembling, and maybe at few points or on a coarse grid."""
    if hand.tremor:
        line = spaced(line, POINTS_APART)
        noise = rng.normal(0, hand.tremor * rng.uniform(0, 1.5), line.shape)
        line = line + (noise + np.roll(noise, 1, axis=0) + np.roll(noise, 2, axis=0)) / 1.7
    if rng.random() < hand.sparse:
        line = spaced(line, rng.uniform(4, MOST_APART))
    if rng.random() < hand.coarse:
        grid = rng.uniform(1, 7)
        line = np.round(line / grid) * grid
    return line
