"""Drawings as lines beside their images, packed so that a million of them can lie in a file and be read one by one.

Left out on purpose: drawing them, which `redrawing.py` does, and the file, which is `packed.py`'s."""

from dataclasses import dataclass

import numpy as np

from .lazy import release

# A box is 20 pixels wide, so that 256ths of one, from its middle, are within 16 bits; the pen is 2.6 pixels wide.
PER_PX = 256
PEN_UP = np.int16(-32768)
# Points closer together than this show nothing that the pen does not cover.
APART_PX = 0.25
NOWHERE = -1


def pack(lines: list[np.ndarray]) -> np.ndarray:
    """Lines (k, 2) in pixels from the middle of their box -> int16 (m, 2), a point of PEN_UP between two lines."""
    packed = []
    for line in lines:
        packed += [np.rint(np.clip(spread(line), -100, 100) * PER_PX).astype(np.int16), np.full((1, 2), PEN_UP)]
    return np.concatenate(packed[:-1]) if packed else np.empty((0, 2), np.int16)


def unpack(points: np.ndarray) -> list[np.ndarray]:
    """What `pack` made -> lines (k, 2), float64 in pixels; none of no points."""
    if not len(points):
        return []
    ups = np.flatnonzero(points[:, 0] == PEN_UP)
    starts, ends = np.concatenate([[0], ups + 1]), np.append(ups, len(points))
    return [points[start:end] / PER_PX for start, end in zip(starts, ends, strict=True)]


def spread(line: np.ndarray) -> np.ndarray:
    """The line without points in the same cell of a grid of APART_PX as the point before them; its ends stay."""
    cells = np.rint(line / APART_PX)
    kept = np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)])
    kept[-1] = True
    return line[kept]


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of each image of a data set: `rows` (n,) names the drawing, or is NOWHERE for an image without.

    `points` int16 (m, 2) are all drawings' one behind the other, as `pack` makes them, `ends` (d,) where each one's
    end; both may be mapped files."""

    points: np.ndarray
    ends: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: slice | np.ndarray) -> "Lines":
        return Lines(self.points, self.ends, self.rows[index])

    def known(self, images: np.ndarray) -> np.ndarray:
        """Which of the images (n,) there are lines of, (n,) bool."""
        rows = self.rows[images]
        known = rows != NOWHERE
        starts = np.where(rows[known] > 0, self.ends[rows[known] - 1], 0)
        known[known] = self.ends[rows[known]] > starts
        return known

    def of(self, image: int) -> list[np.ndarray]:
        """The lines (k, 2) of an image, float64 in pixels from the middle of their box; none if it was not drawn."""
        row = int(self.rows[image])
        if row == NOWHERE:
            return []
        return unpack(self.points[int(self.ends[row - 1]) if row else 0 : int(self.ends[row])])

    def beside(self, before: int, behind: int) -> "Lines":
        """The same in a data set with so many more images before and behind them, which were not drawn."""
        none_before, none_behind = np.full(before, NOWHERE), np.full(behind, NOWHERE)
        return Lines(self.points, self.ends, np.concatenate([none_before, self.rows, none_behind]))

    def release(self) -> None:
        """Give back the memory that reading a mapped file took."""
        if isinstance(self.points, np.memmap):
            release(self.points)
