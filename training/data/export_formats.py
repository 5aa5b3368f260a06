"""The formats in which drawings leave: each is a function that writes them, one by one, into an open file.

Left out on purpose: half files, which `exports.py` keeps from being seen. No format holds its drawings in memory."""

import base64
import csv
import gzip
import io
import json
import struct
import zipfile
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import numpy as np

from recognizer.ink import seen_png
from recognizer.zips import ManyFiles
from training.data.idx import UNSIGNED_BYTE

# The earliest time that a zip can tell: the same drawings make the same file, whatever the hour.
NO_TIME = (1980, 1, 1, 0, 0, 0)
NO_LABEL = -1
NO_LABEL_BYTE = 255
BLOCK_BYTES = 1 << 20
FACTS = ("label", "not_a_digit", "state", "writer", "predicted", "confidence")


@dataclass(frozen=True)
class Exported:
    """A drawing to take away. `seen` is uint8 (28, 28); where a format needs ink, `strokes` with width and height or
    the PNG `picture` is set."""

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


@dataclass(frozen=True)
class Aside:
    """What a writer is given beside file and drawings: `about` makes the README from the number of drawings, `tick` is
    called in long steps between drawings and may raise, `folder` has room for what must wait on the disk."""

    about: Callable[[int], str] = lambda count: f"{count} drawings\n"
    tick: Callable[[], object] = lambda: None
    folder: Path | None = None


def write_jsonl(file: BinaryIO, drawings: Iterable[Exported], aside: Aside) -> None:
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


def write_jsonl_gz(file: BinaryIO, drawings: Iterable[Exported], aside: Aside) -> None:
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0, compresslevel=6) as packed:
        write_jsonl(packed, drawings, aside)


def write_npz(file: BinaryIO, drawings: Iterable[Exported], aside: Aside) -> None:
    """images (n, 28, 28) uint8, light on dark; labels (n,), -1 for none; writers (n,). README.txt says what it is."""
    with (
        _columns(drawings, aside) as (pixels, labels, writers),
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        with archive.open(_member("images.npy"), "w", force_zip64=True) as member:
            header = {"descr": "|u1", "fortran_order": False, "shape": (len(labels), 28, 28)}
            np.lib.format.write_array_header_1_0(member, header)
            _copy(pixels, member, aside.tick)
        for name, column in (("labels", labels), ("writers", writers)):
            with archive.open(_member(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.frombuffer(column, np.int64), allow_pickle=False)
        _add_readme(archive, aside.about(len(labels)))


def write_idx(file: BinaryIO, drawings: Iterable[Exported], aside: Aside) -> None:
    """A zip of MNIST's two files: images (n, 28, 28) and labels (n,), both unsigned bytes, 255 for no label."""
    with _columns(drawings, aside) as (pixels, labels, _), zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with _packed_member(archive, "images-idx3-ubyte.gz") as member:
            member.write(struct.pack(">HBB3I", 0, UNSIGNED_BYTE, 3, len(labels), 28, 28))
            _copy(pixels, member, aside.tick)
        with _packed_member(archive, "labels-idx1-ubyte.gz") as member:
            member.write(struct.pack(">HBBI", 0, UNSIGNED_BYTE, 1, len(labels)))
            values = np.frombuffer(labels, np.int64)
            member.write(np.where(values == NO_LABEL, NO_LABEL_BYTE, values).astype(np.uint8).tobytes())
        _add_readme(archive, aside.about(len(labels)))


def write_png_zip(file: BinaryIO, drawings: Iterable[Exported], aside: Aside) -> None:
    """A folder of 28 x 28 PNGs for each digit, drawings.csv with what is known of each, and README.txt."""
    with TemporaryFile(dir=aside.folder) as spooled, ManyFiles(file, aside.folder) as archive:
        table = io.TextIOWrapper(spooled, "utf-8", newline="")
        rows = csv.writer(table)
        rows.writerow(["file", *FACTS])
        number = 0
        for number, drawing in enumerate(drawings, start=1):
            name = f"{_folder(drawing)}/{number:06d}.png"
            archive.add(name, seen_png(drawing.seen))
            rows.writerow([name, *drawing.facts()])
        table.flush()
        table.detach()
        spooled.seek(0)
        archive.add_packed("drawings.csv", spooled, aside.tick)
        archive.add_packed("README.txt", io.BytesIO(aside.about(number).encode()))


def write_csv(file: BinaryIO, drawings: Iterable[Exported], aside: Aside) -> None:
    """A row each: what is known of it, then its 784 pixels row by row, 0 to 255, light on dark."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    rows = csv.writer(text)
    rows.writerow([*FACTS, *(f"pixel{number}" for number in range(784))])
    for drawing in drawings:
        rows.writerow([*drawing.facts(), *drawing.seen.reshape(-1).tolist()])
    text.flush()
    text.detach()


@contextmanager
def _columns(drawings: Iterable[Exported], aside: Aside) -> Iterator[tuple[BinaryIO, array, array]]:
    """All pixels on the disk, labels and writers in memory, 16 bytes a drawing: headers say how many there are, which
    is known only behind the last."""
    labels, writers = array("q"), array("q")
    with TemporaryFile(dir=aside.folder) as pixels:
        for drawing in drawings:
            pixels.write(drawing.seen.tobytes())
            labels.append(NO_LABEL if drawing.label is None else drawing.label)
            writers.append(drawing.writer)
        pixels.seek(0)
        yield pixels, labels, writers


@contextmanager
def _packed_member(archive: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    with (
        archive.open(zipfile.ZipInfo(name, NO_TIME), "w", force_zip64=True) as member,
        gzip.GzipFile(filename="", fileobj=member, mode="wb", mtime=0, compresslevel=6) as packed,
    ):
        yield packed


def _copy(source: BinaryIO, target: BinaryIO, tick: Callable[[], object]) -> None:
    while block := source.read(BLOCK_BYTES):
        target.write(block)
        tick()


def _add_readme(archive: zipfile.ZipFile, text: str) -> None:
    archive.writestr(_member("README.txt"), text)


def _member(name: str) -> zipfile.ZipInfo:
    """A compressed one: a ZipInfo takes nothing over from the archive that it is opened in."""
    info = zipfile.ZipInfo(name, NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _folder(drawing: Exported) -> str:
    if drawing.label is not None:
        return str(drawing.label)
    return "not-a-digit" if drawing.not_a_digit else "unlabelled"
