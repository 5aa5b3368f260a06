"""The ground that ink lies on: is it dark or light, how is it lit, and is there anything on it.

What is left is ink from 0 to 255 on an even ground. Paper's own lines are taken off on the way (`rules.py`).
"""

import numpy as np
from PIL import Image, ImageFilter

from .rules import without_rules

FIT_SIDE = 128
WINDOW = 42  # of 128: lines narrower than a third of the picture count as ink, wider light and shade as ground
NOISE_TO_SMOOTH = 0.6  # grey levels that the quietest fifth of a picture moves when smoothed; a clean one: none
LEAST_CONTRAST = 20  # grey levels of 255 between ground and ink
SIGMAS = 6.0  # of the ground's noise; among a million pixels of pure noise none stands out as far
LEAST_PIXELS = 6
FAINT = 0.5  # of the strongest ink
UNEVEN = 9.0  # grey levels by which the border strays from a smooth light: a shadow, or a table
LEAST_PHOTO_PX = 128  # smaller pictures have no shadows and no lines worth the name
POLARITY_SIDE = 64
COARSE_SIDE = 24
THIN_WINDOWS = (2, 3, 4, 5, 6, 8, 11, 14, 18, 24)  # of FIT_SIDE
DARKEST_GROUND = 64  # below it, dividing by the ground would turn its noise into ink


def find_ink(gray: np.ndarray, *, dark: bool | None = None) -> np.ndarray | None:
    """uint8 (h, w), any ground and light -> uint8 (h, w), 0 for ground and 255 for ink, or None where there is none.

    `dark` says whether the ink is darker than the ground, for a part of a picture of which that is known.
    """
    flat = _flattened(_smoothed(gray), ink_is_dark(gray) if dark is None else dark)
    ground, least = _levels(flat)
    if min(flat.shape) >= LEAST_PHOTO_PX:
        flat = without_rules(flat, least)
    return _stretched(flat, ground, least)


def ink_is_dark(gray: np.ndarray) -> bool:
    """Ink is what lies farthest from the light that the border has; cubes let few strong pixels outvote much noise.

    Where a shadow divides the border that says nothing, and ink is what has the thinner lines.
    """
    small = _shrunk(gray, POLARITY_SIDE).astype(np.float64)
    border = _border(small.shape)
    away = small - _surface(small, border)
    if min(gray.shape) >= LEAST_PHOTO_PX and _unevenness(gray) >= UNEVEN:
        found = _thinner_is_dark(_shrunk(gray, FIT_SIDE).astype(np.float32))
        if found is not None:
            return found
    return bool((away**3).sum() < 0)


def _unevenness(gray: np.ndarray) -> float:
    """By how much the light along the border strays from a smooth one, in grey levels; fine patterns do not count."""
    coarse = _shrunk(gray, COARSE_SIDE, Image.Resampling.BOX).astype(np.float64)
    border = _border(coarse.shape)
    return float(np.sqrt(((coarse - _surface(coarse, border))[border] ** 2).mean()))


def _thinner_is_dark(gray: np.ndarray) -> bool | None:
    """Which of dark and light has half of its marks gone first when windows grow and close over them; None for neither.

    What lies between lines is wider than they are; where it is not, nothing is said.
    """
    dark, light = [], []
    for window in THIN_WINDOWS:
        padded = np.pad(gray, window - 1, mode="edge")
        closed = _extreme(_extreme(padded, np.maximum, window), np.minimum, window)
        opened = _extreme(_extreme(padded, np.minimum, window), np.maximum, window)
        dark.append(float((np.maximum(closed - gray - LEAST_CONTRAST, 0) ** 2).sum()))
        light.append(float((np.maximum(gray - opened - LEAST_CONTRAST, 0) ** 2).sum()))
    if not dark[-1] or not light[-1]:
        return dark[-1] > light[-1] if dark[-1] or light[-1] else None
    at_dark, at_light = (int(np.argmax(np.array(sums) >= sums[-1] / 2)) for sums in (dark, light))
    return None if at_dark == at_light else at_dark < at_light


def _smoothed(gray: np.ndarray) -> np.ndarray:
    """float32 (h, w); a clean picture stays as it is, a noisy one loses detail finer than a pixel."""
    soft = np.asarray(Image.fromarray(gray).filter(ImageFilter.GaussianBlur(1.0)), np.float32)
    noise = np.percentile(np.abs(gray - soft), 20)
    return soft if noise >= NOISE_TO_SMOOTH else gray.astype(np.float32)


def _flattened(gray: np.ndarray, dark: bool) -> np.ndarray:
    """float32 (h, w): the ground near 0, the ink above it."""
    if dark:
        ground = _ground(gray, np.maximum, np.minimum)
        # Light multiplies what paper reflects, so dividing takes the shade off the ink as well as off the paper.
        return (ground - gray) * (255 / np.maximum(ground, DARKEST_GROUND))
    return gray - _ground(gray, np.minimum, np.maximum)


def _levels(ink: np.ndarray) -> tuple[float, float]:
    """The ground's level in (h, w), and the least of what is a mark on it."""
    low, high = np.percentile(ink, (10, 30))  # ground, as long as ink covers no more than two thirds of the picture
    noise = (high - low) / 0.757  # one standard deviation, if it is normal: between its 10th and 30th percentiles
    return float(high), float(high + max(LEAST_CONTRAST, SIGMAS * noise))


def _stretched(ink: np.ndarray, high: float, least: float) -> np.ndarray | None:
    """The full range from the ground's level to the ink's, with the noise of the ground gone; uint8 (h, w)."""
    marks = ink[ink > least]
    if len(marks) < LEAST_PIXELS:
        return None
    usual, strong = np.percentile(marks, (75, 98))
    if usual < FAINT * strong:  # most of it is much fainter than the pen: a shadow's edge, the paper's pattern
        high = FAINT * strong
        marks = ink[ink > high]
    full = np.clip((ink - high) * (255 / (np.percentile(marks, 75) - high)), 0, 255)
    core = Image.fromarray(full >= 128).convert("L").filter(ImageFilter.MaxFilter(5))
    return np.rint(full * (np.asarray(core) > 0)).astype(np.uint8)  # soft edges stay, grain farther out does not


def _shrunk(gray: np.ndarray, side: int, how: Image.Resampling = Image.Resampling.BILINEAR) -> np.ndarray:
    image = Image.fromarray(gray)
    factor = side / max(image.size)
    if factor >= 1:
        return gray
    size = tuple(max(1, round(side * factor)) for side in image.size)
    return np.asarray(image.resize(size, how))


def _border(shape: tuple[int, int]) -> np.ndarray:
    """True on a frame along the edges of (h, w), which the ground owns but for a line that touches it."""
    frame = max(1, round(0.04 * min(shape)))
    border = np.ones(shape, bool)
    border[frame:-frame, frame:-frame] = False
    return border


def _surface(gray: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A quadratic surface through the pixels `where`, float64 (h, w); thrice fitted, without the farthest fifth."""
    height, width = gray.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)  # (h, w, 6)
    known, values = terms[where], gray[where]
    kept = np.ones(len(values), bool)
    for _ in range(3):
        weights = np.linalg.lstsq(known[kept], values[kept])[0]
        away = np.abs(values - known @ weights)
        kept = away <= np.percentile(away, 80)
    return terms @ weights


def _ground(gray: np.ndarray, first: np.ufunc, then: np.ufunc) -> np.ndarray:
    """The picture with everything narrower than the window closed over, float32 (h, w)."""
    # Padded by what both filters take off; a slope of light that ran into the edge would else end in a step.
    padded = np.pad(_shrunk(gray, FIT_SIDE), WINDOW - 1, mode="edge")
    closed = Image.fromarray(_extreme(_extreme(padded, first), then))
    return np.asarray(closed.resize(gray.shape[::-1], Image.Resampling.BILINEAR))


def _extreme(image: np.ndarray, ufunc: np.ufunc, window: int = WINDOW) -> np.ndarray:
    """The greatest or the least in each whole window of (h, w); the reach doubles, so six passes see 42 pixels."""
    for _ in range(2):
        reach = 1
        while reach < window:
            step = min(reach, window - reach)
            image = ufunc(image[:-step], image[step:])
            reach += step
        image = image.T
    return image
