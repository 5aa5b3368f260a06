"""Uploaded bytes -> one grey picture of bounded size, or an `InkError`; never another exception, whatever the bytes.

What is kept is the grey picture that is read, encoded anew: no metadata, no place where it was taken, no colour.
Decoders are other people's code and fail on damaged files with errors of any type, hence `except Exception` here.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from .errors import InkError
from .limits import DEFAULT_LIMITS, Limits

FORMATS = ("PNG", "JPEG", "WEBP")
REMEDY = "send a PNG, JPEG or WebP picture"


@dataclass(frozen=True)
class Upload:
    """`gray` uint8 (h, w), longest side at most `kept_side`; `reencoded` the same as a PNG file."""

    gray: np.ndarray
    reencoded: bytes


def read_upload(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Upload:
    """Bytes of a PNG, JPEG or WebP file -> the upright grey picture in it, transparent parts filled with ground.

    Raises InkError: wrong_type, missing, too_many_bytes, unknown_format, too_many_pixels, animated,
    truncated_image, damaged_image.
    """
    _check_bytes(data, limits)
    image = _opened(data, limits)
    _check_size(image, limits)
    _check_kind(image, data, limits)
    gray = _decoded(image, limits)
    file = BytesIO()
    Image.fromarray(gray).save(file, "PNG", compress_level=6)
    return Upload(gray, file.getvalue())


def _check_bytes(data: object, limits: Limits) -> None:
    if not isinstance(data, bytes | bytearray | memoryview):
        raise _error("wrong_type", f"the picture is a {type(data).__name__}, not bytes: {REMEDY}")
    if len(data) == 0:
        raise _error("missing", f"the picture is empty (0 bytes): {REMEDY}")
    if len(data) > limits.max_upload_bytes:
        limit = limits.max_upload_bytes / 2**20
        text = f"the picture has {len(data) / 2**20:.1f} MiB, more than {limit:.1f}: send a smaller one"
        raise _error("too_many_bytes", text)


def _opened(data: bytes, limits: Limits) -> Image.Image:
    """The header only; which format it is, the bytes say, never a name."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = f"{limits.max_pixels / 1e6:g} million"
        text = f"the picture has more than {Image.MAX_IMAGE_PIXELS / 1e6:.0f} million pixels: scale it down to {most}"
        raise _error("too_many_pixels", text) from error
    except Exception as error:
        start = bytes(data[:12])
        raise _error("unknown_format", f"the file starts with {start!r}, which is no picture: {REMEDY}") from error


def _check_size(image: Image.Image, limits: Limits) -> None:
    """After open and before load: a few bytes of header can ask for gigabytes of pixels."""
    width, height = image.size
    if width < 1 or height < 1:
        raise _error("damaged_image", f"the picture is {width} x {height} pixels: {REMEDY}")
    if max(width, height) > limits.max_side or width * height > limits.max_pixels:
        text = (
            f"the picture is {width:,} x {height:,} pixels, more than {limits.max_pixels / 1e6:g} million "
            f"or {limits.max_side:,} on a side: scale it down"
        )
        raise _error("too_many_pixels", text)


def _check_kind(image: Image.Image, data: bytes, limits: Limits) -> None:
    if bytes(data[:2]) == b"\xff\xd8":  # JPEG, also where a camera appended a second picture
        if bytes(data).count(b"\xff\xda") > limits.max_jpeg_scans:
            raise _error("damaged_image", "the JPEG has too many scans: save it anew")
        return
    try:
        animated = getattr(image, "is_animated", False)
    except Exception as error:
        raise _damaged(error) from error
    if animated:
        raise _error("animated", f"the picture has {image.n_frames} frames: send a still one")


def _decoded(image: Image.Image, limits: Limits) -> np.ndarray:
    try:
        # JPEG decodes at 1/2, 1/4 or 1/8 for the asking, so a large photograph costs no more than a small one.
        image.draft(None, (limits.kept_side, limits.kept_side))
        image.load()
        image = _upright(image)
        return _gray(image, limits.kept_side)
    except Exception as error:
        raise _damaged(error) from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF beside a sound picture: read it as it lies
        return image


def _gray(image: Image.Image, kept_side: int) -> np.ndarray:
    """uint8 (h, w) from any mode that the three formats know."""
    if image.mode.startswith(("I", "F")):  # 16-bit grey
        image = Image.fromarray((np.asarray(image).astype(np.float64).clip(0, 65535) / 257).astype(np.uint8))
    if image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or image.has_transparency_data:
        image = image.convert("RGBA")
        image.thumbnail((kept_side, kept_side))
        return _composited(image)
    image = image.convert("RGB" if image.mode in ("P", "CMYK", "YCbCr", "LAB", "HSV") else image.mode).convert("L")
    image.thumbnail((kept_side, kept_side))
    return np.asarray(image)


def _composited(image: Image.Image) -> np.ndarray:
    """Transparent parts become ground: the colour that most visible pixels have, if they are most of the picture
    (a photograph with round corners), else the opposite of the ink's."""
    gray = np.asarray(image.convert("L"), np.float32)
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    if alpha.max() == 0:
        return np.full(gray.shape, 255, np.uint8)
    typical = np.median(gray[alpha >= alpha.max() / 2])
    ground = typical if alpha.mean() > 0.5 else 255.0 * (typical < 128)
    return np.rint(gray * alpha + ground * (1 - alpha)).astype(np.uint8)


def _damaged(error: BaseException) -> InkError:
    if "truncated" in str(error):
        return _error("truncated_image", "the picture ends before all of it has come: upload it again")
    return _error("damaged_image", "the picture cannot be decoded, its data is damaged: save it anew and upload that")


def _error(code: str, message: str) -> InkError:
    return InkError(code, message, field="image")
