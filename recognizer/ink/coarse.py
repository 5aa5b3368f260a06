"""Small drawings in whole pixels: the steps that the grid puts into a line are taken out of it again.

A digit of 15 pixels is drawn in steps of a fifteenth of its size, which are as large as the pen is wide. Drawings
that are larger, or whose points lie between pixels, are left as they are.
"""

import numpy as np

COARSE_PX = 40  # of a drawing; what whole pixels do to a larger one is not seen
# How far a point may lie from where the grid has put it, each way; half a pixel is possible. Chosen by what the network
# gives the right answer (docs/decisions/0003-ink-constants.md).
REACH_PX = 0.35
ROUNDS = 30


def is_coarse(points: np.ndarray) -> bool:
    """Whether the points (n, 2) of all lines are a small drawing, each of them a whole pixel."""
    return bool(np.ptp(points, axis=0).max() < COARSE_PX and (points == np.rint(points)).all())


def smoothed(line: np.ndarray) -> np.ndarray:
    """The line (n, 2) pulled straight within REACH_PX of its points, its ends kept; (m, 2), a stay counts once."""
    steps = np.concatenate([[True], np.diff(line, axis=0).any(axis=1)])
    reported = line[steps]
    low, high = reported[1:-1] - REACH_PX, reported[1:-1] + REACH_PX
    points = reported.copy()
    for _ in range(ROUNDS if len(points) > 2 else 0):
        points[1:-1] = np.clip(points[1:-1] / 2 + (points[:-2] + points[2:]) / 4, low, high)
    return points
