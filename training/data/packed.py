"""A file of many images with labels, ids and lines, written in one stream and mapped into memory to be read.

A fixed header names what the file holds and its hash; behind it lie images, labels, ids, ends of lines, and points.
Left out on purpose: what the images are of, and when a file is to be made or thrown away."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recognizer.network.weights import force_directory

from .dataset import Dataset
from .lazy import Mapped
from .lines import Lines

FORMAT = "digits-packed-1"
HEADER_BYTES = 4096
IMAGE_BYTES = 28 * 28
# Hashed at a time; short enough to look at something else in between.
CHUNK_BYTES = 16 * 1024 * 1024
TEMPORARY = ".part"


class DamagedError(ValueError):
    """The file is not, or not all of, what it should be; the message says why."""


@dataclass(frozen=True, eq=False)
class Packed:
    """`ids` (n,) uint64 in the order of the images, and the data set of them, whose images stay in the file."""

    ids: np.ndarray
    dataset: Dataset


@dataclass(frozen=True, eq=False)
class Page:
    """Some drawings in a row: ids (n,), images (n, 28, 28) uint8, labels (n,), and for each its points int16 (k, 2)."""

    ids: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    points: list[np.ndarray]


def write(path: Path, about: dict[str, Any], pages: Iterable[Page]) -> None:
    """Write the file in one stream, then put it in its place: nobody ever sees half of it, and two who write the same
    file at once do no harm. Raises OSError, and whatever `pages` does, and leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=TEMPORARY)
    try:
        with os.fdopen(descriptor, "wb") as file, tempfile.TemporaryFile(dir=path.parent) as points:
            _write(file, points, about, pages)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    force_directory(path.parent)


def _write(file: BinaryIO, points: BinaryIO, about: dict[str, Any], pages: Iterable[Page]) -> None:
    digest = hashlib.sha256()

    def put(data: bytes) -> None:
        digest.update(data)
        file.write(data)

    file.seek(HEADER_BYTES)
    ids, labels, lengths = [np.empty(0, np.uint64)], [np.empty(0, np.uint8)], [np.empty(0, np.int64)]
    for page in pages:
        put(np.ascontiguousarray(page.images, np.uint8).tobytes())
        ids.append(page.ids.astype(np.uint64))
        labels.append(page.labels.astype(np.uint8))
        lengths.append(np.array([len(each) for each in page.points], np.int64))
        for each in page.points:
            points.write(each.astype("<i2").tobytes())
    ids, labels, ends = np.concatenate(ids), np.concatenate(labels), np.cumsum(np.concatenate(lengths))
    for part in (labels, ids.astype("<u8"), ends.astype("<u8")):
        put(part.tobytes())
    points.seek(0)
    while chunk := points.read(CHUNK_BYTES):
        put(chunk)
    header = {"format": FORMAT, "about": about, "count": len(ids), "points": int(ends[-1]) if len(ends) else 0}
    text = json.dumps(header | {"sha256": digest.hexdigest()}, sort_keys=True).encode()
    if len(text) > HEADER_BYTES:
        raise ValueError(f"the header has {len(text)} bytes, more than {HEADER_BYTES}")
    file.seek(0)
    file.write(text.ljust(HEADER_BYTES))


def read(path: Path, about: dict[str, Any], step: Callable[[], object] = lambda: None) -> Packed:
    """Map a file into memory, all of it checked. `step` is called now and then while that is done, and may raise.

    Raises FileNotFoundError, OSError, and DamagedError if it is damaged or of something else than `about`."""
    with path.open("rb") as file:
        header = _header(file)
        if header["about"] != about:
            raise DamagedError(f"{path.name} is of {header['about']}, not of {about}")
        count, points = header["count"], header["points"]
        sizes = [count * IMAGE_BYTES, count, count * 8, count * 8, points * 4]
        if os.fstat(file.fileno()).st_size != HEADER_BYTES + sum(sizes):
            raise DamagedError(f"{path.name} has {os.fstat(file.fileno()).st_size} bytes, not those of {count} images")
        if _sha256(file, step) != header["sha256"]:
            raise DamagedError(f"{path.name} is not what was written: its hash is another")
        starts = np.cumsum([HEADER_BYTES, *sizes])[:-1].tolist()
        if not count:
            return Packed(np.empty(0, np.uint64), Dataset(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8)))
        return _mapped(file, count, points, starts)


def ids_of(path: Path) -> np.ndarray:
    """The ids (n,) in a file, without a look at the rest of it. Raises OSError and DamagedError."""
    with path.open("rb") as file:
        count = _header(file)["count"]
        ids = np.fromfile(file, "<u8", count, offset=HEADER_BYTES + count * (IMAGE_BYTES + 1) - file.tell())
    if len(ids) != count:
        raise DamagedError(f"{path.name} ends after {len(ids)} of {count} ids")
    return ids


def _mapped(file: BinaryIO, count: int, points: int, starts: list[int]) -> Packed:
    """Labels, ids and ends are read, 17 bytes a drawing; images and points stay in the file, even if it is removed."""
    images = np.memmap(file, np.uint8, "r", offset=starts[0], shape=(count, 28, 28))
    labels = np.fromfile(file, np.uint8, count, offset=starts[1] - file.tell())
    ids = np.fromfile(file, "<u8", count, offset=starts[2] - file.tell())
    ends = np.fromfile(file, "<u8", count, offset=starts[3] - file.tell())
    lines = None
    if points:
        mapped = np.memmap(file, "<i2", "r", offset=starts[4], shape=(points, 2))
        lines = Lines(mapped, ends, np.arange(count))
    return Packed(ids, Dataset(Mapped(images), labels, lines))


def _header(file: BinaryIO) -> dict[str, Any]:
    try:
        header = json.loads(file.read(HEADER_BYTES))
        if header["format"] != FORMAT or not {"about", "count", "points", "sha256"} <= header.keys():
            raise DamagedError(f"its format is {header['format']!r:.80}, not {FORMAT}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError(f"its header cannot be read: {error!s:.200}") from error
    return header


def _sha256(file: BinaryIO, step: Callable[[], object]) -> str:
    """Of what lies behind the header; read and not mapped, so that it takes no memory."""
    file.seek(HEADER_BYTES)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        step()
    return digest.hexdigest()
