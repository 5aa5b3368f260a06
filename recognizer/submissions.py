"""What comes in to be recognised: strokes or a picture, checked and turned into the image that the network reads.

Answers InkError for ink that cannot be read and ApiError for bodies that are no submission; it stores nothing."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from recognizer import bodies, ink, words
from recognizer.errors import ApiError
from recognizer.ink.errors import show
from recognizer.models import Drawing

IMAGE = "image"
KEY_HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class Submission:
    """`seen` is what the network reads; `strokes`, or `upload` as a PNG file encoded anew, is what is kept.

    `key` is the same when the same body comes again under the same Idempotency-Key, and None without one."""

    source: Drawing.Source
    seen: ink.Seen
    strokes: ink.Strokes | None = None
    upload: bytes | None = None
    key: str | None = None


def read(request: HttpRequest) -> Submission:
    """The submission in the body of a request; raises ApiError."""
    key = _idempotency_key(request)
    if request.content_type == bodies.MULTIPART:
        data = bodies.one_file(request, IMAGE)
        return _keyed(_as_api_error(of_upload, data), key, data)
    if request.content_type != bodies.JSON:
        raise bodies.unsupported_type(request, bodies.JSON, bodies.MULTIPART)
    return _keyed(_of_json(bodies.json_object(request)), key, request.body)


def of_strokes(strokes: Any, width: Any, height: Any) -> Submission:
    """Drawn: lists of [x, y] or [x, y, t_ms] on a canvas of `width` x `height`. Raises InkError."""
    parsed = ink.parse_strokes(strokes, width, height, ink_limits())
    return Submission(Drawing.Source.STROKES, ink.render(parsed), strokes=parsed)


def of_upload(data: bytes) -> Submission:
    """Uploaded: the bytes of a PNG, JPEG or WebP file. Raises InkError."""
    upload = ink.read_upload(data, ink_limits())
    return Submission(Drawing.Source.UPLOAD, ink.read_ink(upload.gray), upload=upload.reencoded)


def of_gray(gray: np.ndarray) -> Submission:
    """An image of a data set: uint8 (h, w), dark on light or light on dark. Raises InkError."""
    return Submission(Drawing.Source.UPLOAD, ink.read_ink(gray), upload=ink.seen_png(gray))


def ink_limits() -> ink.Limits:
    """How much ink the settings let in."""
    pixels = settings.MAX_UPLOAD_PIXELS, settings.MAX_WHOLE_PIXELS
    return _limits(settings.MAX_STROKES, settings.MAX_POINTS, settings.MAX_BODY_BYTES, *pixels)


@cache
def _limits(strokes: int, points: int, upload_bytes: int, pixels: int, whole_pixels: int) -> ink.Limits:
    return ink.Limits(
        max_strokes=strokes,
        max_points=points,
        max_upload_bytes=upload_bytes,
        max_pixels=pixels,
        max_whole_pixels=whole_pixels,
    )


def _of_json(body: dict[str, Any]) -> Submission:
    strokes, image = body.get("strokes"), body.get(IMAGE)
    if strokes is not None and image is not None:
        raise ApiError(422, "ambiguous", _("The body has both strokes and image: send one of them."), "strokes")
    if strokes is None and image is None:
        given = ", ".join(show(name) for name in list(body)[:5]) or _("nothing")
        text = _("The body has %(given)s: send strokes with width and height, or image.")
        raise ApiError(422, "missing", text % {"given": given}, "strokes")
    if image is not None:
        return _as_api_error(of_upload, _decoded(image))
    return _as_api_error(of_strokes, strokes, body.get("width"), body.get("height"))


def _decoded(image: Any) -> bytes:
    """The bytes in base64 text, which may be wrapped in lines or be a data: URL."""
    if not isinstance(image, str):
        text = _("image is %(value)s (%(type)s): send the file's bytes as base64 text.")
        raise ApiError(422, "wrong_type", text % {"value": show(image), "type": type(image).__name__}, IMAGE)
    if image.startswith("data:"):
        image = image.partition(",")[2]
    try:
        return base64.b64decode("".join(image.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        text = _("image is %(value)s, which is not base64 (%(reason)s): send the file's bytes as base64 text.")
        raise ApiError(422, "invalid_base64", text % {"value": show(image), "reason": error}, IMAGE) from error


def _as_api_error(read_ink: Callable[..., Submission], *values: Any) -> Submission:
    try:
        return read_ink(*values)
    except ink.InkError as error:
        raise ApiError(422, error.code, f"{words.of_ink(error)}.", error.field) from error


def _idempotency_key(request: HttpRequest) -> UUID | None:
    """A UUID, so that no two senders choose the same by chance."""
    text = request.headers.get(KEY_HEADER)
    if text is None:
        return None
    try:
        if len(text) == 36:
            return UUID(text)
    except ValueError:
        pass
    message = _("%(header)s is %(value)s: send a random UUID, a new one for each drawing, or leave it out.")
    raise ApiError(422, "invalid_key", message % {"header": KEY_HEADER, "value": show(text)}, KEY_HEADER)


def _keyed(submission: Submission, key: UUID | None, content: bytes) -> Submission:
    if key is None:
        return submission
    # With the content in it, a sender who repeats a key by mistake still gets each drawing stored.
    return replace(submission, key=hashlib.sha256(key.bytes + content).hexdigest())
