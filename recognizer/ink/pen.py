"""A round pen: lines of points become pixels by their distance from the line.

A pixel's ink is how far it lies inside the pen's stroke, so that ends are round, joints need no care and no grid
shows. Nothing here knows of MNIST, nor of pressure or speed.
"""

from collections.abc import Sequence

import numpy as np

SPACING_PX = 0.25  # a pen 2 px wide leaves dents of 0.008 px between points this close
CROWDED_POINTS = 4_000  # more than a digit ever needs; a scribble's points then share a grid of an eighth pixel


def dense_points(lines: Sequence[np.ndarray], *, spacing: float) -> np.ndarray:
    """Points along all lines, float64 (m, 2), no further apart than `spacing`; each line is (k, 2), k at least 1."""
    points = np.concatenate(lines)  # (n, 2)
    ends = np.cumsum([len(line) for line in lines]) - 1
    steps = np.diff(points, axis=0)
    pieces = np.ceil(np.hypot(steps[:, 0], steps[:, 1]) / spacing).astype(np.int64)
    pieces[ends[:-1]] = 0  # the pen is up between two lines
    segment = np.repeat(np.arange(len(pieces)), pieces)
    first = np.cumsum(pieces) - pieces
    share = (np.arange(len(segment)) - first[segment]) / pieces[segment]
    return np.concatenate((points[segment] + share[:, None] * steps[segment], points[ends]))


def thin_out(points: np.ndarray, *, grid: float) -> np.ndarray:
    """One point for each occupied cell of a grid, so that a scribble costs no more than the area it covers."""
    low = points.min(axis=0)
    cells = np.rint((points - low) / grid).astype(np.int64)
    occupied = np.zeros(cells.max(axis=0) + 1, bool)
    occupied[cells[:, 0], cells[:, 1]] = True
    return np.argwhere(occupied) * grid + low


def draw(points: np.ndarray, *, shape: tuple[int, int], pen_width_px: float) -> np.ndarray:
    """Points (m, 2) as x, y where pixel i has its centre at i -> uint8 `shape`, 255 where the pen has been.

    Coverage is max(0, min(1, radius + 1/2 - distance)): exact for a straight edge along the pixels, and within a few
    hundredths of the covered area for any other.
    """
    reach = pen_width_px / 2 + 0.5
    margin = int(reach) + 1
    height, width = shape
    places = np.ascontiguousarray(points.T)  # (2, m), in which each step runs along memory
    x, y = places
    near = (x > -margin) & (x < width - 1 + margin) & (y > -margin) & (y < height - 1 + margin)
    field = np.full((height + 4 * margin, width + 4 * margin), np.float32(reach * reach))
    _stamp(field, (places if near.all() else places[:, near]) + 2 * margin, margin)
    inside = field[2 * margin : 2 * margin + height, 2 * margin : 2 * margin + width]
    return np.rint(np.clip(reach - np.sqrt(inside), 0, 1) * 255).astype(np.uint8)


def _stamp(field: np.ndarray, places: np.ndarray, margin: int) -> None:
    """Lower `field` to the squared distance from each place (2, m), in a window around it."""
    corner = np.floor(places) - (margin - 1)  # (2, m)
    window = np.arange(2 * margin)[:, None]
    away = ((corner - places)[:, None] + window).astype(np.float32)  # (2, window, m)
    away *= away
    squared = away[1][:, None] + away[0]  # (window, window, m)
    first = (corner[1] * field.shape[1] + corner[0]).astype(np.int64)
    index = (window * field.shape[1] + window.T)[:, :, None] + first
    np.minimum.at(field.reshape(-1), index.reshape(-1), squared.reshape(-1))
