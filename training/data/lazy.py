"""Images that are read when they are asked for: of a mapped file, of several parts, of some rows of others.

They answer like an array to what a training asks: length, shape, dtype, and a slice or an array of indices, for which
they give an array of their own. Left out on purpose: writing."""

import mmap
from typing import Protocol

import numpy as np

SIDE = 28


class Images(Protocol):
    """An array (n, 28, 28) uint8, or what answers like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int | slice | np.ndarray) -> np.ndarray: ...


class Lazy:
    """What the three have in common; `_take` reads rows (m,) int64, all of them between 0 and the length."""

    dtype = np.dtype(np.uint8)
    ndim = 3

    def __init__(self, length: int) -> None:
        self.shape = (length, SIDE, SIDE)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: int | slice | np.ndarray) -> np.ndarray:
        if isinstance(index, slice):
            return self._take(np.arange(*index.indices(len(self))))
        rows = np.asarray(index)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if rows.size and not -len(self) <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"there are {len(self)} images, and {rows.min()} to {rows.max()} were asked for")
        rows = np.where(rows < 0, rows + len(self), rows)
        return self._take(rows) if rows.ndim else self._take(rows[None])[0]

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def _take(self, rows: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Mapped(Lazy):
    """Images of a file that is mapped into memory; what was read is given back, and stays in the system's cache only.

    Without that, a training that has seen a million images would keep all of them."""

    def __init__(self, array: np.memmap) -> None:
        super().__init__(len(array))
        self._array = array

    def _take(self, rows: np.ndarray) -> np.ndarray:
        taken = np.take(self._array, rows, axis=0)
        release(self._array)
        return np.asarray(taken)


class Joined(Lazy):
    """Parts one behind the other."""

    def __init__(self, parts: list[Images]) -> None:
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])
        super().__init__(int(self._ends[-1]))

    def _take(self, rows: np.ndarray) -> np.ndarray:
        taken = np.empty((len(rows), SIDE, SIDE), np.uint8)
        owner = np.searchsorted(self._ends, rows, side="right")
        for number, part in enumerate(self._parts):
            places = np.flatnonzero(owner == number)
            if len(places):
                taken[places] = part[rows[places] - (self._ends[number] - len(part))]
        return taken


class Picked(Lazy):
    """Some rows (m,) of others."""

    def __init__(self, images: Images, rows: np.ndarray) -> None:
        super().__init__(len(rows))
        self._images, self._rows = images, rows

    def _take(self, rows: np.ndarray) -> np.ndarray:
        return self._images[self._rows[rows]]


def release(array: np.memmap) -> None:
    """Give the memory of a mapped file back to the system, where it lets itself be told; it is read again on need."""
    if hasattr(mmap, "MADV_DONTNEED"):
        array._mmap.madvise(mmap.MADV_DONTNEED)  # numpy has no name of its own for it
