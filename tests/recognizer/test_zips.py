"""A zip whose table waits on the disk is a zip like any other, also beyond the old limits."""

import io
import shutil
import subprocess
import zipfile

import pytest

from recognizer import zips
from recognizer.zips import ManyFiles

pytestmark = pytest.mark.slow


def made(files: dict[str, bytes], packed: dict[str, bytes] | None = None) -> bytes:
    file = io.BytesIO()
    with ManyFiles(file) as archive:
        for name, data in files.items():
            archive.add(name, data)
        for name, data in (packed or {}).items():
            archive.add_packed(name, io.BytesIO(data))
    return file.getvalue()


def test_every_file_comes_out_as_it_went_in():
    files = {"0/1.png": b"one", "7/2.png": b"", "readme.txt": b"three" * 1000}
    with zipfile.ZipFile(io.BytesIO(made(files, {"table.csv": b"a,b\n" * 100_000}))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in files} == files
        assert archive.read("table.csv") == b"a,b\n" * 100_000
        assert archive.getinfo("table.csv").compress_size < 2000
        assert archive.getinfo("readme.txt").date_time == (1980, 1, 1, 0, 0, 0)


def test_more_files_than_sixteen_bits_count():
    names = [f"{number}" for number in range(70_000)]
    with zipfile.ZipFile(io.BytesIO(made(dict.fromkeys(names, b"x")))) as archive:
        assert archive.namelist() == names
        assert archive.read("69999") == b"x"


def test_exactly_as_many_as_sixteen_bits_count():
    for count in (65_534, 65_535, 65_536):
        with zipfile.ZipFile(io.BytesIO(made({f"{n}": b"" for n in range(count)}))) as archive:
            assert len(archive.namelist()) == count


def test_a_place_that_needs_more_than_thirty_two_bits(monkeypatch):
    monkeypatch.setattr(zips, "MOST_32", 100)  # as if four gigabytes were a hundred bytes
    files = {f"{n}": bytes([n]) * 50 for n in range(5)}
    data = made(files)
    monkeypatch.undo()
    # A reader takes the place from the extra field only where the old field is full: write what stands there then.
    data = data.replace((100).to_bytes(4, "little"), (0xFFFFFFFF).to_bytes(4, "little"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in files} == files


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(zips, "MOST_32", 10)
    with pytest.raises(ValueError, match="big has 11 bytes; a file in such a zip has fewer than 10"):
        made({"big": b"12345678901"})


def test_an_error_inside_ends_without_a_table():
    file = io.BytesIO()

    def interrupted() -> None:
        with ManyFiles(file) as archive:
            archive.add("1", b"x")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert not zipfile.is_zipfile(file)


def test_long_steps_tick():
    ticks = []
    with ManyFiles(io.BytesIO()) as archive:
        archive.add_packed("zeros", io.BytesIO(bytes(5 << 20)), lambda: ticks.append(True))
    assert len(ticks) == 5


@pytest.mark.skipif(shutil.which("unzip") is None, reason="another program to ask is not there")
def test_another_program_reads_it(tmp_path):
    path = tmp_path / "many.zip"
    path.write_bytes(made({f"{n}": b"x" for n in range(70_000)}, {"table": b"y" * 1000}))
    assert subprocess.run(["unzip", "-tqq", path], capture_output=True).returncode == 0
