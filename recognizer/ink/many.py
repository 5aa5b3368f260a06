"""Many drawings at once, each with a pen of its own: the same images that `draw_lines` draws one by one, sooner.

One call of numpy does for a whole group what would be dozens of calls for each drawing. Left out on purpose: nibs, and
drawings with as many points as a scribble, which are drawn one by one.
"""

from collections.abc import Sequence

import numpy as np

from . import pen
from .normalise import BOX_SIDE, CENTRE, IMAGE_SIDE, MARGIN_PX
from .strokes import draw_lines

GROUP = 16
MIDDLE = (IMAGE_SIDE - 1) / 2


def draw_many(drawings: Sequence[Sequence[np.ndarray]], pen_widths_px: np.ndarray) -> np.ndarray:
    """Drawings, each of lines (k, 2) in any units, and a pen's width for each (n,) -> uint8 (n, 28, 28)."""
    images = np.empty((len(drawings), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    by_width = np.argsort(pen_widths_px, kind="stable")  # wide pens reach further, and cost a whole group as much
    for start in range(0, len(drawings), GROUP):
        group = by_width[start : start + GROUP]
        images[group] = _drawn([drawings[place] for place in group], pen_widths_px[group])
    return images


def _drawn(drawings: list[Sequence[np.ndarray]], widths: np.ndarray) -> np.ndarray:
    points, owners = _box_points(drawings, widths)
    counts = np.bincount(owners, minlength=len(drawings))
    crowded = counts > pen.CROWDED_POINTS
    plain = ~crowded[owners]
    points, owners = points[plain], owners[plain]
    images = _stamped(points + MIDDLE, owners, widths)
    images = _stamped(points + _offsets(images)[owners], owners, widths)
    for place in np.flatnonzero(crowded):
        images[place] = draw_lines(drawings[place], pen_width_px=float(widths[place]))
    return images


def _box_points(drawings: list[Sequence[np.ndarray]], widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dense points (m, 2) of all drawings from the middles of their boxes, in pixels, and whose each is (m,)."""
    lines = [line for drawing in drawings for line in drawing]
    points = np.concatenate(lines)
    lengths = [sum(map(len, drawing)) for drawing in drawings]
    owners, starts = np.repeat(np.arange(len(drawings)), lengths), np.cumsum([0, *lengths[:-1]])
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    scales = ((BOX_SIDE - widths)[:, None] / np.maximum(high - low, 1e-9)).min(axis=1)
    points = (points - ((low + high) / 2)[owners]) * scales[owners, None]
    ends = np.cumsum([len(line) for line in lines]) - 1
    # What `pen.dense_points` does, with the owner of each point besides.
    steps = np.diff(points, axis=0)
    pieces = np.ceil(np.hypot(steps[:, 0], steps[:, 1]) / pen.SPACING_PX).astype(np.int64)
    pieces[ends[:-1]] = 0
    segment = np.repeat(np.arange(len(pieces)), pieces)
    share = (np.arange(len(segment)) - (np.cumsum(pieces) - pieces)[segment]) / pieces[segment]
    dense = np.concatenate((points[segment] + share[:, None] * steps[segment], points[ends]))
    return dense, np.concatenate((owners[segment], owners[ends]))


def _stamped(points: np.ndarray, owners: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """What `pen.draw` does with the points of each owner and the pen of its width; uint8 (n, 28, 28)."""
    reach = widths / 2 + 0.5
    margin = int(reach.max()) + 1
    side = IMAGE_SIDE + 4 * margin
    fields = np.repeat((reach * reach).astype(np.float32), side * side)  # (n * side * side,)
    places = points + 2 * margin
    corner = np.floor(places).astype(np.int64) - (margin - 1)  # (m, 2)
    window = np.arange(2 * margin)
    away = ((corner - places)[:, :, None] + window).astype(np.float32) ** 2  # (m, 2, window)
    squared = away[:, 1, :, None] + away[:, 0, None, :]  # (m, window, window)
    first = (owners * side + corner[:, 1]) * side + corner[:, 0]
    index = first[:, None, None] + (window[:, None] * side + window)
    np.minimum.at(fields, index.reshape(-1), squared.reshape(-1))
    inner = slice(2 * margin, 2 * margin + IMAGE_SIDE)
    inside = fields.reshape(-1, side, side)[:, inner, inner]
    reach = reach.astype(np.float32)[:, None, None]  # as a single drawing's is, for the same roundings
    return np.rint(np.clip(reach - np.sqrt(inside), 0, 1) * 255).astype(np.uint8)


def _offsets(images: np.ndarray) -> np.ndarray:
    """Where the middle of each box goes, (n, 2) as x, y, so that the centre of mass is where MNIST has it."""
    columns, rows = images.sum(axis=1, dtype=np.float64), images.sum(axis=2, dtype=np.float64)  # (n, 28)
    weighted = np.stack([columns @ np.arange(IMAGE_SIDE), rows @ np.arange(IMAGE_SIDE)], axis=1)
    mass = weighted / np.maximum(columns.sum(axis=1), 1)[:, None]
    return np.clip(CENTRE - (mass - MIDDLE), MIDDLE - MARGIN_PX, MIDDLE + MARGIN_PX)
