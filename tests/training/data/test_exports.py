"""Each format without a site: what is in it, that it says what it is, and that nothing half stays behind."""

import csv
import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from training.data import exports
from training.data.exports import Aside, Exported
from training.data.idx import parse, read_idx

WITH_README = [each.name for each in exports.FORMATS.values() if each.has_readme]


def drawn(count: int) -> Iterator[Exported]:
    for number in range(count):
        seen = np.full((28, 28), number % 256, np.uint8)
        seen[0, 0] = 255
        label = None if number % 12 > 9 else number % 12
        yield Exported(
            label, number % 12 == 11, "accepted", number % 3 + 1, 7, 0.5, seen, [[[1, 2], [3, number]]], 100, 50
        )


def write(kind: str, folder: Path, count: int = 24, **options) -> Path:
    path = folder / f"out{exports.FORMATS[kind].suffix}"
    exports.write(path, drawn(count), aside=Aside(folder=folder, **options))
    return path


def test_idx_files_are_those_that_mnist_comes_in(tmp_path):
    with zipfile.ZipFile(write("idx", tmp_path)) as archive:
        archive.extractall(tmp_path)
    images, labels = (read_idx(tmp_path / f"{n}-ubyte.gz") for n in ("images-idx3", "labels-idx1"))
    assert images.shape == (24, 28, 28)
    assert (images == np.array([one.seen for one in drawn(24)])).all()
    assert labels.tolist() == [255 if one.label is None else one.label for one in drawn(24)]


def test_arrays_and_idx_agree(tmp_path):
    arrays = np.load(write("npz", tmp_path))
    with zipfile.ZipFile(write("idx", tmp_path)) as archive:
        images = parse(gzip.decompress(archive.read("images-idx3-ubyte.gz")))
    assert (arrays["images"] == images).all()
    assert arrays["labels"].dtype == arrays["writers"].dtype == np.int64


def test_arrays_are_compressed(tmp_path):
    assert write("npz", tmp_path, 500).stat().st_size < 500 * 784 / 10


@pytest.mark.parametrize("kind", WITH_README)
def test_the_file_says_what_it_is(tmp_path, kind):
    with zipfile.ZipFile(write(kind, tmp_path, about=lambda count: f"{count} digits of mine\n")) as archive:
        assert archive.read("README.txt") == b"24 digits of mine\n"


@pytest.mark.parametrize("kind", exports.FORMATS)
def test_no_drawings_make_a_whole_file_too(tmp_path, kind):
    path = write(kind, tmp_path, 0)
    if path.suffix in (".zip", ".npz"):
        assert zipfile.ZipFile(path).testzip() is None
    elif kind == "csv":
        assert len(list(csv.reader(path.open()))) == 1
    else:
        assert (gzip.decompress(path.read_bytes()) if kind == "jsonl.gz" else path.read_bytes()) == b""


@pytest.mark.parametrize("kind", exports.FORMATS)
def test_memory_does_not_grow_with_the_drawings(tmp_path, kind):
    def peak(count: int) -> int:
        tracemalloc.start()
        write(kind, tmp_path, count)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is made once, at the first use
    few, many = (1500, 3500) if kind in ("npz", "idx") else (100, 300)  # enough to fill a block in both
    assert peak(many) - peak(few) < (many - few) * 100  # bytes; a drawing's pixels alone have 784


@pytest.mark.parametrize("kind", exports.FORMATS)
def test_what_interrupts_leaves_the_old_file_and_no_other(tmp_path, kind):
    def broken() -> Iterator[Exported]:
        yield from drawn(3)
        raise KeyboardInterrupt

    path = tmp_path / f"out{exports.FORMATS[kind].suffix}"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        exports.write(path, broken(), aside=Aside(folder=tmp_path))
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_long_steps_behind_the_last_drawing_can_be_interrupted(tmp_path, kind):
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(kind, tmp_path, tick=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.npz", "npz"), ("a.IDX.zip", "idx"), ("a.zip", "png"), ("a.jsonl.gz", "jsonl.gz"), ("a.jsonl", "jsonl")],
)
def test_the_end_of_the_name_says_the_format(name, kind):
    assert exports.format_for(Path(name)).name == kind


def test_a_format_that_is_not_known_is_an_error_that_lists_all():
    with pytest.raises(exports.ExportError, match="'xlsx' is no format of drawings; there are: npz, "):
        exports.format_named("xlsx")


def test_a_line_of_json_is_what_the_api_takes(tmp_path):
    lines = [json.loads(line) for line in io.BytesIO(gzip.decompress(write("jsonl.gz", tmp_path, 12).read_bytes()))]
    assert lines[3]["strokes"] == [[[1, 2], [3, 3]]]
    assert ("not_a_digit" in lines[10], lines[11]["not_a_digit"]) == (False, True)
