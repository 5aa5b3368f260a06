"""Digits as lines of points and as pictures, made by formulas: what the ink tests read."""

from io import BytesIO

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from recognizer.ink import Strokes, render

CANVAS = 400.0
unhurried = settings(deadline=None)  # a busy machine is no reason to fail


def arc(
    middle: tuple[float, float], radii: tuple[float, float], start: float, end: float, count: int = 60
) -> np.ndarray:
    """Part of an ellipse, angles in turns from the right, clockwise on a canvas whose y runs down."""
    angle = np.linspace(start, end, count) * 2 * np.pi
    return np.stack([middle[0] + radii[0] * np.cos(angle), middle[1] + radii[1] * np.sin(angle)], axis=1)


def line(*corners: tuple[float, float]) -> np.ndarray:
    return np.array(corners, np.float64)


def digit(name: str) -> list[np.ndarray]:
    """Strokes on a canvas of 400 x 400."""
    return {
        "zero": [arc((200, 200), (70, 110), 0, 1)],
        "one": [line((200, 80), (200, 320))],
        "slanted one": [line((230, 80), (170, 320))],
        "two": [np.concatenate([arc((200, 150), (70, 60), 0.5, 1.1), line((130, 320), (280, 320))])],
        "four": [line((220, 80), (120, 230), (290, 230)), line((230, 150), (230, 330))],
        "seven": [line((120, 90), (280, 90), (180, 320)), line((150, 200), (260, 200))],
        "eight": [np.concatenate([arc((200, 140), (50, 50), 0.25, 1.25), arc((200, 260), (70, 70), -0.25, 0.75)])],
    }[name]


DIGITS = ("zero", "one", "slanted one", "two", "four", "seven", "eight")


def drawn(lines: list[np.ndarray], width: float = CANVAS, height: float = CANVAS) -> np.ndarray:
    return render(Strokes(tuple(lines), width, height)).image


def largest_difference(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def curve(coefficients: list[float]) -> np.ndarray:
    """A smooth line of 50 points inside of the canvas, from eight numbers from -1 to 1."""
    t = np.linspace(0, 1, 50)
    waves = np.stack([np.cos(np.pi * k * t) for k in range(1, 5)], axis=1)  # (50, 4)
    xy = waves @ np.array(coefficients).reshape(4, 2)
    reach = np.ptp(xy, axis=0).max()
    return 200 + (xy - xy.mean(axis=0)) * (140 / reach)


curves = (
    st.lists(st.floats(-1, 1), min_size=8, max_size=8)
    .filter(lambda numbers: np.ptp(np.array(numbers).reshape(4, 2), axis=0).max() > 0.5)
    .map(curve)
)


def picture(name: str, *, side: int = 200, pen: float = 14, ink: int = 30, paper: int = 235) -> np.ndarray:
    """A digit drawn on paper with a round pen, uint8 (side, side): Pillow's lines, four times too large and shrunk."""
    canvas = Image.new("L", (side * 4, side * 4), paper)
    brush = ImageDraw.Draw(canvas)
    for one in digit(name):
        corners = [tuple(point) for point in (one * (side * 4 / CANVAS)).tolist()]
        brush.line(corners, fill=ink, width=round(pen * 4))
        for x, y in corners:
            brush.circle((x, y), pen * 2, fill=ink)
    return np.asarray(canvas.reduce(4))


def encoded(image: Image.Image | np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind, **options)
    return file.getvalue()
