"""Specks of dust beside a digit, dropped because one far-off speck would set the crop.

Parts that touch, or nearly, are one; a digit in two strokes keeps both. What a part is a picture of is not asked.
"""

import numpy as np

GRID_SIDE = 64
LEAST_SHARE = 0.04  # of the heaviest part's ink: the flag of a 5 has more, dust less


def without_specks(ink: np.ndarray) -> np.ndarray:
    """uint8 (h, w) -> the same without the parts that have less than a 25th of the heaviest part's ink."""
    cell = -(-max(ink.shape) // GRID_SIDE)
    weights = _pooled(ink, cell)
    parts = connected(weights > 0)
    sums = np.bincount(parts.reshape(-1), weights.reshape(-1))
    kept = sums[parts] >= LEAST_SHARE * sums.max()
    fine = np.repeat(np.repeat(kept, cell, axis=0), cell, axis=1)[: ink.shape[0], : ink.shape[1]]
    return ink * fine


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
