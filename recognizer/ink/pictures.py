"""Ink in a picture -> what the network sees: find it, even its lines, then the recipe that strokes go through too.

One digit is expected; telling several apart, or a digit from a doodle, is not this module's business.
"""

from functools import partial

import numpy as np
from PIL import Image

from .errors import InkError
from .ground import contrasted, flattened
from .linewidth import evened
from .normalise import BOX_SIDE, crop, placed, resized, to_mnist
from .seen import TOO_LITTLE_INK, Seen, Step, nothing_seen

READ_SIDE = 512
LEAST_SIDE_PX = 5  # fewer pixels than this show no digit at all
STEP_SIDE_PX = 112


def read_ink(gray: np.ndarray) -> Seen:
    """uint8 (h, w), dark on light or light on dark, any size -> what the network sees of it.

    Raises InkError (wrong_shape) for anything but a two-dimensional uint8 array with pixels in it.
    """
    if gray.dtype != np.uint8 or gray.ndim != 2 or gray.size == 0:
        text = f"a picture is a uint8 array (height, width), this one is {gray.dtype} {gray.shape}: convert it first"
        raise InkError("wrong_shape", text, field="image")
    ink = contrasted(flattened(_shrunk(gray)))
    if ink is None:
        return nothing_seen()
    cropped = crop(ink)
    even = evened(cropped)
    reason = TOO_LITTLE_INK if max(cropped.shape) < LEAST_SIDE_PX else None
    image = to_mnist(even)
    return Seen(image, reason, partial(_steps, ink, cropped, even, image))


def _shrunk(gray: np.ndarray) -> np.ndarray:
    factor = -(-max(gray.shape) // READ_SIDE)
    return gray if factor == 1 else np.asarray(Image.fromarray(gray).reduce(factor))


def _steps(ink: np.ndarray, cropped: np.ndarray, even: np.ndarray, image: np.ndarray) -> tuple[Step, ...]:
    scale = BOX_SIDE / max(even.shape)
    corner = (BOX_SIDE - np.array(even.shape[::-1]) * scale) / 2
    return (
        Step("ink", resized(ink, STEP_SIDE_PX)),
        Step("crop", resized(cropped, STEP_SIDE_PX)),
        Step("box", placed(even, scale, corner, BOX_SIDE)),
        Step("centred", image),
    )
