"""Pens, and what cameras and screens do to their lines: from lines to the 28 x 28 image of them.

The drawing is the ink package's own; chosen here are widths, nibs and blur only.
"""

import numpy as np
from PIL import Image, ImageFilter

from recognizer import ink
from recognizer.ink.normalise import PEN_WIDTH_PX

from .hand import Lines

NIB_STEP_PX = 0.45
USUAL_PEN = 0.6  # of the drawings: strokes are always drawn with that one, pictures come with others


def with_pen(lines: Lines, rng: np.random.Generator) -> np.ndarray:
    """Drawn by hand: mostly with the pen that visitors' strokes get, else as a picture may show it; uint8 (28, 28)."""
    if rng.random() < USUAL_PEN:
        return ink.draw_lines(lines, pen_width_px=PEN_WIDTH_PX)
    image = ink.draw_lines(lines, pen_width_px=rng.uniform(1.5, 4.2))
    return blurred(image, rng) if rng.random() < 0.5 else image


def with_nib(lines: Lines, rng: np.random.Generator) -> np.ndarray:
    """Set in type: stems of 1.3 to 4.8 px, bars as thin as a third of that in some faces; uint8 (28, 28)."""
    stem = rng.uniform(1.4, 4.8)
    bar = stem * (rng.uniform(0.3, 0.8) if rng.random() < 0.4 else rng.uniform(0.8, 1.0))
    bar = max(bar, 0.9)
    angle = np.radians(rng.choice([0.0, rng.uniform(-35, 10)]))
    image = ink.draw_lines(lines, pen_width_px=bar, nib=nib(max(stem - bar, 0.0), angle))
    return blurred(image, rng) if rng.random() < 0.35 else image


def nib(length_px: float, angle: float) -> np.ndarray:
    """Offsets (n, 2) along a straight edge of that length, in pixels."""
    places = np.linspace(-length_px / 2, length_px / 2, 1 + int(np.ceil(length_px / NIB_STEP_PX)))
    return np.outer(places, [np.cos(angle), np.sin(angle)])


def blurred(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Softer, or as coarse as a digit of 9 to 20 pixels is, at full range again; uint8 (28, 28)."""
    picture = Image.fromarray(image)
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.9)))
    else:
        side = int(rng.integers(12, 26))
        picture = picture.resize((side, side), Image.Resampling.BOX).resize((28, 28), Image.Resampling.BICUBIC)
    soft = np.asarray(picture, np.float32)
    return np.rint(np.clip(soft * (255 / max(soft.max(), 1)), 0, 255)).astype(np.uint8)
