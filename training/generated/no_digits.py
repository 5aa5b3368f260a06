"""What is no digit: scribbles, dots, letters, words, several digits side by side, blots.

Letters that look like digits are left out alone, and take part in words.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from recognizer import ink
from recognizer.ink.normalise import to_mnist

from . import faces, pens
from .hand import Hand, Lines
from .letters import LETTERS
from .skeletons import curve, parse
from .styles import HANDWRITTEN, PRINTED

HAND = Hand()
LOOKALIKES = {"O": "30,0 4,20 0,60 28,100 56,60 50,16 30,0", "l": "0,0 0,100", "I": "0,0 0,100",
              "S": "50,10 24,0 6,20 28,46 54,76 30,100 0,88", "o": "24,30 0,64 24,100 48,64 24,30",
              "s": "36,40 16,34 8,52 34,78 18,98 0,92"}  # fmt: skip


def letter(rng: np.random.Generator) -> Lines:
    return HAND.write(parse(_pick(LETTERS, rng)), rng)


def printed_letter(rng: np.random.Generator) -> Lines:
    """A letter or a sign as a face has it, with serifs in some."""
    lines = faces.PRINTER.write(parse(_pick(LETTERS, rng)), rng)
    return lines + faces.serifs(lines, rng) if rng.random() < 0.4 else lines


def word(rng: np.random.Generator) -> Lines:
    """Two to seven letters, look-alikes among them; maybe up to five more below."""
    known = LETTERS | LOOKALIKES
    lines = side_by_side([_pick(known, rng) for _ in range(rng.integers(2, 8))], rng)
    if rng.random() < 0.15:
        below = side_by_side([_pick(known, rng) for _ in range(rng.integers(1, 6))], rng)
        lines += [line + np.array([0, rng.uniform(110, 160)]) for line in below]
    return lines


def number(rng: np.random.Generator) -> Lines:
    """Two to five digits side by side, written or printed."""
    styles = HANDWRITTEN if rng.random() < 0.7 else PRINTED
    count = 2 if rng.random() < 0.6 else rng.integers(3, 6)
    return side_by_side([_pick(styles[int(rng.integers(10))], rng) for _ in range(count)], rng)


def side_by_side(texts: list[str], rng: np.random.Generator) -> Lines:
    """Characters in a row, each written anew, with gaps of 4 to 40 hundredths of their height."""
    lines, left = [], 0.0
    for text in texts:
        written = HAND.write(parse(text), rng)
        points = np.concatenate(written)
        start = left - points[:, 0].min()
        lines += [line + np.array([start, rng.normal(0, 5)]) for line in written]
        left += float(np.ptp(points[:, 0])) + rng.uniform(4, 40)
    return lines


def joined_writing(rng: np.random.Generator) -> Lines:
    """A line of loops and humps, as writing looks from afar."""
    count = int(rng.integers(3, 12))
    t = np.linspace(0, 2 * np.pi * count, 24 * count)
    heights = np.interp(t, np.linspace(0, t[-1], count + 1), rng.uniform(10, 50, count + 1))
    loops, pace = rng.uniform(0, 14), rng.uniform(2.5, 7)
    x = t * pace + loops * np.cos(t) + rng.normal(0, 1)
    y = heights * np.sin(t) + np.interp(t, [0, t[-1]], rng.normal(0, 12, 2))
    return [np.stack([x, y], axis=1)]


def scribble(rng: np.random.Generator) -> Lines:
    """A line without aim: smooth or angular, turning round or wandering."""
    return SCRIBBLES[int(rng.integers(len(SCRIBBLES)))](rng)


def _wandering(rng: np.random.Generator) -> Lines:
    turns = np.cumsum(rng.normal(rng.normal(0, 0.1), rng.uniform(0.35, 0.8), rng.integers(120, 320)))
    return [np.cumsum(np.stack([np.cos(turns), np.sin(turns)], axis=1) * 5, axis=0)]


def _zigzag(rng: np.random.Generator) -> Lines:
    count = int(rng.integers(7, 26))
    y = np.where(np.arange(count) % 2, 0.0, 100.0) + rng.normal(0, 12, count)
    x = np.arange(count) * rng.uniform(4, 30) + rng.normal(0, 4, count)
    angle = rng.uniform(0, np.pi)
    return [np.stack([x, y], axis=1) @ [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]]


def _coil(rng: np.random.Generator) -> Lines:
    angle = np.linspace(0, 2 * np.pi * rng.uniform(3, 8), 160)
    radius = 40 + rng.normal(0, 1) * angle + 14 * rng.random() * np.sin(angle * rng.uniform(0.3, 1.7))
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle) * rng.uniform(0.5, 1.2)], axis=1)
    drift = rng.choice([-1, 1]) * rng.uniform(3, 12)  # turns that lay upon each other would make a 0
    return [ring + np.outer(angle, [drift, rng.normal(0, 4)])]


def _hatching(rng: np.random.Generator) -> Lines:
    lines = []
    for _ in range(rng.integers(6, 16)):
        middle, half = rng.uniform(0, 100, 2), rng.normal(0, 1, 2)
        half *= rng.uniform(15, 60) / np.hypot(*half)
        lines.append(np.array([middle - half, middle + half]))
    return lines


def _polygon(rng: np.random.Generator) -> Lines:
    return [rng.uniform(0, 100, (int(rng.integers(7, 16)), 2))]


def _few_lines(rng: np.random.Generator) -> Lines:
    """Four to eight short curves anywhere, as a child draws."""
    lines = []
    for _ in range(rng.integers(4, 9)):
        points = rng.uniform(0, 100, 2) + np.cumsum(rng.normal(0, 22, (int(rng.integers(2, 5)), 2)), axis=0)
        lines.append(curve(points, np.zeros(len(points), bool)))
    return lines


def _spiral(rng: np.random.Generator) -> Lines:
    angle = np.linspace(0, 2 * np.pi * rng.uniform(2.2, 5), 160) + rng.uniform(0, 6)
    radius = np.linspace(rng.uniform(0, 8), 50, 160) * np.exp(rng.normal(0, 0.03, 160))
    return [np.stack([radius * np.cos(angle), radius * np.sin(angle) * rng.uniform(0.6, 1.3)], axis=1)]


def _rays(rng: np.random.Generator) -> Lines:
    """Lines through one point, or beside each other."""
    count = int(rng.integers(3, 9))
    if rng.random() < 0.5:
        angles = np.linspace(0, np.pi, count, endpoint=False) + rng.normal(0, 0.15, count)
        ends = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(30, 55, (count, 1))
        return [np.stack([-end, end]) + rng.normal(0, 4, 2) for end in ends]
    start, step = rng.normal(0, 5, (count, 2)), rng.uniform(12, 26)
    return [np.array([[0, 0], [rng.uniform(-15, 15), 100]]) + start[k] + [k * step, 0] for k in range(count)]


def _filling(rng: np.random.Generator) -> Lines:
    """To and fro until a patch is full."""
    count = int(rng.integers(14, 40))
    x = np.linspace(0, rng.uniform(40, 100), count)
    y = np.where(np.arange(count) % 2, 0.0, 1.0) * rng.uniform(50, 100, count)
    angle = rng.uniform(0, np.pi)
    return [np.stack([x, y], axis=1) @ [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]]


def _knot(rng: np.random.Generator) -> Lines:
    points = rng.uniform(0, 100, (int(rng.integers(11, 24)), 2))
    return HAND.write(((points, np.zeros(len(points), bool)),), rng)


def _level_line(rng: np.random.Generator) -> Lines:
    points = np.stack([np.linspace(0, 100, 8), np.cumsum(rng.normal(0, 3, 8))], axis=1)
    return [points + np.outer(np.linspace(0, 1, 8), [0, rng.uniform(-35, 35)])]


SCRIBBLES: tuple[Callable[[np.random.Generator], Lines], ...] = (
    _wandering, _wandering, _zigzag, _coil, _hatching, _polygon, _knot, _knot, _level_line, _few_lines, _spiral, _rays,
    _filling,
)  # fmt: skip


def dots(rng: np.random.Generator) -> Lines:
    """A few dots, each a touch of the pen."""
    return [rng.uniform(0, 100, 2) + rng.normal(0, 2, (2, 2)) for _ in range(rng.integers(2, 9))]


def blot(rng: np.random.Generator) -> np.ndarray:
    """A patch without lines, as a photograph of nothing in particular gives; uint8 (28, 28)."""
    noise = Image.fromarray(rng.integers(0, 256, (64, 64), dtype=np.uint8))
    soft = np.asarray(noise.filter(ImageFilter.GaussianBlur(rng.uniform(1.5, 9))), np.float32)
    patch = np.clip((soft - np.percentile(soft, rng.uniform(35, 85))) * 40, 0, 255).astype(np.uint8)
    return to_mnist(_cut(patch, rng))


def _cut(patch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    size = rng.integers(12, 64, 2)
    part = patch[: size[0], : size[1]]
    return part if part.any() else np.full((8, 8), 255, np.uint8)


KINDS: dict[str, tuple[float, Callable[[np.random.Generator], Lines]]] = {
    "letter": (0.26, letter),
    "printed letter": (0.18, printed_letter),
    "word": (0.12, word),
    "joined writing": (0.04, joined_writing),
    "number": (0.15, number),
    "scribble": (0.18, scribble),
    "dots": (0.04, dots),
}
"""With the share of each; what is left are blots."""


def draw(kind: str, rng: np.random.Generator) -> np.ndarray:
    """One of KINDS, or a "blot", drawn; uint8 (28, 28)."""
    if kind == "blot":
        return blot(rng)
    lines = KINDS[kind][1](rng)
    if kind == "dots":
        return ink.draw_lines(lines, pen_width_px=rng.uniform(1.5, 7))
    return pens.with_nib(lines, rng) if kind == "printed letter" or rng.random() < 0.2 else pens.with_pen(lines, rng)


def _pick(styles: dict[str, str], rng: np.random.Generator) -> str:
    return list(styles.values())[int(rng.integers(len(styles)))]
