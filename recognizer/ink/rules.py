"""Ruled and squared paper: its lines are found as straight, thin and many, and taken off the picture.

Found by projection along slightly tilted rows and columns. Left out on purpose: a single line, which may be a 1, and
paper that is turned by more than a few degrees.
"""

import numpy as np

from .levels import widened

MOST_TILT = 0.14  # rise over run: 8 degrees
TILTS = 57
MOST_SAMPLES = 6_000
COVERAGE = 0.45  # of the picture's side that a line has to be seen on
FEWEST_LINES = 3
CLOSEST = 0.02  # of the longer side, from one line to the next
THICKEST = 0.014  # of the longer side, and never less than THICKEST_PX
THICKEST_PX = 4
STRONGER = 1.6  # times as dark as the lines, and it is ink even on a line


def without_rules(flat: np.ndarray, level: float) -> np.ndarray:
    """float (h, w), ink above `level` on ground near 0 -> the same without lines that run across the whole picture."""
    mask = flat > level
    across = _lines(mask)
    down = _lines(mask.T).T
    if not (across.any() or down.any()):
        return flat
    lines = across | down
    # Darker than the lines by far is the pen's, wherever it is; as dark, what is thin in the line's own direction goes.
    usual = float(np.median(flat[lines & mask]))
    strong = flat > STRONGER * usual
    pen = strong & mask
    if pen.sum() >= max(30, 0.004 * mask.sum()):
        kept = widened(pen, 5)
    else:
        kept = (~across | _thick(mask)) & (~down | _thick(mask.T).T)
    return np.where(kept, flat, 0)


def _lines(mask: np.ndarray) -> np.ndarray:
    """Where nearly level lines lie in (h, w), boolean; nothing if there are fewer than FEWEST_LINES."""
    nothing = np.zeros(mask.shape, bool)
    rows, columns = np.nonzero(mask)
    width = mask.shape[1]
    if len(rows) < FEWEST_LINES * COVERAGE * width:
        return nothing
    tilt = _tilt(rows, columns, mask.shape)
    places = _sheared(rows, columns, tilt, mask.shape)
    full = np.bincount(places, minlength=_span(mask.shape)) >= COVERAGE * width
    starts = np.flatnonzero(np.diff(full.astype(np.int8), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(full.astype(np.int8), append=0) == -1) + 1
    thin = ends - starts <= max(THICKEST_PX, THICKEST * max(mask.shape))
    apart = np.diff(starts[thin]) >= CLOSEST * max(mask.shape)
    if apart.sum() + 1 < FEWEST_LINES:
        return nothing
    chosen = np.zeros(len(full), bool)
    for start, end in zip(starts[thin], ends[thin], strict=True):
        chosen[max(0, start - 2) : end + 2] = True
    everywhere = np.indices(mask.shape).reshape(2, -1)
    return chosen[_sheared(*everywhere, tilt, mask.shape)].reshape(mask.shape)


def _tilt(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> float:
    """The tilt at which points pile up most: the sum of squares of their projection is largest."""
    step = -(-len(rows) // MOST_SAMPLES)
    rows, columns = rows[::step], columns[::step]
    tilts = np.linspace(-MOST_TILT, MOST_TILT, TILTS)
    piles = [
        (np.bincount(_sheared(rows, columns, tilt, shape), minlength=_span(shape)).astype(np.float64) ** 2).sum()
        for tilt in tilts
    ]
    return float(tilts[int(np.argmax(piles))])


def _sheared(rows: np.ndarray, columns: np.ndarray, tilt: float, shape: tuple[int, int]) -> np.ndarray:
    """The row that each point comes to when lines of that tilt are made level; 0 or more, below `_span`."""
    return np.rint(rows - tilt * (columns - shape[1] / 2) + MOST_TILT * shape[1] / 2).astype(np.int64) + 1


def _span(shape: tuple[int, int]) -> int:
    return shape[0] + int(MOST_TILT * shape[1]) + 4


def _thick(mask: np.ndarray) -> np.ndarray:
    """Points of the mask (h, w) with more of it above and below than the lines are thick."""
    most = int(max(THICKEST_PX, THICKEST * max(mask.shape))) + 2
    height = np.cumsum(mask, axis=0)
    padded = np.pad(height, ((most + 1, most), (0, 0)), mode="edge")
    padded[: most + 1] = 0
    return mask & ((padded[2 * most + 1 :] - padded[: -2 * most - 1]) > most)
