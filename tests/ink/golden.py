"""Drawings and pictures of every kind, and one sheet of what the network sees of them, which a person has looked at.

python -m tests.ink.golden          draws golden.png anew; look at it before it is committed
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from recognizer.ink import Strokes, read_ink, read_upload, render

from .shapes import CANVAS, DIGITS, digit, encoded, picture
from .test_paper import paper, ruled
from .test_small_pictures import grainy, typed

SHEET = Path(__file__).with_name("golden.png")
ACROSS, TILE = 10, 30  # a pixel of ground around each image


def strokes(name: str, every: int = 1) -> np.ndarray:
    """The digit's strokes at each `every`-th of their points, the last one too."""
    lines = [np.concatenate([line[:-1:every], line[-1:]]) for line in digit(name)]
    return render(Strokes(tuple(lines), CANVAS, CANVAS)).image


def uploaded(data: bytes) -> np.ndarray:
    return read_ink(read_upload(data).gray).image


def shaded(gray: np.ndarray, depth: float) -> np.ndarray:
    """With a shadow's edge through it, uint8."""
    y, x = np.mgrid[: gray.shape[0], : gray.shape[1]]
    shadow = 1 / (1 + np.exp(-(x + 0.3 * y - 0.6 * gray.shape[1]) / 6))
    return np.rint(gray * (1 - depth * shadow)).astype(np.uint8)


def turned(gray: np.ndarray) -> bytes:
    """A file that lies on its side and says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.fromarray(gray).rotate(90, expand=True), exif=exif)


def transparent(gray: np.ndarray) -> bytes:
    """Black ink on nothing."""
    rgba = np.zeros((*gray.shape, 4), np.uint8)
    rgba[..., 3] = 255 - gray
    return encoded(Image.fromarray(rgba))


def seen(gray: np.ndarray) -> np.ndarray:
    return read_ink(gray.clip(0, 255).astype(np.uint8)).image


CASES: dict[str, Callable[[], np.ndarray]] = {
    **{f"strokes of a {name}": lambda name=name: strokes(name) for name in DIGITS},
    "few points of a two": lambda: strokes("two", every=12),
    "few points of an eight": lambda: strokes("eight", every=12),
    "a tap": lambda: render(Strokes((np.array([[200.0, 200.0]]),), CANVAS, CANVAS)).image,
    **{f"picture of a {name}": lambda name=name: seen(picture(name)) for name in ("zero", "two", "four", "seven")},
    **{f"pen of {pen} px": lambda pen=pen: seen(picture("four", pen=pen)) for pen in (3, 24, 40)},
    "light on dark": lambda: seen(255 - picture("two")),
    "faint pencil": lambda: seen(picture("eight", pen=5, ink=190)),
    "small in a large picture": lambda: seen(np.pad(picture("seven", side=60, pen=4), 600, constant_values=235)),
    "ruled paper": lambda: seen(ruled(paper("two"), across=True)),
    "squared paper": lambda: seen(ruled(ruled(paper("four"), across=True), across=False)),
    "a shadow": lambda: seen(shaded(paper("eight"), 0.5)),
    "light that falls off": lambda: seen(paper("seven") * np.linspace(1, 0.4, 400)),
    "a file that lies": lambda: uploaded(turned(picture("seven"))),
    "a transparent ground": lambda: uploaded(transparent(picture("two", ink=0, paper=255))),
    **{f"type of {text}": lambda text=text: seen(typed(text, 64, margin=20)) for text in "2579"},
    **{f"cut-out {text}": lambda text=text: seen(typed(text, 200, margin=0)) for text in "257"},
    "cut-out, light on dark": lambda: seen(255 - typed("4", 80, margin=0)),
    **{f"small noisy {text}": lambda text=text: seen(grainy(typed(text, 16, margin=8), 7)) for text in "358"},
    "tiny": lambda: seen(np.asarray(Image.fromarray(typed("6", 100, margin=4)).resize((11, 14)))),
    "an image like MNIST's": lambda: seen(strokes("two")),
    "nothing": lambda: seen(np.full((100, 100), 200.0)),
}


def sheet() -> np.ndarray:
    """All of them in rows, dark on light, uint8 (rows * TILE, ACROSS * TILE)."""
    board = np.full((-(-len(CASES) // ACROSS) * TILE, ACROSS * TILE), 230, np.uint8)
    for number, case in enumerate(CASES.values()):
        tile_of(board, number)[...] = 255 - case()
    return board


def tile_of(board: np.ndarray, number: int) -> np.ndarray:
    """The image of a number on a sheet, a view (28, 28)."""
    top, left = number // ACROSS * TILE + 1, number % ACROSS * TILE + 1
    return board[top : top + 28, left : left + 28]


if __name__ == "__main__":
    Image.fromarray(sheet()).save(SHEET, optimize=True)
    print(f"written: {SHEET}; look at it")
