"""Small drawings in whole pixels: the steps that the grid puts into a line are taken out of it again.

A digit of 15 pixels is drawn in steps of a fifteenth of its size, which are as large as the pen is wide. Drawings
that are larger, or whose points lie between pixels, are left as they are.
"""

from collections.abc import Sequence

import numpy as np

COARSE_PX = 40  # of a drawing; what whole pixels do to a larger one is not seen
SIGMA_PX = 0.8  # chosen by likeness to the same drawing in fractions of pixels (docs/decisions/0003-ink-constants.md)
STEP_PX = 0.25
REACH = 3  # standard deviations


def is_coarse(lines: Sequence[np.ndarray]) -> bool:
    """Whether lines (n, 2) are a small drawing of which every point is a whole pixel."""
    points = np.concatenate(lines)
    return bool(np.ptp(points, axis=0).max() < COARSE_PX and (points == np.rint(points)).all())


def smoothed(line: np.ndarray) -> np.ndarray:
    """The line (n, 2) averaged along itself by a Gaussian, its ends kept; (m, 2), or as it is if it is too short."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] < STEP_PX:
        return line
    count = 1 + int(np.ceil(along[-1] / STEP_PX))
    places = np.linspace(0, along[-1], count)
    dense = np.stack([np.interp(places, along, line[:, axis]) for axis in (0, 1)], axis=1)
    sigma = SIGMA_PX / STEP_PX
    reach = min(round(REACH * sigma), count - 1)
    kernel = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    # Mirrored through its ends, a line keeps them.
    before, after = 2 * dense[0] - dense[reach:0:-1], 2 * dense[-1] - dense[-2 : -2 - reach : -1]
    padded = np.concatenate([before, dense, after])
    return np.stack([np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], axis=1)
