"""PNGs that unpack to far more than they show are refused; what cameras and programs really write is read."""

import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from benchmarks.hostile import with_chunks, zeros
from recognizer.ink import png_bombs
from recognizer.ink.errors import InkError
from recognizer.ink.uploads import read_upload

NOTE = b"a\x00\x00"
INTERNATIONAL = b"a\x00\x01\x00de\x00b\x00"


def test_the_seven_is_read_without_anything_beside_it():
    assert read_upload(with_chunks()).gray.min() < 50


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"zTXt", NOTE + zeros(5_000_000))],
        [(b"zTXt", NOTE + zeros(1_000_000))] * 5,
        [(b"iTXt", INTERNATIONAL + zeros(5_000_000))],
        [(b"iCCP", NOTE + zeros(5_000_000))],
        [(b"iCCP", NOTE + zeros(2_000_000)), (b"zTXt", NOTE + zeros(3_000_000))],
    ],
    ids=["one note", "five notes", "an international note", "a colour profile", "both together"],
)
def test_extras_that_unpack_to_megabytes_are_refused(chunks):
    with pytest.raises(InkError, match="unpack to more than 4 MiB") as caught:
        read_upload(with_chunks(*chunks))
    assert caught.value.code == "damaged_image"


@pytest.mark.parametrize(
    "chunk",
    [
        (b"zTXt", NOTE + zeros(3_000_000)),
        (b"iTXt", b"a\x00\x00\x00de\x00b\x00" + zeros(5_000_000)),  # says that it is not packed, so nobody unpacks it
        (b"zTXt", NOTE + b"no zlib at all"),
        (b"zTXt", b"without an end"),
        (b"zTXt", b""),
        (b"abCd", NOTE + zeros(5_000_000)),
    ],
    ids=["3 MB", "not packed", "damaged", "without a name", "empty", "unknown"],
)
def test_small_odd_and_damaged_extras_are_passed_over(chunk):
    assert np.array_equal(read_upload(with_chunks(chunk)).gray, read_upload(with_chunks()).gray)


def test_what_lies_behind_the_pixels_is_refused():
    with pytest.raises(InkError, match="more than its pixels, which take 6,800 bytes"):
        read_upload(with_chunks(behind=bytes(1_000_000)))


def test_a_little_behind_the_pixels_is_none_of_our_business():
    assert read_upload(with_chunks(behind=bytes(1000))).gray.shape == (80, 80)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("side", [1, 3, 90])
def test_the_pixels_of_no_kind_of_png_are_too_many(mode, side):
    file = BytesIO()
    image = Image.frombytes(mode, (side, 2 * side), np.random.default_rng(0).bytes(16 * side * side))
    image.save(file, "PNG")
    chunks = _chunks(file.getvalue())
    packed = b"".join(content for name, content in chunks if name == b"IDAT")
    assert len(zlib.decompress(packed)) <= png_bombs._pixel_bytes(chunks)
    png_bombs.refuse_bombs(chunks)


def test_programs_that_write_profiles_and_notes_are_read():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "drawn by hand " * 100, zip=True)
    notes.add_itxt("Title", "sieben " * 100, "de", "Titel", zip=True)
    file = BytesIO()
    Image.new("L", (90, 90), 255).save(file, "PNG", pnginfo=notes, icc_profile=bytes(300_000))
    assert read_upload(file.getvalue()).gray.shape == (90, 90)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + size]))
        place += size + 12
    return found
