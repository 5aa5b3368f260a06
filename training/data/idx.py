"""The IDX format that MNIST comes in: a magic number with type and dimensions, the sizes, then the values.

Left out on purpose: every type but unsigned bytes, and trust. The sizes must fit the bytes that are there."""

import gzip
import struct
import zlib
from math import prod
from pathlib import Path

import numpy as np

UNSIGNED_BYTE = 0x08
MAX_DIMENSIONS = 4
# MNIST's largest file has 47,040,016 bytes; a file that unpacks to more than this is none of ours.
MAX_BYTES = 500_000_000
GZIP_MAGIC = b"\x1f\x8b"


class IdxError(ValueError):
    """A file is not IDX, or not whole; the message names the file and what is wrong with it."""


def read_idx(path: str | Path, *, max_bytes: int = MAX_BYTES) -> np.ndarray:
    """Return the array in an IDX file, packed with gzip or not, uint8, read-only; raise IdxError.

    Format: LeCun, Cortes, Burges, The MNIST database of handwritten digits: big-endian; two zero bytes, type, number of
    dimensions, then each size in four bytes.
    """
    try:
        data = read_bytes(path, max_bytes=max_bytes)
    except (OSError, EOFError, zlib.error) as error:
        raise IdxError(f"{path} cannot be read: {error}. Delete it and fetch it again.") from None
    try:
        return parse(data)
    except IdxError as error:
        raise IdxError(f"{path} is not a whole IDX file: {error}. Delete it and fetch it again.") from None


def read_bytes(path: str | Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return a file's content, unpacked if it is gzip; raise OSError, EOFError or zlib.error."""
    with open(path, "rb") as file:
        packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        data = (gzip.GzipFile(fileobj=file) if packed else file).read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OSError(f"it holds more than the {max_bytes} bytes allowed")
    return data


def parse(data: bytes) -> np.ndarray:
    """Return the array in the bytes of an unpacked IDX file."""
    if len(data) < 4:
        raise IdxError(f"it has {len(data)} bytes, fewer than the 4 of a magic number")
    zeros, kind, dimensions = struct.unpack(">HBB", data[:4])
    if zeros != 0 or kind != UNSIGNED_BYTE or not 1 <= dimensions <= MAX_DIMENSIONS:
        raise IdxError(f"its magic number is {data[:4].hex()}, not 0000 08 and 1 to {MAX_DIMENSIONS} dimensions")
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise IdxError(f"its header of {start} bytes is cut off after {len(data)}")
    shape = struct.unpack(f">{dimensions}I", data[4:start])
    if len(data) - start != prod(shape):
        raise IdxError(f"sizes {shape} need {prod(shape)} bytes, {len(data) - start} are there")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def to_bytes(array: np.ndarray) -> bytes:
    """Return an unsigned-byte array as the bytes of an IDX file."""
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.astype(np.uint8, casting="safe").tobytes()
