"""From what people draw, upload or photograph to the 28 x 28 image that the network reads.

numpy and Pillow only: it knows no network and no Django, and decides no digit.
"""

from .errors import InkError
from .limits import DEFAULT_LIMITS, Limits
from .many import draw_many
from .pictures import read_ink
from .png import seen_png
from .seen import EMPTY, TOO_LITTLE_INK, Seen, Step
from .strokes import Strokes, box_lines, draw_lines, parse_strokes, render
from .uploads import Upload, read_upload

PREPROCESSING_VERSION = 2
"""Raised whenever the same ink comes out as another image, so that weights know what they were trained for."""

__all__ = [
    "DEFAULT_LIMITS",
    "EMPTY",
    "PREPROCESSING_VERSION",
    "TOO_LITTLE_INK",
    "InkError",
    "Limits",
    "Seen",
    "Step",
    "Strokes",
    "Upload",
    "box_lines",
    "draw_lines",
    "draw_many",
    "parse_strokes",
    "read_ink",
    "read_upload",
    "render",
    "seen_png",
]
