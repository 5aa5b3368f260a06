"""Writes drawings into a file to take away: .npz, .jsonl, .jsonl.gz, .zip of PNGs, or .csv.

Left out on purpose: who drew them. A writer is a number that means nothing outside of the file."""

import base64
import csv
import gzip
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recognizer.ink import seen_png

# The earliest time that a zip can tell: the same drawings make the same file, whenever they are exported.
NO_TIME = (1980, 1, 1, 0, 0, 0)
NO_LABEL = -1
FACTS = ("label", "not_a_digit", "state", "writer", "predicted", "confidence")


class ExportError(ValueError):
    """The file cannot be written as it was asked for; the message says why."""


@dataclass(frozen=True)
class Exported:
    """A drawing to take away. `seen` is uint8 (28, 28); `strokes` with width and height or the PNG `picture` is set."""

    label: int | None
    not_a_digit: bool
    state: str | None
    writer: int
    predicted: int | None
    confidence: float
    seen: np.ndarray
    strokes: Any = None
    width: float | None = None
    height: float | None = None
    picture: bytes | None = None

    def facts(self) -> list[Any]:
        return [getattr(self, name) for name in FACTS]


Writer = Callable[[BinaryIO, Iterable[Exported]], None]


def write(path: Path, drawings: Iterable[Exported]) -> None:
    """Write the drawings in the format that the name's end says. Until all is written, `path` stays as it was.

    Raises ExportError for another name, OSError."""
    writer = writer_for(path)
    with replacing(path) as file:
        writer(file, drawings)


def writer_for(path: Path) -> Writer:
    for suffix, writer in WRITERS.items():
        if path.name.lower().endswith(suffix):
            return writer
    raise ExportError(f"{path.name!r} says no format that is known: its name must end in {', '.join(WRITERS)}")


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


def write_jsonl(file: BinaryIO, drawings: Iterable[Exported]) -> None:
    """A line each, as the API takes it, with its label and writer."""
    for drawing in drawings:
        line: dict[str, Any] = {"label": drawing.label, "writer": drawing.writer, "state": drawing.state}
        if drawing.not_a_digit:
            line["not_a_digit"] = True
        if drawing.picture is None:
            line |= {"width": drawing.width, "height": drawing.height, "strokes": drawing.strokes}
        else:
            line["image"] = base64.b64encode(drawing.picture).decode()
        file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def write_jsonl_gz(file: BinaryIO, drawings: Iterable[Exported]) -> None:
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
        write_jsonl(packed, drawings)


def write_npz(file: BinaryIO, drawings: Iterable[Exported]) -> None:
    """images (n, 28, 28) uint8, light on dark; labels (n,), -1 for none; writers (n,)."""
    labels, writers = [], []
    # The header tells how many there are, which is known only behind the last.
    with tempfile.TemporaryFile() as pixels, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for drawing in drawings:
            pixels.write(drawing.seen.tobytes())
            labels.append(NO_LABEL if drawing.label is None else drawing.label)
            writers.append(drawing.writer)
        pixels.seek(0)
        with archive.open(zipfile.ZipInfo("images.npy", NO_TIME), "w", force_zip64=True) as member:
            shape = (len(labels), 28, 28)
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(member, header)
            while block := pixels.read(1 << 20):
                member.write(block)
        for name, column in (("labels", labels), ("writers", writers)):
            with archive.open(zipfile.ZipInfo(f"{name}.npy", NO_TIME), "w") as member:
                np.lib.format.write_array(member, np.array(column, np.int64), allow_pickle=False)


def write_zip(file: BinaryIO, drawings: Iterable[Exported]) -> None:
    """A folder of 28 x 28 PNGs for each digit, and drawings.csv with what is known of each."""
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(["file", *FACTS])
    with zipfile.ZipFile(file, "w") as archive:
        for number, drawing in enumerate(drawings, start=1):
            folder = (
                drawing.label if drawing.label is not None else "not-a-digit" if drawing.not_a_digit else "unlabelled"
            )
            name = f"{folder}/{number:06d}.png"
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), seen_png(drawing.seen))
            rows.writerow([name, *drawing.facts()])
        archive.writestr(zipfile.ZipInfo("drawings.csv", NO_TIME), table.getvalue(), zipfile.ZIP_DEFLATED)


def write_csv(file: BinaryIO, drawings: Iterable[Exported]) -> None:
    """A row each: what is known of it, then its 784 pixels row by row, 0 to 255, light on dark."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    rows = csv.writer(text)
    rows.writerow([*FACTS, *(f"pixel{number}" for number in range(784))])
    for drawing in drawings:
        rows.writerow([*drawing.facts(), *drawing.seen.reshape(-1).tolist()])
    text.flush()
    text.detach()


WRITERS: dict[str, Writer] = {
    ".npz": write_npz,
    ".jsonl.gz": write_jsonl_gz,
    ".jsonl": write_jsonl,
    ".zip": write_zip,
    ".csv": write_csv,
}
