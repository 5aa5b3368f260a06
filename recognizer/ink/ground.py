"""The ground that ink lies on: is it dark or light, how is it lit, and is there anything on it.

What is left is ink from 0 to 255 on an even ground. Squared paper and hard shadows are beyond it.
"""

import numpy as np
from PIL import Image, ImageFilter

FIT_SIDE = 64
WINDOW = 21  # of 64: lines narrower than a third of the picture count as ink, wider light and shade as ground
LEAST_CONTRAST = 20  # grey levels of 255 between ground and ink
LEAST_SEPARATION = 4.0  # standard deviations of the ground; an Otsu split of pure noise has 2.7, of a ramp 3.5
NOISE_TO_SMOOTH = 1.5


def flattened(gray: np.ndarray) -> np.ndarray:
    """uint8 (h, w), any ground and light -> uint8 (h, w), the ground near 0 and ink above it, unscaled."""
    smooth = _smoothed(gray)
    if ink_is_dark(smooth):
        ground = _ground(smooth, ImageFilter.MaxFilter(WINDOW), ImageFilter.MinFilter(WINDOW))
        # Light falls on paper by multiplication: dividing by the ground takes shade and its effect on the ink away.
        ink = (ground - smooth) * (255 / np.maximum(ground, 32))
    else:
        ink = smooth - _ground(smooth, ImageFilter.MinFilter(WINDOW), ImageFilter.MaxFilter(WINDOW))
    return np.clip(np.rint(ink), 0, 255).astype(np.uint8)


def ink_is_dark(gray: np.ndarray) -> bool:
    """Split the picture, evenly lit by a fitted surface, in two: the ground is the part that owns the border."""
    small = _shrunk(gray).astype(np.float64)
    rest = small - _surface(small)
    light = rest > threshold_of(rest)
    frame = max(1, round(0.04 * min(small.shape)))
    border = np.ones(small.shape, bool)
    border[frame:-frame, frame:-frame] = False
    return bool(light[border].mean() >= 0.5)


def threshold_of(values: np.ndarray) -> float:
    """Otsu's threshold (1979): the split with the largest variance between its two sides; 256 bins."""
    counts, edges = np.histogram(values, 256)
    below = np.cumsum(counts)
    above = below[-1] - below
    middles = (edges[:-1] + edges[1:]) / 2
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    best = np.nanmax(between)
    flat = np.flatnonzero(between >= best * (1 - 1e-9))  # empty bins between two peaks: split in the middle of them
    return float(edges[1:][flat].mean())


def contrasted(ink: np.ndarray) -> np.ndarray | None:
    """Flattened ink -> uint8 (h, w) over the full range with the noise of the ground gone, or None if it is blank."""
    threshold = threshold_of(ink)
    above = ink > threshold
    if not above.any():
        return None
    ground, marks = ink[~above], ink[above]
    contrast = marks.mean() - ground.mean()
    if contrast < LEAST_CONTRAST or contrast < LEAST_SEPARATION * ground.std():
        return None
    low, high = np.median(ground), np.percentile(marks, 75)
    near = np.asarray(Image.fromarray(above).convert("L").filter(ImageFilter.MaxFilter(5))) > 0
    full = np.clip((ink - low) * (255 / (high - low)), 0, 255) * near
    return np.rint(full).astype(np.uint8)


def _smoothed(gray: np.ndarray) -> np.ndarray:
    """float32 (h, w); a clean picture stays as it is, a noisy one loses detail finer than a pixel."""
    image = Image.fromarray(gray)
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(1.0)), np.float32)
    noise = np.median(np.abs(gray - soft))
    return soft if noise >= NOISE_TO_SMOOTH else gray.astype(np.float32)


def _shrunk(gray: np.ndarray) -> np.ndarray:
    image = Image.fromarray(gray)
    factor = FIT_SIDE / max(image.size)
    if factor >= 1:
        return np.asarray(image)
    size = tuple(max(1, round(side * factor)) for side in image.size)
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))


def _ground(gray: np.ndarray, first: ImageFilter.RankFilter, then: ImageFilter.RankFilter) -> np.ndarray:
    """The picture with everything narrower than the window closed over, float32 (h, w)."""
    small = Image.fromarray(np.rint(_shrunk(gray)).astype(np.uint8))
    closed = small.filter(first).filter(then).filter(ImageFilter.GaussianBlur(2))
    return np.asarray(closed.resize(gray.shape[::-1], Image.Resampling.BILINEAR), np.float32)


def _surface(gray: np.ndarray) -> np.ndarray:
    """A quadratic surface through the ground, float64 (h, w): fitted three times, each time without the farthest."""
    height, width = gray.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).reshape(-1, 6)
    values, kept = gray.reshape(-1), np.ones(gray.size, bool)
    for _ in range(3):
        fitted = terms @ np.linalg.lstsq(terms[kept], values[kept])[0]
        away = np.abs(values - fitted)
        kept = away <= np.percentile(away, 80)
    return fitted.reshape(gray.shape)
