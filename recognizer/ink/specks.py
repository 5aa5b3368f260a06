"""Specks of dust beside a digit, dropped because one far-off speck would set the crop.

Parts that touch, or nearly, are one; a digit in two strokes keeps both. What a part is a picture of is not asked.
"""

import numpy as np

GRID_SIDE = 64
INSIDE_SHARE = 0.06  # of the heaviest part: enough to be the digit where that one comes from outside
LEAST_SHARE = 0.04  # of the heaviest part's ink: the flag of a 5 has more, dust less


def without_specks(ink: np.ndarray) -> np.ndarray:
    """uint8 (h, w) -> the same without the parts that have less than a 25th of the heaviest part's ink."""
    cell = -(-max(ink.shape) // GRID_SIDE)
    weights = _pooled(ink, cell)
    parts = connected(weights > 0)
    sums = np.bincount(parts.reshape(-1), weights.reshape(-1))
    kept = (sums >= LEAST_SHARE * sums.max()) & ~_from_outside(parts, sums)
    kept = kept[parts]
    fine = np.repeat(np.repeat(kept, cell, axis=0), cell, axis=1)[: ink.shape[0], : ink.shape[1]]
    return ink * fine


def _from_outside(parts: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Which parts run in over the edge, boolean by number: a table's edge, a shadow's; none if nothing else is left."""
    edges = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    outside = np.zeros(len(sums), bool)
    outside[edges[edges > 0]] = True
    inside = np.where(outside, 0, sums).max()
    longest = max(sums.max(), 1)
    return outside if inside >= INSIDE_SHARE * longest else np.zeros(len(sums), bool)


def connected(mask: np.ndarray) -> np.ndarray:
    """A number for each pixel of (h, w), the same for those that touch, diagonals included; 0 outside of the mask.

    Each pixel takes the largest number among its neighbours, then the number which that pixel has by now: the jumps
    double in length, so that a spiral takes a few rounds and no recursion.
    """
    height, width = mask.shape
    inner = (slice(1, height + 1), slice(1, width + 1))
    wide = np.zeros((height + 2, width + 2), np.int64)
    wide[inner] = np.arange(1, mask.size + 1).reshape(mask.shape) * mask
    while True:
        across = np.maximum(np.maximum(wide[:, :-2], wide[:, 1:-1]), wide[:, 2:])
        found = np.maximum(np.maximum(across[:-2], across[1:-1]), across[2:]) * mask
        found = np.concatenate(([0], found.reshape(-1)))[found]
        if (found == wide[inner]).all():
            return found
        wide[inner] = found


def _pooled(ink: np.ndarray, cell: int) -> np.ndarray:
    """Sums over cells of cell x cell pixels, float64."""
    height, width = ink.shape
    padded = np.pad(ink.astype(np.float64), ((0, -height % cell), (0, -width % cell)))
    rows, columns = padded.shape[0] // cell, padded.shape[1] // cell
    return padded.reshape(rows, cell, columns, cell).sum(axis=(1, 3))
