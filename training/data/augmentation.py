"""Small affine changes of the training images: what a hand varies without changing the digit.

Left out on purpose: strong changes, which hurt short trainings, and anything that could turn a 6 into a 9."""

from dataclasses import astuple, dataclass
from math import ceil, isfinite

import numpy as np

# Images that share a warp: drawing and applying one costs as much as several images, and a batch sees many anyway.
IMAGES_PER_WARP = 8
BORDER = 3


@dataclass(frozen=True)
class Augmentation:
    """The largest changes, each drawn evenly from minus to plus: degrees, shares of the size, and pixels."""

    rotation_degrees: float = 8.0
    scale: float = 0.08
    shear: float = 0.08
    shift_px: float = 1.5

    def __post_init__(self) -> None:
        for name, limit in (("rotation_degrees", 45), ("scale", 0.5), ("shear", 0.5), ("shift_px", 8)):
            value = getattr(self, name)
            if not (isfinite(value) and 0 <= value <= limit):
                raise ValueError(f"augmentation's {name} must lie between 0 and {limit}, not {value}")

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return changed copies of images (n, rows, columns), uint8, as float32 from 0 to 1.

        The result is a view whose memory lies pixel by pixel, batch innermost, as the network wants it.
        """
        maps, shifts = self._draw(ceil(len(images) / IMAGES_PER_WARP), rng)
        return warp(images, maps, shifts)

    def _draw(self, groups: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return maps (groups, 2, 2) and shifts (groups, 2) from pixels of the result to pixels of the image."""
        rotation_degrees, scale, shear, shift_px = astuple(self)
        angle = np.radians(rng.uniform(-rotation_degrees, rotation_degrees, groups))
        rotation = np.moveaxis([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], 2, 0)
        stretch = np.zeros((groups, 2, 2))
        stretch[:, [0, 1], [0, 1]] = 1 + rng.uniform(-scale, scale, (groups, 2))
        stretch[:, 1, 0] = rng.uniform(-shear, shear, groups)  # columns move with the row: slant
        return rotation @ stretch, rng.uniform(-shift_px, shift_px, (groups, 2))


def warp(images: np.ndarray, maps: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Return images (n, rows, columns) resampled bilinearly, each IMAGES_PER_WARP by one of `maps` and `shifts`."""
    n, rows, columns = images.shape
    groups = len(maps)
    pixels = bordered(images, groups)  # (groups * bordered pixels, IMAGES_PER_WARP)
    corner, fraction = source_places(maps, shifts, rows, columns)  # (groups, pixels) and (2, groups, pixels, 1)
    down, right = fraction
    result = 0
    for row_step, row_weight in ((0, 1 - down), (1, down)):
        for column_step, column_weight in ((0, 1 - right), (1, right)):
            neighbour = np.take(pixels, corner + row_step * (columns + BORDER) + column_step, axis=0)
            result = result + neighbour * (row_weight * column_weight)  # (groups, pixels, IMAGES_PER_WARP)
    by_pixel = np.ascontiguousarray(result.transpose(1, 0, 2)).reshape(rows, columns, -1)
    return by_pixel[:, :, :n].transpose(2, 0, 1).clip(0, 1)


def bordered(images: np.ndarray, groups: int) -> np.ndarray:
    """Return the images in black borders, float32 from 0 to 1, (groups * bordered pixels, IMAGES_PER_WARP).

    The border has a pixel before the first row and column and two behind the last, so that every place outside has
    four black neighbours.
    """
    n, rows, columns = images.shape
    padded = np.zeros((groups * IMAGES_PER_WARP, rows + BORDER, columns + BORDER), np.float32)
    np.multiply(images, np.float32(1 / 255), out=padded[:n, 1 : 1 + rows, 1 : 1 + columns])
    by_pixel = padded.reshape(groups, IMAGES_PER_WARP, -1).transpose(0, 2, 1)
    return by_pixel.reshape(-1, IMAGES_PER_WARP)


def source_places(
    maps: np.ndarray, shifts: np.ndarray, rows: int, columns: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return where each pixel of the result comes from: the index of the upper left of its four neighbours in
    `bordered`, (groups, pixels), and how far it lies below and to the right of it, each (groups, pixels, 1)."""
    centre = np.array([(rows - 1) / 2, (columns - 1) / 2])
    grid = np.indices((rows, columns)).reshape(2, -1) - centre[:, None]  # (2, pixels)
    places = maps @ grid + (centre + shifts)[:, :, None] + 1  # (groups, 2, pixels), + 1 for the border
    row = places[:, 0].clip(0, rows + 1)
    column = places[:, 1].clip(0, columns + 1)
    top, left = row.astype(np.intp), column.astype(np.intp)
    group_start = np.arange(len(maps))[:, None] * ((rows + BORDER) * (columns + BORDER))
    fractions = (row - top).astype(np.float32)[..., None], (column - left).astype(np.float32)[..., None]
    return group_start + top * (columns + BORDER) + left, fractions
