"""Two levels in a picture: the threshold between light and dark, and which of the two is the ground.

Left out on purpose: uneven light, under which there are more than two levels, and which `ground.py` deals with.
"""

import numpy as np
from PIL import Image, ImageFilter

from .specks import connected

LEAST_CONTRAST = 40  # grey levels of 255 from one to the other
LEAST_SEPARATION = 0.75  # share of the variance that two levels explain; of an even slope of light they do as much
FRAME = 0.04  # of the shorter side
BROAD = 0.3  # no line of a digit is as broad, most shadows are
SIDE = 64
LEAST_SIDE = 16  # of a long strip, which would else shrink to a line
SOLID = 0.45  # of its box: more than a digit's lines fill, if they touch the edge
ALONG, AROUND = 0.95, 0.6  # of a side of the picture, and of a box's height and width, that lie on the edge
SEAM, SEAM_LENGTH = 0.01, 0.25  # of the longer side; pens have 1.5 % and more, but of small digits
SAME, DRAWN = 1, 0.7  # grey level from the ground's own, and the share of it that is so near on a screen
EVEN = 16.0  # grey levels between the darker and the lighter parts of a ground


def split(values: np.ndarray) -> tuple[float, float]:
    """The threshold between two classes, and how far their means are apart: Otsu, A Threshold Selection Method from
    Gray-Level Histograms (1979)."""
    counts = np.bincount(np.clip(values, 0, 255).astype(np.int64).ravel(), minlength=256).astype(np.float64)
    below, level = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (level[-1] - level) / above - level / below
        between = np.nan_to_num(below * above * apart**2)
    best = int(np.argmax(between))
    return float(best), float(np.nan_to_num(apart[best]))


def threshold(gray: np.ndarray) -> float | None:
    """The threshold between two clear levels of (h, w), 0 to 255; None where there are no two."""
    level, contrast = split(gray)
    share = (gray > level).mean()
    clear = contrast >= LEAST_CONTRAST and share * (1 - share) * contrast**2 >= LEAST_SEPARATION * gray.var()
    return level if clear else None


def shrunk(gray: np.ndarray, side: int, how: Image.Resampling = Image.Resampling.BILINEAR) -> np.ndarray:
    """uint8 (h, w) with its longest side no longer than `side`, or with its shorter one no longer than LEAST_SIDE."""
    image = Image.fromarray(gray)
    factor = max(side / max(image.size), LEAST_SIDE / min(image.size))
    if factor >= 1:
        return gray
    size = tuple(max(1, round(side * factor)) for side in image.size)
    return np.asarray(image.resize(size, how))


def border_of(shape: tuple[int, int]) -> np.ndarray:
    """True on a frame along the edges of (h, w), which the ground owns but for a line that touches it."""
    frame = max(1, round(FRAME * min(shape)))
    border = np.ones(shape, bool)
    border[frame:-frame, frame:-frame] = False
    return border


def ground_is_light(gray: np.ndarray, *, shaded: bool) -> bool | None:
    """Which of two clear levels most of the border of (h, w) has; None where there are no two.

    It holds for a digit that was cut out so closely that it touches the edges. Where the picture may be `shaded`, a
    shadow makes two levels as well: then it is said of a digit that was cut out, and of one on an even ground.
    """
    level = threshold(gray)
    if level is None:
        return None
    light = gray > level
    ground_light = bool(light[border_of(gray.shape)].mean() > 0.5)
    if shaded and even_ground(gray, light=ground_light) is None:
        return ground_light if is_cut_out(~light if ground_light else light) else None
    return ground_light


def with_margin(gray: np.ndarray) -> np.ndarray:
    """uint8 (h, w) -> the same, or with ground all around if it is a digit that was cut out closely, or a drawing that
    touches an edge, which is told from a photograph by a ground that is the same nearly everywhere.

    Without a margin, a bar along the edge looks as if it went on outside, and would count as ground.
    """
    small = shrunk(gray, SIDE)
    level = threshold(small.astype(np.float64))
    if level is None:
        return gray
    light = small > level
    ground = light if light[border_of(small.shape)].mean() > 0.5 else ~light
    level = int(np.median(small[ground]))
    drawn = (np.abs(gray.astype(np.int16) - level) <= SAME).mean() >= DRAWN * ground.mean()
    if not (is_cut_out(~ground, bold=drawn) or (drawn and _touches(~ground))):
        return gray
    return np.pad(gray, max(2, max(gray.shape) // 4), constant_values=level)


def _touches(ink: np.ndarray) -> bool:
    """Whether lines of the mask (h, w) touch the edge, and nothing that comes from outside does."""
    parts = connected(ink)
    touching = set(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]).tolist()) - {0}
    return bool(touching) and not is_broad(ink) and not any(is_scenery(parts == part) for part in touching)


def is_scenery(mask: np.ndarray) -> bool:
    """Whether what is marked in (h, w) comes from outside of the picture: solid, and along a whole side, or with
    most of its own outline on two; a table, a finger, a shadow's corner."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return False
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    touching = [int(side.sum()) for side in sides]
    along = any(side.mean() >= ALONG for side in sides)
    around = np.count_nonzero(touching) > 1 and sum(touching) >= AROUND * sum(box.shape)
    return bool(box.mean() >= SOLID and (along or around))


def even_ground(gray: np.ndarray, *, light: bool) -> float | None:
    """The level of a ground that is the same everywhere, of which ink may cover as much as it likes; None where light
    falls unevenly, or there are no two levels. All of the edge has to be ground: a shadow comes from outside."""
    level = threshold(gray)
    if level is None:
        return None
    ground = gray > level if light else gray <= level
    # Without the soft edges of lines, which are many where lines are bold; in a small picture hardly more is left.
    inner = ground & ~widened(~ground, 3) if max(gray.shape) >= SIDE else ground
    if not inner.any():
        return None
    low, middle, high = np.percentile(gray[inner], (5, 50, 95))
    edge = all(side.all() for side in (ground[0], ground[-1], ground[:, 0], ground[:, -1]))
    return float(middle) if edge and high - low <= EVEN else None


def is_cut_out(ink: np.ndarray, *, bold: bool = False) -> bool:
    """Whether the largest part of the mask (h, w) is a digit that reaches from edge to edge, and no shadow.

    A shadow is broader than lines are, unless they may be `bold`, or meets the border in one piece.
    """
    parts = connected(ink)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    part = parts == int(np.argmax(sizes))
    top, right, bottom, left = _frame(part)
    if not ((top.any() and bottom.any()) or (left.any() and right.any())):
        return False
    return _pieces(top, right, bottom, left) >= 2 and (bold or not is_broad(part))


def _frame(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What of the mask (h, w) lies near its upper, right, lower and left edge, boolean (w,), (h,), (w,), (h,)."""
    frame = max(1, round(FRAME * min(mask.shape)))
    return (
        mask[:frame].any(axis=0), mask[:, -frame:].any(axis=1), mask[-frame:].any(axis=0), mask[:, :frame].any(axis=1)
    )  # fmt: skip


def _pieces(top: np.ndarray, right: np.ndarray, bottom: np.ndarray, left: np.ndarray) -> int:
    """In how many pieces the four sides of a picture are marked, going around it."""
    around = np.concatenate([top, right, bottom[::-1], left[::-1]])
    return int(np.count_nonzero(around & ~np.roll(around, 1)))


def is_seam(mask: np.ndarray) -> bool:
    """Whether what is marked in (h, w) is where two grounds meet: from edge to edge, and thinner than pens are."""
    if not mask.any() or _pieces(*_frame(mask)) < 2:
        return False
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    length = np.hypot(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    side = max(mask.shape)
    return bool(length >= SEAM_LENGTH * side and mask.sum() <= SEAM * side * length)


def is_broad(mask: np.ndarray) -> bool:
    """Whether a square with a side of BROAD of the longer side of (h, w) fits into the mask."""
    side = max(2, round(BROAD * max(mask.shape)))
    if side > min(mask.shape):
        return False
    sums = np.pad(mask, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    within = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return bool((within == side * side).any())


def widened(mask: np.ndarray, window: int) -> np.ndarray:
    """What lies in a window, of an odd number of pixels, around any point of the mask (h, w)."""
    return np.asarray(Image.fromarray(mask).convert("L").filter(ImageFilter.MaxFilter(window))) > 0
