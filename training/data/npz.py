"""Images, labels and writers in numpy's .npz, streamed: a million images never stand in memory together.

Left out on purpose: objects. Their arrays are pickles, which run code when they are read."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

MAX_IMAGE_PIXELS = 50_000_000
BLOCK_BYTES = 1 << 20


class NpzError(ValueError):
    """The file is not what it has to be; the message names the value."""


class Images:
    """Iterates over (image uint8 (h, w), label, writer): rows of `images` (n, h, w), `labels` (n,), perhaps `writers`.

    Raises NpzError, at once where shapes or types are wrong.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise NpzError(f"it is no .npz file ({error})") from None
        self._shape, dtype, fortran = self._header("images")
        if len(self._shape) != 3 or dtype != np.uint8 or fortran or 0 in self._shape[1:]:
            order = ", columns first" if fortran else ""
            raise NpzError(f"images must be uint8 of shape (n, height, width), not {dtype} of {self._shape}{order}")
        if self._shape[1] * self._shape[2] > MAX_IMAGE_PIXELS:
            raise NpzError(f"images of {self._shape[1]} x {self._shape[2]} pixels are too large")
        self._labels = self._column("labels", "iu")
        self._writers = self._column("writers", "iuU") if "writers.npy" in self._archive.namelist() else None

    def __len__(self) -> int:
        return self._shape[0]

    def __iter__(self) -> Iterator[tuple[np.ndarray, int, int | str | None]]:
        count, height, width = self._shape
        try:
            with self._archive.open("images.npy") as member:
                _read_header(member)
                for number in range(count):
                    gray = np.frombuffer(_exactly(member, height * width), np.uint8).reshape(height, width)
                    yield gray, self._labels[number], None if self._writers is None else self._writers[number]
        except zipfile.BadZipFile as error:
            raise NpzError(f"it is damaged ({error})") from None

    def _header(self, name: str) -> tuple[tuple[int, ...], np.dtype, bool]:
        try:
            with self._archive.open(f"{name}.npy") as member:
                return _read_header(member)
        except KeyError:
            there = ", ".join(self._archive.namelist()[:8]) or "nothing"
            raise NpzError(f"it must hold images and labels; it has no {name}, but {there}") from None
        except (ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise NpzError(f"{name} cannot be read ({error!s:.100})") from None

    def _column(self, name: str, kinds: str) -> list:
        """One plain value for each image."""
        shape, dtype, _ = self._header(name)
        if shape != self._shape[:1] or dtype.kind not in kinds or dtype.itemsize > 1024:
            raise NpzError(f"{name} must be one for each of {self._shape[0]} images, not {dtype} of {shape}")
        try:
            with self._archive.open(f"{name}.npy") as member:
                _read_header(member)
                return np.frombuffer(_exactly(member, shape[0] * dtype.itemsize), dtype).tolist()
        except zipfile.BadZipFile as error:
            raise NpzError(f"{name} is damaged ({error})") from None


def _read_header(member: BinaryIO) -> tuple[tuple[int, ...], np.dtype, bool]:
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)
    else:
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(member)
    return shape, dtype, fortran


def _exactly(member: BinaryIO, count: int) -> bytes:
    """Read in blocks, so that a header that promises more than there is costs nothing."""
    parts = []
    while count > 0:
        part = member.read(min(count, BLOCK_BYTES))
        if not part:
            raise NpzError(f"it ends {count:,} bytes too early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
