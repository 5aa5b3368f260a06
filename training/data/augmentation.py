"""Small changes of the training images, affine and elastic: what a hand varies without changing the digit.

Left out on purpose: strong changes, which hurt short trainings, and anything that could turn a 6 into a 9."""

from dataclasses import dataclass, fields
from math import ceil, isfinite

import numpy as np

# Images that share a warp: drawing one costs as much as applying it to many.
IMAGES_PER_WARP = 32
BORDER = 3
LIMITS = {"rotation_degrees": 45, "scale": 0.5, "shear": 0.5, "shift_px": 8, "elastic_px": 3}
# How far the places lie apart that an elastic change moves on their own.
ELASTIC_SIGMA_PX = 4.0


@dataclass(frozen=True)
class Augmentation:
    """The largest changes, each drawn evenly from minus to plus: degrees, shares of the size, and pixels.

    `elastic_px` is the standard deviation of a smooth field by which each pixel moves on its own: Simard, Steinkraus,
    Platt: Best Practices for Convolutional Neural Networks (2003).
    """

    rotation_degrees: float = 8.0
    scale: float = 0.08
    shear: float = 0.08
    shift_px: float = 1.5
    elastic_px: float = 0.0

    def __post_init__(self) -> None:
        for name, value in ((field.name, getattr(self, field.name)) for field in fields(self)):
            limit = LIMITS[name]
            if not (isfinite(value) and 0 <= value <= limit):
                raise ValueError(f"augmentation's {name} must lie between 0 and {limit}, not {value}")

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return changed copies of images (n, rows, columns), uint8, as float32 from 0 to 1.

        Each IMAGES_PER_WARP that stand together are changed in the same way. The result is a view whose memory lies
        pixel by pixel, batch innermost, as the network wants it.
        """
        groups = ceil(len(images) / IMAGES_PER_WARP)
        maps, shifts = self._draw(groups, rng)
        fields = smooth_fields(groups, images.shape[1:], rng) * self.elastic_px if self.elastic_px else None
        return warp(images, maps, shifts, fields)

    def _draw(self, groups: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return maps (groups, 2, 2) and shifts (groups, 2) from pixels of the result to pixels of the image."""
        angle = np.radians(rng.uniform(-self.rotation_degrees, self.rotation_degrees, groups))
        rotation = np.moveaxis([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], 2, 0)
        stretch = np.zeros((groups, 2, 2))
        stretch[:, [0, 1], [0, 1]] = 1 + rng.uniform(-self.scale, self.scale, (groups, 2))
        stretch[:, 1, 0] = rng.uniform(-self.shear, self.shear, groups)  # columns move with the row: slant
        return rotation @ stretch, rng.uniform(-self.shift_px, self.shift_px, (groups, 2))


def smooth_fields(groups: int, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return fields (groups, 2, rows, columns) of which each value is N(0, 1) and alike to its neighbours."""
    rows, columns = (gaussian(side) for side in shape)
    return rows @ rng.standard_normal((groups, 2, *shape)) @ columns.T


def gaussian(side: int) -> np.ndarray:
    """Return the matrix (side, side) that smooths noise of variance 1 into noise of variance 1."""
    distance = np.arange(side)[:, None] - np.arange(side)
    weights = np.exp(-((distance / ELASTIC_SIGMA_PX) ** 2) / 2)
    return weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))


def warp(images: np.ndarray, maps: np.ndarray, shifts: np.ndarray, fields: np.ndarray | None = None) -> np.ndarray:
    """Return images (n, rows, columns) resampled bilinearly, each IMAGES_PER_WARP by one of the warps.

    A warp is a map (2, 2) about the centre, a shift (2,) and maybe a field (2, rows, columns), all in pixels.
    """
    n, rows, columns = images.shape
    result = np.empty((rows * columns, n), np.float32)
    for group in range(len(maps)):
        part = slice(group * IMAGES_PER_WARP, (group + 1) * IMAGES_PER_WARP)
        field = None if fields is None else fields[group]
        corner, weights = source_places(maps[group], shifts[group], field, rows, columns)
        pixels = bordered(images[part])
        changed = 0
        for step, weight in zip((0, 1, columns + BORDER, columns + BORDER + 1), weights, strict=True):
            neighbour = np.take(pixels, corner + step, axis=0)  # (pixels, images)
            neighbour *= weight
            changed = neighbour if step == 0 else np.add(changed, neighbour, out=changed)
        result[:, part] = np.minimum(changed, 1, out=changed)
    return result.reshape(rows, columns, n).transpose(2, 0, 1)


def bordered(images: np.ndarray) -> np.ndarray:
    """Return images (n, rows, columns) in black borders, float32 from 0 to 1, (bordered pixels, n).

    The border has a pixel before the first row and column and two behind the last, so that every place outside has
    four black neighbours.
    """
    n, rows, columns = images.shape
    padded = np.zeros((rows + BORDER, columns + BORDER, n), np.float32)
    np.multiply(images.transpose(1, 2, 0), np.float32(1 / 255), out=padded[1 : 1 + rows, 1 : 1 + columns])
    return padded.reshape(-1, n)


def source_places(
    matrix: np.ndarray, shift: np.ndarray, field: np.ndarray | None, rows: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return where each pixel of the result comes from: the index (pixels,) of the upper left of its four neighbours
    in `bordered`, and the weights of the four, (4, pixels, 1): upper left and right, lower left and right."""
    centre = np.array([(rows - 1) / 2, (columns - 1) / 2])
    grid = np.indices((rows, columns)).reshape(2, -1) - centre[:, None]  # (2, pixels)
    places = matrix @ grid + (centre + shift)[:, None] + 1  # (2, pixels), + 1 for the border
    if field is not None:
        places += field.reshape(2, -1)
    row = places[0].clip(0, rows + 1)
    column = places[1].clip(0, columns + 1)
    top, left = row.astype(np.intp), column.astype(np.intp)
    down, right = row - top, column - left
    weights = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
    return top * (columns + BORDER) + left, weights.astype(np.float32)[..., None]
