"""Files of collected drawings, read one drawing at a time: a line of JSON each, or images and labels in an .npz.

Left out on purpose: whether the ink can be read, which the recogniser says, and writing, which is exports.py's. Every
fault is a CollectionError that names the file, the place in it and the value."""

import base64
import gzip
import json
import reprlib
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import npz

MAX_LINE_BYTES = 16 * 1024 * 1024
NO_LABEL = -1  # in an .npz, where every label is a number
SUFFIXES = (".jsonl", ".jsonl.gz", ".npz")

# Bytes of the file that were read so far, packed as they lie there, and in all.
Progress = Callable[[int, int], object]


class CollectionError(ValueError):
    """A file of drawings cannot be read; the message is a sentence that names the place and the value."""


@dataclass(frozen=True)
class Record:
    """A drawing as a file gives it: raw `strokes` with `width` and `height`, or the bytes of a `picture`, or `gray`.

    `digit` is None without a label, and for a label that says "not a digit". `gray` is uint8 (h, w).
    """

    place: str
    digit: int | None
    not_a_digit: bool = False
    writer: str = ""
    strokes: Any = None
    width: Any = None
    height: Any = None
    picture: bytes | None = None
    gray: np.ndarray | None = None

    @property
    def is_labelled(self) -> bool:
        return self.digit is not None or self.not_a_digit


def read(
    path: str | Path,
    *,
    writers: Collection[str] | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Record]:
    """Yield the drawings of a file in its order: those of `writers` only, and at most `limit` of them.

    Raises CollectionError; for writers of whom the file has nothing, once it is through.
    """
    path = Path(path)
    wanted = None if writers is None else {str(writer) for writer in writers}
    missing = set(wanted or ())
    count = 0
    for record in _records(path, progress):
        if wanted is not None and record.writer not in wanted:
            continue
        missing.discard(record.writer)
        if limit is not None and count >= limit:
            return
        count += 1
        yield record
    if missing:
        raise CollectionError(f"{path.name} has no drawing of {_listed(missing)}: name writers that it has")
    if not count:
        raise CollectionError(f"{path.name} has no drawing in it")


def stem(path: str | Path) -> str:
    """Return the file's name without folder and suffix: what its writers are known under."""
    name = Path(path).name.encode(errors="replace").decode()  # a name on disk may be no text, a visitor's must be
    return next((name[: -len(end)] for end in SUFFIXES if name.lower().endswith(end)), name)


def _records(path: Path, progress: Progress | None) -> Iterator[Record]:
    name = path.name.lower()
    if not name.endswith(SUFFIXES):
        raise CollectionError(f"{path.name!r} is no file of drawings by its name: it must end in {_listed(SUFFIXES)}")
    try:
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            records = _images(file) if name.endswith(".npz") else _lines(file, packed=name.endswith(".gz"))
            for number, record in enumerate(records):
                if progress and number % 100 == 0:
                    progress(min(file.tell(), size_bytes), size_bytes)
                yield record
    except FileNotFoundError:
        raise CollectionError(f"there is no file {str(path)!r}") from None
    except CollectionError as error:
        raise CollectionError(f"{path.name}, {error}") from None
    except (npz.NpzError, EOFError, zlib.error, OSError) as error:
        # OSError also comes from gzip, with a message but without strerror.
        raise CollectionError(f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _lines(file: BinaryIO, *, packed: bool) -> Iterator[Record]:
    lines = BufferedReader(gzip.GzipFile(fileobj=file)) if packed else file
    number = 0
    while line := lines.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise CollectionError(f"line {number}: it has more than {MAX_LINE_BYTES:,} bytes: is it a drawing a line?")
        if line.strip():
            yield _record(f"line {number}", _parsed(f"line {number}", line))


def _parsed(place: str, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CollectionError(f"{place}: it is not JSON ({error!s:.100}): {reprlib.repr(line)}") from None
    if not isinstance(value, dict):
        raise CollectionError(f"{place}: it is {reprlib.repr(value)}, not an object with label and strokes")
    return value


def _record(place: str, line: dict[str, Any]) -> Record:
    has_strokes, has_image = line.get("strokes") is not None, line.get("image") is not None
    if has_strokes == has_image:
        given = ", ".join(reprlib.repr(name) for name in list(line)[:8]) or "nothing"
        raise CollectionError(f"{place}: it has {given}: it must have strokes with width and height, or else image")
    return Record(
        place,
        _digit(place, line.get("label")),
        not_a_digit=line.get("label") is None and line.get("not_a_digit") is True,
        writer=_writer(place, line.get("writer")),
        strokes=line.get("strokes"),
        width=line.get("width"),
        height=line.get("height"),
        picture=_picture(place, line["image"]) if has_image else None,
    )


def _digit(place: str, label: object) -> int | None:
    if label is None or (type(label) is int and 0 <= label <= 9):
        return label
    raise CollectionError(f"{place}: label is {reprlib.repr(label)}: it must be a whole number from 0 to 9, or null")


def _writer(place: str, writer: object) -> str:
    if writer is None:
        return ""
    if type(writer) not in (int, str) or len(str(writer)) > 100 or not str(writer).isprintable():
        raise CollectionError(f"{place}: writer is {reprlib.repr(writer)}: it must be a number or a short text")
    return str(writer)


def _picture(place: str, image: object) -> bytes:
    try:
        return base64.b64decode(image, validate=True)
    except (TypeError, ValueError):
        raise CollectionError(f"{place}: image is {reprlib.repr(image)}, which is not base64 text") from None


def _images(file: BinaryIO) -> Iterator[Record]:
    collection = npz.Images(file)
    for number, (gray, label, writer) in enumerate(collection, start=1):
        place = f"image {number}"
        digit = None if label == NO_LABEL else _digit(place, label)
        yield Record(place, digit, writer=_writer(place, writer), gray=gray)


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)
    return ", ".join(map(repr, shown[:10])) + (" ..." if len(shown) > 10 else "")
