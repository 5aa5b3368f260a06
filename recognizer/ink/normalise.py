"""MNIST's recipe: the ink in a box of 20 pixels with its aspect kept, its centre of mass in the middle of 28 x 28.

The source is LeCun, Bottou, Bengio, Haffner 1998 ("Gradient-based learning applied to document recognition",
section III-A); what the paper leaves open was measured on its images. Finding the ink is not done here.
"""

import numpy as np
from PIL import Image

IMAGE_SIDE = 28
BOX_SIDE = 20
CENTRE = 14.0  # pixel index; mean over the 60,000 training images: 14.007 and 13.996, range 13.5 to 14.5
PEN_WIDTH_PX = 2.6  # drawn so, lines measure as wide as MNIST's do: docs/decisions/0003-ink-constants.md
# Lines as wide as these stay as they are: from about the pen's to those of MNIST's boldest images. Ink that is at
# MNIST's scale already keeps the width of 95 in 100 MNIST images.
WIDTH_BAND_PX, AT_SCALE_BAND_PX = (2.3, 4.0), (1.5, 4.0)
WORK_SIDE = 80  # pixels for the longest side while outlines are moved: four to a pixel of MNIST
AT_SCALE = (BOX_SIDE - 1, BOX_SIDE, BOX_SIDE + 1)  # a box that begins between two pixels touches one more
MARGIN_PX = (IMAGE_SIDE - BOX_SIDE) / 2


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    """x and y in pixel indices of an image with any ink in it, float64 (2,)."""
    columns, rows = image.sum(axis=0, dtype=np.float64), image.sum(axis=1, dtype=np.float64)
    return np.array([columns @ np.arange(len(columns)), rows @ np.arange(len(rows))]) / columns.sum()


def box_offset(mass_from_middle: np.ndarray) -> np.ndarray:
    """Where the middle of the box goes, in pixel indices, so that the centre of mass is at 14.0.

    Very lopsided ink stays short of it: nothing of the box is cut off.
    """
    middle = (IMAGE_SIDE - 1) / 2
    return np.clip(CENTRE - mass_from_middle, middle - MARGIN_PX, middle + MARGIN_PX)


def bounds(ink: np.ndarray) -> tuple[tuple[int, int], tuple[int, int]]:
    """First row and column with ink, and the ones after the last, of an image (h, w) that has some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return (int(rows[0]), int(columns[0])), (int(rows[-1]) + 1, int(columns[-1]) + 1)


def crop(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle with all non-zero pixels of `ink` (h, w), which must have some."""
    (top, left), (bottom, right) = bounds(ink)
    return ink[top:bottom, left:right]


def to_mnist(ink: np.ndarray) -> np.ndarray:
    """Cropped ink, uint8 (h, w), 0 ground and 255 ink -> uint8 (28, 28)."""
    at_scale = max(ink.shape) in AT_SCALE
    if not at_scale and max(ink.shape) < WORK_SIDE:
        ink = resized(ink, WORK_SIDE)  # enlarged first, since averaging areas of few pixels leaves blocks
    scale = 1.0 if at_scale else BOX_SIDE / max(ink.shape)
    sides = np.array(ink.shape[::-1])
    offset = box_offset((centre_of_mass(ink) - (sides - 1) / 2) * scale)
    corner = offset + 0.5 - sides * scale / 2  # in pixel edges: pixel i reaches from i to i + 1
    if at_scale:
        corner = np.rint(corner)  # half pixels would only blur
    return placed(ink, scale, corner, IMAGE_SIDE)


def placed(ink: np.ndarray, scale: float, corner: np.ndarray, side: int) -> np.ndarray:
    """`ink` (h, w) shrunk by area averaging into an image (side, side), its corner at `corner` (x, y), full range."""
    down = _overlap(ink.shape[0], scale, corner[1], side)  # (side, h)
    across = _overlap(ink.shape[1], scale, corner[0], side)  # (side, w)
    image = down @ ink.astype(np.float32) @ across.T
    return np.rint(image * (255 / image.max())).astype(np.uint8)


def _overlap(length: int, scale: float, start: float, side: int) -> np.ndarray:
    """Share of target pixel i that source pixel j covers, float32 (side, length): area averaging as a matrix."""
    edges = start + scale * np.arange(length + 1)
    pixels = np.arange(side)[:, None]
    return np.clip(np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels), 0, None).astype(np.float32)


def resized(image: np.ndarray, longest: int) -> np.ndarray:
    """uint8 (h, w) scaled so that its longest side is `longest`, smooth both ways."""
    height, width = image.shape
    zoom = longest / max(height, width)
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
