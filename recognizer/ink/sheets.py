"""A sheet, a card or a screen in a photograph: the part of the picture that the digit is on.

Told by its even brightness, and by filling its own box. Whether there is a digit on it, somebody else finds out.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image

from .levels import split
from .specks import connected

SIDE = 64
LEAST_SIDE_PX = 128  # smaller ones are no photographs of a table
LEAST_CONTRAST = 35  # grey levels of 255 between sheet and table
# Of the picture. A dark one has to be larger: a bold 0 is dark, and nearly fills its box.
LEAST_LIGHT_AREA, LEAST_DARK_AREA, MOST_AREA = 0.33, 0.5, 0.9
LEAST_FILL = 0.55  # of its own box, with a large 0 on it
LEAST_WHOLE = 0.84  # of its own box, with the inside of that 0: a sheet askew by some degrees, and no ellipse
INSET = 0.02  # of the sheet, at each edge, which its own edge may run through


class Sheet(NamedTuple):
    """Rows and columns of a sheet in a picture; `surrounded` if ground shows on three sides of it at least: where it
    shows on fewer, the "sheet" may be light and shade that meet."""

    rows: slice
    columns: slice
    surrounded: bool


def sheet_in(gray: np.ndarray) -> Sheet | None:
    """uint8 (h, w) -> the sheet in it, or None if the whole picture is one ground."""
    if min(gray.shape) < LEAST_SIDE_PX:
        return None
    small = np.asarray(Image.fromarray(gray).resize((SIDE, SIDE), Image.Resampling.BOX), np.float64)
    threshold, contrast = split(small)
    if contrast < LEAST_CONTRAST:
        return None
    box = _box(small > threshold, LEAST_LIGHT_AREA) or _box(small <= threshold, LEAST_DARK_AREA)
    if box is None:
        return None
    inner = []
    for (start, end), length in zip(box, gray.shape, strict=True):
        inset = max(1.0, (end - start) * INSET)
        inner.append(slice(int((start + inset) * length / SIDE), int((end - inset) * length / SIDE)))
    free = sum(start > 0 for start, _ in box) + sum(end < SIDE for _, end in box)
    return Sheet(*inner, surrounded=free >= 3)


def _box(part: np.ndarray, least_area: float) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """First and last row and column of the largest region of (64, 64), if it can be a sheet with ground around it."""
    regions = connected(part)
    sizes = np.bincount(regions.ravel())
    sizes[0] = 0
    region = regions == int(np.argmax(sizes))
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    area = (bottom - top) * (right - left)
    if not least_area <= area / SIDE**2 <= MOST_AREA or region.sum() < LEAST_FILL * area:
        return None
    if _filled(region).sum() < LEAST_WHOLE * area:
        return None
    return (int(top), int(bottom)), (int(left), int(right))


def _filled(region: np.ndarray) -> np.ndarray:
    """The region (h, w) with what it encloses, such as the inside of a 0."""
    others = connected(~region)
    outside = np.unique(np.concatenate([others[0], others[-1], others[:, 0], others[:, -1]]))
    return region | ~np.isin(others, outside[outside > 0])
