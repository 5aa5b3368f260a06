"""Writes drawings into a file to take away, in the format that its name or the caller says; whole, or not at all.

Left out on purpose: who drew them. A writer is a number that means nothing outside of the file."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from training.data import export_formats
from training.data.export_formats import Aside, Exported

__all__ = ["FORMATS", "Aside", "ExportError", "Exported", "Format", "format_for", "format_named", "replacing", "write"]


class ExportError(ValueError):
    """The file cannot be written as it was asked for; the message says why."""


@dataclass(frozen=True)
class Format:
    """A format by its name, how its files' names end, and what it is in a line. `has_ink`: strokes and pictures are in
    it as they were drawn, not only what the network saw; `has_readme`: the file itself says what it is."""

    name: str
    suffix: str
    words: str
    write: Callable[[BinaryIO, Iterable[Exported], Aside], None]
    has_ink: bool = False
    has_readme: bool = False


# Those whose names end alike stand with the longer end first.
FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("npz", ".npz", "numpy arrays: images, labels, writers", export_formats.write_npz, has_readme=True),
        Format("jsonl.gz", ".jsonl.gz", "strokes, a line of JSON each, gzip", export_formats.write_jsonl_gz, True),
        Format("jsonl", ".jsonl", "strokes, a line of JSON each", export_formats.write_jsonl, True),
        Format("idx", ".idx.zip", "MNIST's own files, in a zip", export_formats.write_idx, has_readme=True),
        Format("png", ".zip", "pictures in a folder for each digit", export_formats.write_png_zip, has_readme=True),
        Format("csv", ".csv", "a table with a column for each pixel", export_formats.write_csv),
    )
}


def write(path: Path, drawings: Iterable[Exported], kind: Format | None = None, aside: Aside | None = None) -> None:
    """Write the drawings, unless told otherwise in the format that the name's end says. Until all is written, `path`
    stays as it was.

    Raises ExportError for another name, OSError."""
    kind = kind or format_for(path)
    with replacing(path) as file:
        kind.write(file, drawings, aside or Aside(folder=path.parent))


def format_for(path: Path) -> Format:
    """The format that a file's name says; raise ExportError if it says none."""
    for each in FORMATS.values():
        if path.name.lower().endswith(each.suffix):
            return each
    ends = ", ".join(each.suffix for each in FORMATS.values())
    raise ExportError(f"{path.name!r} says no format that is known: its name must end in {ends}")


def format_named(name: str) -> Format:
    """The format of that name; raise ExportError, which lists those that there are."""
    if name not in FORMATS:
        raise ExportError(f"{name!r:.40} is no format of drawings; there are: {', '.join(FORMATS)}")
    return FORMATS[name]


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when it is complete, and goes away when it is not."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
