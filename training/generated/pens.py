"""Pens, and what cameras and screens do to their lines: from lines to the 28 x 28 image of them.

The drawing is the ink package's own; chosen here are widths, nibs and blur only.
"""

import numpy as np
from PIL import Image, ImageFilter

from recognizer import ink
from recognizer.ink.normalise import PEN_WIDTH_PX

from .hand import Lines

NIB_STEP_PX = 0.45
MOST_NOISE = 40.0  # grey levels, on ink
HARD = 0.35  # of the darkest ink; what is fainter is an edge's halo
USUAL_PEN = 0.6  # of the drawings: strokes are always drawn with that one, pictures come with others


def with_pen(lines: Lines, rng: np.random.Generator) -> np.ndarray:
    """Drawn by hand: mostly with the pen that visitors' strokes get, else as a picture may show it; uint8 (28, 28)."""
    if rng.random() < USUAL_PEN:
        return ink.draw_lines(lines, pen_width_px=PEN_WIDTH_PX)
    image = ink.draw_lines(lines, pen_width_px=rng.uniform(1.5, 4.5))
    return blurred(image, rng) if rng.random() < 0.5 else image


def with_nib(lines: Lines, rng: np.random.Generator) -> np.ndarray:
    """Set in type: stems of 1.4 to 4.8 px, bars as thin as a third of that in some faces; uint8 (28, 28)."""
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
    """Softer, or as coarse as a digit of 8 to 19 pixels is, at full range again; uint8 (28, 28)."""
    picture = Image.fromarray(image)
    if rng.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.9)))
        return full_range(np.asarray(picture, np.float32))
    side = int(rng.integers(11, 27))
    small = np.asarray(picture.resize((side, side), Image.Resampling.BOX), np.float32)
    if rng.random() < 0.5:
        small = small + rng.normal(0, rng.uniform(0, MOST_NOISE), small.shape) * (small > 0)
    coarse = Image.fromarray(np.rint(np.clip(small, 0, 255)).astype(np.uint8))
    if rng.random() < 0.5:
        return full_range(np.asarray(coarse.resize((28, 28), Image.Resampling.BICUBIC), np.float32))
    return sharpened(coarse)


def sharpened(coarse: Image.Image) -> np.ndarray:
    """As small pictures are read: enlarged, then with harder edges; uint8 (28, 28)."""
    large = np.asarray(coarse.resize((112, 112), Image.Resampling.BICUBIC), np.float32)
    hard = full_range(large - HARD * large.max()) if large.max() else large.astype(np.uint8)
    return full_range(np.asarray(Image.fromarray(hard).resize((28, 28), Image.Resampling.BOX), np.float32))


def full_range(image: np.ndarray) -> np.ndarray:
    """float (h, w) -> uint8, from 0 to its largest value, which becomes 255."""
    return np.rint(np.clip(image * (255 / max(float(image.max()), 1)), 0, 255)).astype(np.uint8)
