"""Drawings drawn anew at each visit, from their strokes: another pen, and the small turns and slants of a hand.

What a warp of pixels cannot do: lines stay as sharp and as wide as a pen makes them. Left out on purpose: changes of
the shape itself, and images of which no strokes are known, which stay as they are."""

from dataclasses import dataclass, fields
from math import isfinite

import numpy as np

from recognizer import ink

from .lines import Lines

LIMITS = {"share": 1.0, "rotation_degrees": 45.0, "slant": 0.5, "stretch": 0.5}
THINNEST_PEN_PX, THICKEST_PEN_PX = 1.0, 6.0


@dataclass(frozen=True)
class Redrawing:
    """`share` of the visits to a drawing show it drawn anew; the others as it was stored.

    The pen's width is drawn evenly from `thinnest_px` to `thickest_px`, about the widths that MNIST's lines have; a
    turn, a slant and a stretch of width against height evenly from minus to plus."""

    share: float = 0.5
    thinnest_px: float = 1.8
    thickest_px: float = 3.6
    rotation_degrees: float = 8.0
    slant: float = 0.15
    stretch: float = 0.15

    def __post_init__(self) -> None:
        for name, value in ((field.name, getattr(self, field.name)) for field in fields(self)):
            limit = LIMITS.get(name, THICKEST_PEN_PX)
            if not (isfinite(value) and 0 <= value <= limit):
                raise ValueError(f"redrawing's {name} must lie between 0 and {limit}, not {value}")
        if not THINNEST_PEN_PX <= self.thinnest_px <= self.thickest_px:
            raise ValueError(
                f"redrawing's pens must be from {THINNEST_PEN_PX} px on, thinnest first, not {self.thinnest_px} to "
                f"{self.thickest_px} px"
            )

    def __call__(self, images: np.ndarray, indices: np.ndarray, lines: Lines, rng: np.random.Generator) -> np.ndarray:
        """Return images (n, 28, 28) of which some are drawn anew; `indices` (n,) are their places in the data set.

        As many random numbers are drawn whatever the images are, so that each visit's depend on its place alone."""
        chances, pens = rng.random(len(images)), rng.uniform(self.thinnest_px, self.thickest_px, len(images))
        maps = self._maps(len(images), rng)
        places = np.flatnonzero((chances < self.share) & lines.known(indices))
        moved = [[line @ maps[place] for line in lines.of(indices[place])] for place in places]
        changed = images.copy()
        changed[places] = ink.draw_many(moved, pens[places])
        lines.release()
        return changed

    def _maps(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return maps (count, 2, 2) for rows of x, y, from the right: stretch, then slant, then turn."""
        angles = np.radians(rng.uniform(-self.rotation_degrees, self.rotation_degrees, count))
        slants, stretches = rng.uniform(-self.slant, self.slant, count), rng.uniform(-self.stretch, self.stretch, count)
        turn = np.moveaxis([[np.cos(angles), np.sin(angles)], [-np.sin(angles), np.cos(angles)]], 2, 0)
        bend = np.zeros((count, 2, 2))
        bend[:, 0, 0] = np.exp(stretches)
        bend[:, 1, 0], bend[:, 1, 1] = slants, 1  # x moves with y
        return bend @ turn
