"""Lines brought to the width that MNIST's have, for bitmaps, where the pen cannot be chosen.

Width is read off the distances inside of the ink and changed by moving the outline; no skeleton is taken. Lines
that are as wide as MNIST's stay untouched, grey levels and all.
"""

import numpy as np

from .normalise import BOX_SIDE, WIDTH_BAND_PX, WORK_SIDE, crop, resized

REACH_PX = WORK_SIDE // 4  # lines as wide as half of the digit are still measured


def evened(ink: np.ndarray) -> np.ndarray:
    """Cropped ink, uint8 (h, w) -> the same, or redrawn with wider or narrower lines and cropped again."""
    mask = resized(ink, WORK_SIDE) >= 128
    if not mask.any():
        return ink
    width = line_width(mask) * BOX_SIDE / WORK_SIDE
    wanted = float(np.clip(width, *WIDTH_BAND_PX))
    if width == wanted:
        return ink
    # The box grows with its lines, by 2 x grow: width + 2 grow = wanted / 20 x (80 + 2 grow), in units of the work.
    grow = (wanted - width) * WORK_SIDE / BOX_SIDE / (2 * (1 - wanted / BOX_SIDE))
    outwards = signed_distance(np.pad(mask, REACH_PX))
    redrawn = np.rint(np.clip(grow - outwards + 0.5, 0, 1) * 255).astype(np.uint8)
    return crop(redrawn) if redrawn.any() else ink


def line_width(mask: np.ndarray) -> float:
    """The mean width of the lines in a boolean (h, w), in pixels.

    Distances from the edge run evenly from 0 to half the width, so that their mean is a quarter of it.
    """
    mask = np.pad(mask, 1)
    return 4 * float(distance_to(~mask)[mask].mean() - 0.5)


def signed_distance(mask: np.ndarray) -> np.ndarray:
    """Distance to the outline of a boolean (h, w), negative inside, no more than REACH_PX each way; float32."""
    return np.where(mask, 0.5 - distance_to(~mask), distance_to(mask) - 0.5)


def distance_to(mask: np.ndarray) -> np.ndarray:
    """Euclidean distance of each pixel to the nearest in `mask`, at most REACH_PX + 1, float32 (h, w).

    Exact and separable: first along columns, then along rows, the least of offset squared plus what is found there
    (Felzenszwalb and Huttenlocher 2012, without their lower envelope, which needs a loop over pixels).
    """
    squared = np.where(mask, 0, (REACH_PX + 1) ** 2).astype(np.float32)
    for view in (squared, squared.T):
        found = view.copy()
        for step in range(1, REACH_PX + 1):
            np.minimum(view[step:], found[:-step] + step * step, out=view[step:])
            np.minimum(view[:-step], found[step:] + step * step, out=view[:-step])
    return np.sqrt(squared)
