"""Skeletons: the lines of a character as control points in a box 100 high, and the curve that runs through them.

A skeleton is text, so that it can be read and drawn by eye: strokes are parted by "/", points are "x,y", x runs right
and y down, and the curve is smooth but for points with a "!", which are corners. What a hand makes of it is not here.
"""

from functools import cache
from itertools import pairwise

import numpy as np

POINTS_PER_SPAN = 12

Stroke = tuple[np.ndarray, np.ndarray]
"""Control points float64 (k, 2), and which of them are corners, boolean (k,)."""


@cache
def parse(text: str) -> tuple[Stroke, ...]:
    """Read a skeleton. Raises ValueError for a point that is no "x,y" or "x,y!"."""
    return tuple(_stroke(part.split()) for part in text.split("/"))


def _stroke(words: list[str]) -> Stroke:
    points = np.array([[float(value) for value in word.rstrip("!").split(",")] for word in words])
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"a stroke is a row of points like 30,100 or 30,100!, not {' '.join(words)!r}")
    return points, np.array([word.endswith("!") for word in words])


def curve(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The line (m, 2) through control points (k, 2): smooth pieces between corners."""
    ends = [0, *(place for place in np.flatnonzero(corners) if 0 < place < len(points) - 1), len(points) - 1]
    pieces = [smooth(points[start : end + 1]) for start, end in pairwise(ends)]
    return np.concatenate(pieces) if pieces else points


def smooth(points: np.ndarray) -> np.ndarray:
    """Centripetal Catmull-Rom spline through (k, 2): it makes no loops between points that lie unevenly.

    Yuksel, Schaefer, Keyser: Parameterization and Applications of Catmull-Rom Curves (2011), by the pyramid of Barry
    and Goldman.
    """
    if len(points) < 3:
        return points
    first, last = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    padded = np.concatenate([[first], points, [last]])  # (k + 2, 2)
    knots = np.sqrt(np.hypot(*np.diff(padded, axis=0).T)) + 1e-6
    p0, p1, p2, p3 = (padded[start : len(padded) - 3 + start, None] for start in range(4))  # (k - 1, 1, 2)
    t1, t2, t3 = (each[:, None, None] for each in np.cumsum([knots[:-2], knots[1:-1], knots[2:]], axis=0))
    t = t1 + np.linspace(0, 1, POINTS_PER_SPAN, endpoint=False)[:, None] * (t2 - t1)  # (k - 1, 12, 1)
    a1 = ((t1 - t) * p0 + t * p1) / t1
    a2 = ((t2 - t) * p1 + (t - t1) * p2) / (t2 - t1)
    a3 = ((t3 - t) * p2 + (t - t2) * p3) / (t3 - t2)
    b1 = ((t2 - t) * a1 + t * a2) / t2
    b2 = ((t3 - t) * a2 + (t - t1) * a3) / (t3 - t1)
    line = ((t2 - t) * b1 + (t - t1) * b2) / (t2 - t1)
    return np.concatenate([line.reshape(-1, 2), points[-1:]])
