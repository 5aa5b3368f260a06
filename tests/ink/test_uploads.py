"""Uploaded files: what is read out of them, and what is said of those that cannot be read."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from recognizer.ink import InkError, Limits, read_ink, read_upload, uploads

from .shapes import encoded, picture, unhurried

TWO = picture("two")  # uint8 (200, 200), dark on light
DARK = TWO < 132


def ink_of(gray: np.ndarray) -> np.ndarray:
    """Where the picture differs from its top left corner by more than half of the contrast."""
    away = np.abs(gray.astype(int) - int(gray[0, 0]))
    return away > away.max() / 2


def with_alpha(ink: int) -> Image.Image:
    """The digit in one grey level on transparent ground."""
    alpha = np.where(DARK, 255, 0).astype(np.uint8)
    colour = np.where(DARK, ink, 0).astype(np.uint8)
    return Image.fromarray(np.dstack([colour, colour, colour, alpha]))


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises width x height pixels, with hardly any data."""
    start = encoded(np.zeros((1, 1), np.uint8))
    body = b"IHDR" + struct.pack(">II", width, height) + start[24:29]
    return start[:8] + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + start[33:]


def animation(kind: str) -> bytes:
    frames = [Image.fromarray(np.full((20, 20, 3), level, np.uint8)) for level in (0, 128, 255)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


# What is read


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_are_read(kind):
    gray = read_upload(encoded(TWO, kind)).gray
    assert gray.shape == TWO.shape
    assert (ink_of(gray) != DARK).mean() < 0.005


MODES = {
    "1-bit": Image.fromarray(TWO).convert("1", dither=Image.Dither.NONE),
    "grey": Image.fromarray(TWO),
    "palette": Image.fromarray(TWO).convert("P"),
    "colour": Image.fromarray(TWO).convert("RGB"),
    "opaque RGBA": Image.fromarray(TWO).convert("RGBA"),
    "opaque LA": Image.fromarray(TWO).convert("LA"),
    "16-bit grey": Image.fromarray(TWO.astype(np.uint16) * 257),
}


@pytest.mark.parametrize("image", MODES.values(), ids=MODES.keys())
def test_every_mode_of_png_shows_the_same_picture(image):
    gray = read_upload(encoded(image)).gray
    assert (ink_of(gray) == DARK).all()


def test_sixteen_bit_grey_keeps_its_levels():
    levels = np.arange(0, 65536, 257, dtype=np.uint16).reshape(16, 16)
    assert np.array_equal(read_upload(encoded(Image.fromarray(levels))).gray.reshape(-1), np.arange(256))


def test_a_cmyk_jpeg_is_read():
    gray = read_upload(encoded(Image.fromarray(TWO).convert("CMYK"), "JPEG", quality=95)).gray
    assert np.abs(gray.astype(int) - TWO).mean() < 6


@pytest.mark.parametrize("ink", [0, 60, 200, 255])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_ink_on_transparent_ground_stands_out_whether_dark_or_light(ink, kind):
    gray = read_upload(encoded(with_alpha(ink), kind)).gray.astype(int)
    assert abs(gray[DARK].mean() - gray[~DARK].mean()) > 120


def test_a_palette_with_a_transparent_colour_is_composited():
    image = with_alpha(10).quantize(4)
    assert image.info.get("transparency") is not None or image.mode == "P"
    assert (ink_of(read_upload(encoded(image)).gray) != DARK).mean() < 0.01


def test_a_grey_png_with_a_transparent_level_is_composited():
    image = np.where(DARK, 255, 0).astype(np.uint8)  # white ink on a black that counts as transparent
    assert (ink_of(read_upload(encoded(Image.fromarray(image), transparency=0)).gray) == DARK).all()


def test_round_corners_take_the_colour_of_the_paper():
    alpha = np.full(TWO.shape, 255, np.uint8)
    alpha[:20, :20] = 0
    gray = read_upload(encoded(Image.fromarray(np.dstack([TWO, TWO, TWO, alpha])))).gray
    assert gray[5, 5] == TWO[100, 5]


def test_a_picture_that_is_transparent_everywhere_is_blank():
    upload = read_upload(encoded(Image.new("RGBA", (50, 50), (10, 20, 30, 0))))
    assert read_ink(upload.gray).reason == "empty"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_its_exif_says(orientation):
    wide = np.hstack([TWO, np.full((200, 80), 235, np.uint8)])
    stored = Image.fromarray(wide)
    turned = {  # how a camera held that way stores an upright scene
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    if orientation in turned:
        stored = stored.transpose(turned[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    gray = read_upload(encoded(stored, "JPEG", exif=exif, quality=95)).gray
    assert gray.shape == wide.shape
    assert np.abs(gray.astype(int) - wide).mean() < 4


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # Pillow warns of it, and rightly
def test_damaged_exif_does_not_lose_the_picture():
    data = encoded(TWO, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x7fgarbage")
    assert read_upload(data).gray.shape == TWO.shape


def test_a_camera_jpeg_with_a_second_picture_in_it_is_read_by_its_first():
    second = Image.new("L", (200, 200), 128)
    data = encoded(Image.fromarray(TWO), "MPO", save_all=True, append_images=[second])
    assert (ink_of(read_upload(data).gray) != DARK).mean() < 0.005


# What is kept


def test_a_large_picture_is_kept_small():
    upload = read_upload(encoded(Image.fromarray(TWO).resize((3000, 1500))))
    assert upload.gray.shape == (512, 1024)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_is_kept_is_a_grey_png_of_what_was_read(kind):
    upload = read_upload(encoded(Image.fromarray(TWO).convert("RGB"), kind))
    kept = Image.open(BytesIO(upload.reencoded))
    assert (kept.format, kept.mode) == ("PNG", "L")
    assert np.array_equal(np.asarray(kept), upload.gray)


def test_what_is_kept_reads_as_itself():
    upload = read_upload(encoded(TWO, "JPEG"))
    assert np.array_equal(read_upload(upload.reencoded).gray, upload.gray)


def test_metadata_is_not_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "taken at home")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    upload = read_upload(encoded(TWO, pnginfo=notes, exif=exif))
    assert b"taken at home" in encoded(TWO, pnginfo=notes, exif=exif)
    assert b"home" not in upload.reencoded
    assert set(Image.open(BytesIO(upload.reencoded)).info) == set()


# What is refused

PNG = encoded(TWO)
JPEG = encoded(TWO, "JPEG")
WEBP = encoded(TWO, "WEBP")
ONE_SCAN = JPEG[JPEG.index(b"\xff\xda") : -2]

BAD = {
    "no bytes": (b"", "missing"),
    "text": ("five", "wrong_type"),
    "null": (None, "wrong_type"),
    "text as bytes": (b"this is a five, believe me", "unknown_format"),
    "zeros": (bytes(5000), "unknown_format"),
    "SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "unknown_format"),
    "HTML": (b"<!doctype html><html></html>", "unknown_format"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "unknown_format"),
    "GIF": (encoded(TWO, "GIF"), "unknown_format"),
    "animated GIF": (animation("GIF"), "unknown_format"),
    "BMP": (encoded(TWO, "BMP"), "unknown_format"),
    "TIFF": (encoded(TWO, "TIFF"), "unknown_format"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "unknown_format"),
    "PNG signature alone": (PNG[:8], "unknown_format"),
    "PNG cut in its header": (PNG[:20], "unknown_format"),
    "PNG cut in its data": (PNG[: len(PNG) // 2], "truncated_image"),
    "JPEG cut in its data": (JPEG[: len(JPEG) * 2 // 3], "truncated_image"),
    "PNG of 20,000 x 20,000": (png_of_size(20_000, 20_000), "too_many_pixels"),
    "PNG of 9,000 x 9,000": (png_of_size(9_000, 9_000), "too_many_pixels"),
    "PNG of 4 billion pixels on a side": (png_of_size(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    "PNG of 10,001 x 1": (png_of_size(10_001, 1), "too_many_pixels"),
    "PNG of 0 x 5": (png_of_size(0, 5), "unknown_format"),
    "PNG that promises more than it has": (png_of_size(3_000, 3_000), "truncated_image"),
    "animated PNG": (animation("PNG"), "animated"),
    "animated WebP": (animation("WEBP"), "animated"),
    "JPEG of 101 scans": (JPEG[:-2] + ONE_SCAN * 100 + b"\xff\xd9", "damaged_image"),
    "nine MiB": (PNG + bytes(9 * 2**20), "too_many_bytes"),
}


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD.keys())
def test_a_file_that_cannot_be_read_gets_a_code_and_a_remedy(data, code):
    with pytest.raises(InkError) as caught:
        read_upload(data)
    assert (caught.value.code, caught.value.field) == (code, "image")
    fault, remedy = caught.value.message.split(": ", 1)
    assert len(fault) > 15
    assert len(remedy) > 10


def test_a_cut_webp_is_refused():
    with pytest.raises(InkError) as caught:
        read_upload(WEBP[: len(WEBP) // 2])
    assert caught.value.code in {"truncated_image", "damaged_image", "unknown_format"}  # as libwebp's version has it


def test_a_message_names_the_size():
    with pytest.raises(InkError, match=r"9,000 x 9,000 pixels, more than 12\.5 million or 10,000 on a side"):
        read_upload(png_of_size(9_000, 9_000))


def test_a_limit_for_all_that_is_lower_holds_for_a_png_too():
    with pytest.raises(InkError, match=r"more than 0\.5 million or 10,000 on a side: scale it down$"):
        read_upload(png_of_size(1_000, 1_000), Limits(max_pixels=500_000))


PHOTOGRAPH = Image.new("RGB", (4_032, 3_024), (235, 235, 235))
LARGE = Limits(max_pixels=PHOTOGRAPH.width * PHOTOGRAPH.height, max_whole_pixels=PHOTOGRAPH.width * 3_000)


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_a_large_jpeg_is_read_that_is_shrunk_while_it_is_decoded(kind):
    appended = {"save_all": True, "append_images": [Image.new("L", (8, 8))]} if kind == "MPO" else {}
    assert read_upload(encoded(PHOTOGRAPH, kind, **appended), LARGE).gray.shape == (768, 1024)


def of_several_scans() -> bytes:
    """A JPEG that is not progressive, and whose first scan has one colour of three."""
    data = encoded(PHOTOGRAPH, "JPEG")
    place = data.index(b"\xff\xda")
    return data[:place] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data[place + 14 :]


WHOLE = {
    "PNG": encoded(PHOTOGRAPH),
    "WebP": encoded(PHOTOGRAPH, "WEBP", quality=0, method=0),
    "progressive JPEG": encoded(PHOTOGRAPH, "JPEG", progressive=True),
    "JPEG of several scans": of_several_scans(),
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE.keys())
def test_what_is_kept_whole_while_it_is_decoded_has_a_lower_limit(data):
    with pytest.raises(InkError, match="scale it down, or save it as a JPEG that is not progressive"):
        read_upload(data, LARGE)


@pytest.mark.parametrize("size", [(1290, 2796), (4032, 3024)], ids=["a phone's screenshot", "12 megapixels"])
def test_a_png_of_the_size_that_people_have_is_read(size):
    gray = read_upload(encoded(Image.new("RGBA", size, (235, 235, 235, 255)))).gray
    assert max(gray.shape) == 1024


@pytest.mark.parametrize(("size", "is_alone"), [((1290, 2796), False), ((4032, 3024), True)])
def test_a_process_decodes_one_large_picture_at_a_time(monkeypatch, size, is_alone):
    seen = []
    small = uploads._small
    monkeypatch.setattr(uploads, "_small", lambda *given: (seen.append(uploads._LARGE.locked()), small(*given))[1])
    read_upload(encoded(Image.new("L", size)))
    assert seen == [is_alone]
    assert not uploads._LARGE.locked()


def test_a_picture_that_pillow_would_not_open_is_told_the_limit():
    with pytest.raises(InkError, match="more than 89 million pixels: scale it down to 25 million"):
        read_upload(png_of_size(20_000, 20_000))


def test_the_size_is_checked_before_a_pixel_is_decoded(monkeypatch):
    def never(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", never)
    with pytest.raises(InkError, match="pixels"):
        read_upload(png_of_size(9_000, 9_000))


def test_the_bytes_are_counted_before_the_file_is_opened(monkeypatch):
    def never(*args, **options):
        raise AssertionError("opened")

    monkeypatch.setattr(Image, "open", never)
    with pytest.raises(InkError, match=r"has 9\.0 MiB, more than 8\.0"):
        read_upload(bytes(9 * 2**20))


def test_limits_are_the_callers():
    with pytest.raises(InkError) as caught:
        read_upload(PNG, Limits(max_pixels=39_999))
    assert caught.value.code == "too_many_pixels"


# Whatever the bytes are

SEEDS = [
    PNG,
    JPEG,
    WEBP,
    encoded(MODES["palette"]),
    encoded(MODES["16-bit grey"]),
    encoded(with_alpha(10)),
    encoded(with_alpha(10), "WEBP", lossless=True),
    encoded(TWO, "JPEG", progressive=True),
    encoded(Image.fromarray(TWO).convert("CMYK"), "JPEG"),
    animation("PNG"),
    animation("WEBP"),
]
edits = st.lists(
    st.tuples(st.sampled_from(["set", "cut", "repeat", "drop"]), st.floats(0, 1), st.integers(0, 255)), max_size=8
)


def edited(data: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    """A file with bytes set, dropped or repeated, or its end cut off; places are squared towards the header."""
    for kind, where, value in changes:
        place = int(where**2 * len(data))
        if kind == "set":
            data = data[:place] + bytes([value]) + data[place + 1 :]
        elif kind == "cut":
            data = data[:place]
        elif kind == "drop":
            data = data[:place] + data[place + value :]
        else:
            data = data[:place] + data[place : place + value] * 2 + data[place + value :]
    return data


def read_or_refused(data: bytes) -> None:
    try:
        upload = read_upload(data)
    except InkError as error:
        said = (error.code, error.message)
    else:
        said = ("read", "as a picture")
        assert upload.gray.dtype == np.uint8
        assert 1 <= max(upload.gray.shape) <= 1024
    assert all(said)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), edits)
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(data, changes):
    read_or_refused(edited(data, changes))


@unhurried
@given(st.binary(max_size=200), st.sampled_from([b"", PNG[:8], PNG[:33], JPEG[:4], JPEG[:20], WEBP[:12], WEBP[:20]]))
def test_any_bytes_after_any_beginning_are_read_or_refused(rest, start):
    read_or_refused(start + rest)
