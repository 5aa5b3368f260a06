"""Ink in a picture -> what the network sees: find it, even its lines, then the recipe that strokes go through too.

One digit is expected; telling several apart, or a digit from a doodle, is not this module's business.
"""

from functools import partial

import numpy as np
from PIL import Image

from .errors import InkError, gettext_noop
from .ground import LEAST_PHOTO_PX, find_ink, ink_is_dark
from .levels import is_scenery, is_seam, with_margin
from .linewidth import evened, line_width, outline_of
from .normalise import BOX_SIDE, WORK_SIDE, bounds, crop, placed, resized, to_mnist
from .seen import STEP_SIDE_PX, TOO_LITTLE_INK, Seen, Step, nothing_seen
from .sheets import sheet_in
from .specks import without_specks

READ_SIDE = 512
LEAST_SIDE_PX = 5  # fewer pixels than this show no digit at all
SMALL_PX = 48  # of a digit; its lines are as thin as the detail that noise takes away
TINY_PX, TINY_ZOOM = 20, 4  # an icon's lines are a pixel wide, and its noise cannot be told from them
DOT = 2.0  # a disc is 1.5 times as long as the mean width of its "line", the boldest digits of MNIST 3 times


def read_ink(gray: np.ndarray) -> Seen:
    """uint8 (h, w), dark on light or light on dark, any size -> what the network sees of it.

    Raises InkError (wrong_shape) for anything but a two-dimensional uint8 array with pixels in it.
    """
    if gray.dtype != np.uint8 or gray.ndim != 2 or gray.size == 0:
        text = gettext_noop(
            "a picture is a uint8 array (height, width), this one is %(type)s %(shape)s: convert it first"
        )
        raise InkError("wrong_shape", text, field="image", type=str(gray.dtype), shape=str(gray.shape))
    ink = _find(gray)
    if ink is None:
        return nothing_seen()
    cropped = crop(ink)
    even = evened(cropped)
    image = to_mnist(even)
    return Seen(image, TOO_LITTLE_INK if _is_dot(cropped) else None, partial(_steps, ink, cropped, even, image))


def _find(gray: np.ndarray) -> np.ndarray | None:
    """The ink of a picture: that on the sheet in it, if there is one with something on it."""
    if max(gray.shape) < TINY_PX:
        gray = resized(gray, TINY_ZOOM * max(gray.shape))
    gray = with_margin(gray)
    sheet = sheet_in(gray)
    on_sheet = None if sheet is None else _find_on(gray[sheet.rows, sheet.columns], whole=not sheet.surrounded)
    return _find_on(gray) if on_sheet is None else on_sheet


def _find_on(gray: np.ndarray, *, whole: bool = False) -> np.ndarray | None:
    """The ink on one ground; a digit that is small in a large picture is looked at again at full resolution.

    None if `whole` is asked for and ink runs over the edge, as where light and shade meet in the digit.
    """
    factor, dark = _factor(gray), ink_is_dark(gray)
    ink = _find_at(gray, factor, dark, whole=whole)
    if ink is None or (min(gray.shape) >= LEAST_PHOTO_PX and (is_scenery(ink > 0) or is_seam(ink >= 128))):
        return None
    low, high = (np.array(bounds(ink)) * gray.shape / ink.shape).round().astype(int)
    size = (high - low).max()
    margin = size // 2
    low, high = np.maximum(low - margin, 0), high + margin
    closer = gray[low[0] : high[0], low[1] : high[1]]
    if _factor(closer) == factor and not (size < SMALL_PX and min(closer.shape) < LEAST_PHOTO_PX <= min(gray.shape)):
        return ink
    again = _find_at(closer, _factor(closer), dark)
    return ink if again is None else again


def _find_at(gray: np.ndarray, factor: int, dark: bool, *, whole: bool = False) -> np.ndarray | None:
    ink = find_ink(gray if factor == 1 else np.asarray(Image.fromarray(gray).reduce(factor)), dark=dark)
    if ink is None or (whole and (ink[[0, -1]].any() or ink[:, [0, -1]].any())):
        return None
    return without_specks(ink) if ink.any() else None


def _factor(gray: np.ndarray) -> int:
    """How many times a picture is to shrink so that it can be searched at once."""
    return -(-max(gray.shape) // READ_SIDE)


def _is_dot(cropped: np.ndarray) -> bool:
    if max(cropped.shape) < LEAST_SIDE_PX:
        return True
    mask = outline_of(cropped)
    return bool(mask.any()) and DOT * line_width(mask) > WORK_SIDE


def _steps(ink: np.ndarray, cropped: np.ndarray, even: np.ndarray, image: np.ndarray) -> tuple[Step, ...]:
    scale = BOX_SIDE / max(even.shape)
    corner = (BOX_SIDE - np.array(even.shape[::-1]) * scale) / 2
    return (
        Step("ink", resized(ink, STEP_SIDE_PX)),
        Step("crop", resized(cropped, STEP_SIDE_PX)),
        Step("box", placed(even, scale, corner, BOX_SIDE)),
        Step("centred", image),
    )
