"""Uploaded bytes -> one grey picture of bounded size, or an `InkError`; never another exception, whatever the bytes.

What is kept is the grey picture that is read, encoded anew: no metadata, no place where it was taken, no colour.
Decoders are other people's code and fail on damaged files with errors of any type, hence `except Exception` here.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from threading import Lock

import numpy as np
from PIL import Image, ImageOps

from .containers import pixels_only, refuse_second_face, stated_size
from .errors import InkError, gettext_noop
from .limits import DEFAULT_LIMITS, Limits

FORMATS = ("PNG", "JPEG", "WEBP")
ROWS_AT_ONCE = 64
WHOLE = 0.9  # of a picture that can be seen: it has round corners, whatever it shows
LEAST_CONTRAST = 20  # grey levels of a photograph that shows something

TOO_LARGE = gettext_noop(
    "the picture is %(width)s x %(height)s pixels, more than %(most)s million or %(side)s on a side: scale it down"
)
TOO_LARGE_WHOLE = gettext_noop(
    "the picture is %(width)s x %(height)s pixels, more than %(most)s million or %(side)s on a side: "
    "scale it down, or save it as a JPEG that is not progressive"
)

# Above this size, more than any screen has, a process decodes one picture at a time: each takes up to 200 MB meanwhile.
LARGE_PIXELS = 4_500_000
_LARGE = Lock()


@dataclass(frozen=True)
class Upload:
    """`gray` uint8 (h, w), longest side at most `kept_side`; `reencoded` the same as a PNG file."""

    gray: np.ndarray
    reencoded: bytes


def read_upload(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Upload:
    """Bytes of a PNG, JPEG or WebP file -> the upright grey picture in it, transparent parts filled with ground.

    Raises InkError: wrong_type, missing, too_many_bytes, unknown_format, too_many_pixels, animated,
    truncated_image, damaged_image, two_formats.
    """
    _check_bytes(data, limits)
    whole, data = bytes(data), pixels_only(bytes(data))
    if size := stated_size(data):
        _check_sides(*size, *_most_whole(limits), limits)
    image = _opened(data, limits)
    _check_size(image, data, limits)
    _check_kind(image, data, limits)
    refuse_second_face(whole)
    gray = _decoded(image, limits)
    file = BytesIO()
    Image.fromarray(gray).save(file, "PNG", compress_level=6)
    return Upload(gray, file.getvalue())


def _check_bytes(data: object, limits: Limits) -> None:
    if not isinstance(data, bytes | bytearray | memoryview):
        text = gettext_noop("the picture is a %(type)s, not bytes: send a PNG, JPEG or WebP picture")
        raise _error("wrong_type", text, type=type(data).__name__)
    if len(data) == 0:
        raise _error("missing", gettext_noop("the picture is empty (0 bytes): send a PNG, JPEG or WebP picture"))
    if len(data) > limits.max_upload_bytes:
        text = gettext_noop("the picture has %(size)s MiB, more than %(most)s: send a smaller one")
        raise _error("too_many_bytes", text, size=_mebibytes(len(data)), most=_mebibytes(limits.max_upload_bytes))


def _opened(data: bytes, limits: Limits) -> Image.Image:
    """The header only; which format it is, the bytes say, never a name."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        text = gettext_noop("the picture has more than %(count)s million pixels: scale it down to %(most)s million")
        count, most = round(Image.MAX_IMAGE_PIXELS / 1e6), limits.max_pixels / 1e6
        raise _error("too_many_pixels", text, count=count, most=most) from error
    except Exception as error:
        text = gettext_noop("the file starts with %(start)s, which is no picture: send a PNG, JPEG or WebP picture")
        raise _error("unknown_format", text, start=repr(bytes(data[:12]))) from error


def _check_size(image: Image.Image, data: bytes, limits: Limits) -> None:
    """After open and before load: a few bytes of header can ask for gigabytes of pixels."""
    most, text = (limits.max_pixels, TOO_LARGE) if _shrinks_while_decoding(image, data) else _most_whole(limits)
    _check_sides(*image.size, most, text, limits)


def _most_whole(limits: Limits) -> tuple[int, str]:
    """How many pixels of a picture that has to be kept whole while it is decoded, and what to say about more."""
    if limits.max_whole_pixels < limits.max_pixels:
        return limits.max_whole_pixels, TOO_LARGE_WHOLE
    return limits.max_pixels, TOO_LARGE


def _check_sides(width: int, height: int, most: int, text: str, limits: Limits) -> None:
    if width < 1 or height < 1:
        damaged = gettext_noop("the picture is %(width)s x %(height)s pixels: send a PNG, JPEG or WebP picture")
        raise _error("damaged_image", damaged, width=width, height=height)
    if max(width, height) > limits.max_side or width * height > most:
        sides = {"width": width, "height": height, "side": limits.max_side}
        raise _error("too_many_pixels", text, most=most / 1e6, **sides)


def _shrinks_while_decoding(image: Image.Image, data: bytes) -> bool:
    """Whether it is a JPEG whose first scan has all colours: others are kept whole until their last scan has come."""
    if image.format not in ("JPEG", "MPO") or image.info.get("progressive"):
        return False
    return _colours_of_first_scan(bytes(data)) == image.layers


def _colours_of_first_scan(data: bytes) -> int:
    """Of a JPEG, which is a row of segments: a marker of two bytes, then a length. 0 if there is no scan in the row."""
    place = 2
    while place + 4 < len(data) and data[place] == 0xFF:
        if data[place + 1] == 0xDA:
            return data[place + 4]
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return 0


def _check_kind(image: Image.Image, data: bytes, limits: Limits) -> None:
    if bytes(data[:2]) == b"\xff\xd8":  # JPEG, also where a camera appended a second picture
        if bytes(data).count(b"\xff\xda") > limits.max_jpeg_scans:
            raise _error("damaged_image", gettext_noop("the JPEG has too many scans: save it anew"))
        return
    try:
        animated = getattr(image, "is_animated", False)
    except Exception as error:
        raise _damaged(error) from error
    if animated:
        text = gettext_noop("the picture has %(count)s frames: send a still one")
        raise _error("animated", text, count=image.n_frames)


def _decoded(image: Image.Image, limits: Limits) -> np.ndarray:
    with _LARGE if image.width * image.height > LARGE_PIXELS else nullcontext():
        try:
            # JPEG decodes at 1/2, 1/4 or 1/8 for the asking, so a large photograph costs no more than a small one.
            image.draft(None, (limits.kept_side, limits.kept_side))
            image.load()
            return _gray(_upright(_small(image, limits.kept_side)))
        except Exception as error:
            raise _damaged(error) from error


def _small(image: Image.Image, kept_side: int) -> Image.Image:
    """At most `kept_side` long, in one of the modes L, LA, RGB, RGBA and CMYK: all that follows costs little then."""
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode in ("P", "1") or "transparency" in image.info:
        # Levels next to each other in a palette are no neighbours, and one level that is transparent has to be found.
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((kept_side, kept_side))
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey -> L, a few rows at a time, since the whole of it as an array is as large as the picture again."""
    gray = Image.new("L", image.size)
    gray.info = dict(image.info)
    for top in range(0, image.height, ROWS_AT_ONCE):
        rows = np.asarray(image.crop((0, top, image.width, min(top + ROWS_AT_ONCE, image.height))))
        gray.paste(Image.fromarray((rows.clip(0, 65535) // 257).astype(np.uint8)), (0, top))
    return gray


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF beside a sound picture: read it as it lies
        return image


def _gray(image: Image.Image) -> np.ndarray:
    """uint8 (h, w) from any mode that `_small` leaves."""
    if image.has_transparency_data:
        return _composited(image.convert("RGBA"))
    return np.asarray(image.convert("RGB").convert("L"))


def _composited(image: Image.Image) -> np.ndarray:
    """Transparent parts become ground: the colour that most visible pixels have, if they are most of the picture and
    differ among each other (a photograph with round corners), else the opposite of the ink's."""
    gray = np.asarray(image.convert("L"), np.float32)
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    if alpha.max() == 0:
        return np.full(gray.shape, 255, np.uint8)
    visible = gray[alpha >= alpha.max() / 2]
    low, typical, high = np.percentile(visible, (2, 50, 98))
    cover = alpha.mean()
    is_photo = cover > WHOLE or (cover > 0.5 and high - low >= LEAST_CONTRAST)
    ground = typical if is_photo else 255.0 * (typical < 128)
    return np.rint(gray * alpha + ground * (1 - alpha)).astype(np.uint8)


def _damaged(error: BaseException) -> InkError:
    if "truncated" in str(error):
        return _error("truncated_image", gettext_noop("the picture ends before all of it has come: upload it again"))
    text = gettext_noop("the picture cannot be decoded, its data is damaged: save it anew and upload that")
    return _error("damaged_image", text)


def _mebibytes(size: int) -> Decimal:
    return Decimal(f"{size / 2**20:.1f}")


def _error(code: str, template: str, **values: str | float | Decimal) -> InkError:
    return InkError(code, template, field="image", **values)
