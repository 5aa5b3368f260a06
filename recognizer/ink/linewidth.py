"""Lines brought to the width that MNIST's have, for bitmaps, where the pen cannot be chosen.

Width is read off the distances inside of the ink and changed by moving the outline; no skeleton is taken. Lines
that are as wide as MNIST's stay untouched, grey levels and all.
"""

import numpy as np

from .normalise import AT_SCALE, AT_SCALE_BAND_PX, BOX_SIDE, WIDTH_BAND_PX, WORK_SIDE, crop, resized

REACH_PX = WORK_SIDE // 4  # lines as wide as half of the digit are still measured
WHOLE = 0.8  # of its ink that an outline has to enclose


def evened(ink: np.ndarray) -> np.ndarray:
    """Cropped ink, uint8 (h, w) -> the same, or redrawn with wider or narrower lines and cropped again."""
    mask = outline_of(ink)
    if not mask.any():
        return ink
    width = line_width(mask) * BOX_SIDE / WORK_SIDE
    wanted = float(np.clip(width, *(AT_SCALE_BAND_PX if max(ink.shape) in AT_SCALE else WIDTH_BAND_PX)))
    if width == wanted:
        return ink
    # The box grows with its lines, by 2 x grow: width + 2 grow = wanted / 20 x (80 + 2 grow), in units of the work.
    grow = (wanted - width) * WORK_SIDE / BOX_SIDE / (2 * (1 - wanted / BOX_SIDE))
    outwards = signed_distance(np.pad(mask, REACH_PX))
    redrawn = np.rint(np.clip(grow - outwards + 0.5, 0, 1) * 255).astype(np.uint8)
    return crop(redrawn) if redrawn.any() else ink


def outline_of(ink: np.ndarray) -> np.ndarray:
    """uint8 (h, w) -> boolean, the longest side WORK_SIDE: what is at least half ink.

    Lines thinner than a pixel of that would break up; they are first spread by a pixel of their own size at a time.
    """
    while True:
        small = resized(ink, WORK_SIDE)
        mask = small >= 128
        if mask.sum() >= WHOLE * small.sum() / 255 or max(ink.shape) <= WORK_SIDE:
            return mask
        ink = _spread(np.pad(ink, 1))


def _spread(ink: np.ndarray) -> np.ndarray:
    """Each pixel takes the most ink of itself and its four neighbours; (h, w), the outermost unchanged."""
    wider = ink.copy()
    for part in (ink[:-2, 1:-1], ink[2:, 1:-1], ink[1:-1, :-2], ink[1:-1, 2:]):
        np.maximum(wider[1:-1, 1:-1], part, out=wider[1:-1, 1:-1])
    return wider


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
