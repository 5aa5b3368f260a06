"""The ground that ink lies on: is it dark or light, how is it lit, and is there anything on it.

What is left is ink from 0 to 255 on an even ground. Paper's own lines are taken off on the way (`rules.py`).
"""

import numpy as np
from PIL import Image, ImageFilter

from .levels import border_of, even_ground, ground_is_light, shrunk, threshold, widened
from .normalise import resized
from .rules import without_rules

FIT_SIDE = 128
WINDOW = 42  # of 128: lines narrower than a third of the picture count as ink, wider light and shade as ground
NOISE_TO_SMOOTH = 0.6  # grey levels that the quietest fifth of a picture moves when smoothed; a clean one: none
SMOOTHING_PX, FINE_SMOOTHING_PX = 1.0, 0.4
# Of _sharp; chosen by how much small noisy type looks like large clean type (docs/decisions/0010-photographs.md).
FINE_SIGMAS, STRONG, FAINTEST, SOFT_EDGE, ENLARGED = 2.0, 80, 0.3, 90, 4
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
    dark = ink_is_dark(gray) if dark is None else dark
    noisy = _is_noisy(gray)
    smooth = _blurred(gray, SMOOTHING_PX) if noisy else gray.astype(np.float32)
    flat = _flattened(smooth, dark)
    ground, least = _levels(flat, even=even_ground(smooth, light=dark) is not None)
    if min(flat.shape) >= LEAST_PHOTO_PX:
        flat = without_rules(flat, least)
    elif noisy:
        return _sharp(_flattened(_blurred(gray, FINE_SMOOTHING_PX), dark), flat, least)
    return _stretched(flat, ground, least)


def ink_is_dark(gray: np.ndarray) -> bool:
    """Of two clear levels the ground has most of the border. Else ink is what lies farthest from the light that the
    border has; cubes let few strong pixels outvote much noise.

    Where a shadow divides the border that says nothing, and ink is what has the thinner lines.
    """
    small = shrunk(gray, POLARITY_SIDE).astype(np.float64)
    photo = min(gray.shape) >= LEAST_PHOTO_PX
    if (light := ground_is_light(small, shaded=photo)) is not None:
        return light
    border = border_of(small.shape)
    away = small - _surface(small, border)
    if photo and _unevenness(gray) >= UNEVEN:
        found = _thinner_is_dark(shrunk(gray, FIT_SIDE).astype(np.float32))
        if found is not None:
            return found
    return bool((away**3).sum() < 0)


def _unevenness(gray: np.ndarray) -> float:
    """By how much the light along the border strays from a smooth one, in grey levels; fine patterns do not count."""
    coarse = shrunk(gray, COARSE_SIDE, Image.Resampling.BOX).astype(np.float64)
    border = border_of(coarse.shape)
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


def _is_noisy(gray: np.ndarray) -> bool:
    """Whether even the quietest parts of a picture change when it is smoothed; those of a clean one do not."""
    return bool(np.percentile(np.abs(gray - _blurred(gray, SMOOTHING_PX)), 20) >= NOISE_TO_SMOOTH)


def _blurred(gray: np.ndarray, radius_px: float) -> np.ndarray:
    return np.asarray(Image.fromarray(gray).filter(ImageFilter.GaussianBlur(radius_px)), np.float32)


def _flattened(gray: np.ndarray, dark: bool) -> np.ndarray:
    """float32 (h, w): the ground near 0, the ink above it."""
    ground = even_ground(gray, light=dark)
    if ground is None:
        ground = _ground(gray, np.maximum, np.minimum) if dark else _ground(gray, np.minimum, np.maximum)
    # Light multiplies what paper reflects, so dividing takes the shade off the ink as well as off the paper.
    return (ground - gray) * (255 / np.maximum(ground, DARKEST_GROUND)) if dark else gray - ground


def _levels(ink: np.ndarray, *, even: bool) -> tuple[float, float]:
    """The ground's level in (h, w), and the least of what is a mark on it; of an `even` ground ink may cover most."""
    low, high = np.percentile(ink, (10, 30))  # ground, as long as ink covers no more than two thirds of the picture
    noise = (high - low) / 0.757  # one standard deviation, if it is normal: between its 10th and 30th percentiles
    least = high + max(LEAST_CONTRAST, SIGMAS * noise)
    between = threshold(ink)  # of a digit that fills its picture, of which soft edges are no noise
    if even and between is not None and between < high:
        return float(np.median(ink[ink <= between])), between
    return float(high), float(least if between is None else min(least, between))


def _stretched(ink: np.ndarray, high: float, least: float) -> np.ndarray | None:
    """The full range from the ground's level to the ink's, with the noise of the ground gone; uint8 (h, w)."""
    marks = ink[ink > least]
    if len(marks) < LEAST_PIXELS:
        return None
    usual, strong = np.percentile(marks, (75, 98))
    if usual < FAINT * strong:  # most of it is much fainter than the pen: a shadow's edge, the paper's pattern
        high = FAINT * strong
        marks = ink[ink > high]
    full = np.clip((ink - high) * (255 / max(np.percentile(marks, 75) - high, 1)), 0, 255)
    return np.rint(full * widened(full >= 128, 5)).astype(np.uint8)  # soft edges stay, grain farther out does not


def _sharp(fine: np.ndarray, soft: np.ndarray, least: float) -> np.ndarray | None:
    """As `_stretched`, for lines so thin that smoothing the noise away makes blobs of them; uint8, ENLARGED times as
    large, since their edges lie between pixels.

    Where ink is, `soft` tells, a smoothed picture (h, w), and how much of it, `fine`, which is hardly smoothed.
    """
    marks = soft > least
    if marks.sum() < LEAST_PIXELS:
        return None
    marks &= soft > FAINTEST * np.percentile(soft[marks], STRONG)
    near = widened(marks, 3)
    ground = fine[~near] if not near.all() else fine
    middle = np.median(ground)
    low = middle + FINE_SIGMAS * 1.48 * np.median(np.abs(ground - middle))  # 1.48 makes a standard deviation of it
    full = np.clip((fine - low) * (255 / max(np.percentile(fine[marks], STRONG) - low, 1)), 0, 255)
    ink = resized(np.rint(full * near).astype(np.uint8), ENLARGED * max(fine.shape)).astype(np.float32)
    return np.rint(np.clip((ink - SOFT_EDGE) * (255 / (255 - 2 * SOFT_EDGE)), 0, 255)).astype(np.uint8)


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
    padded = np.pad(shrunk(gray, FIT_SIDE), WINDOW - 1, mode="edge")
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
