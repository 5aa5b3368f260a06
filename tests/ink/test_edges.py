"""What touches the edges of a picture: digits cut out closely, long strips, and a scene around paper that is blank."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from recognizer import ink
from recognizer.ink import levels, pen

from . import shapes

DIGITS = "0123456789"
BOLD = {
    "three": [shapes.line((150, 90), (140, 90), (270, 85), (225, 210), (290, 250), (280, 320), (150, 330))],
    "six": [np.concatenate([shapes.line((310, 80), (160, 230)), shapes.arc((210, 270), (50, 40), 0.6, -0.3)])],
    "nine": [np.concatenate([shapes.arc((180, 130), (50, 50), 0, 1), shapes.line((240, 260), (210, 310), (90, 290))])],
}


def heavy(text: str, size: int, margin: int, stroke: int) -> np.ndarray:
    """Type that is bolder than any face, dark on light, uint8."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = map(round, font.getbbox(text, stroke_width=stroke))
    image = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, font=font, fill=0, stroke_width=stroke)
    return np.asarray(image)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(ink.read_ink(one).image.ravel(), ink.read_ink(other).image.ravel())[0, 1])


@pytest.mark.parametrize("text", DIGITS)
@pytest.mark.parametrize(("size", "stroke"), [(60, 4), (200, 14)])
def test_the_boldest_type_cut_out_closely_is_seen_as_with_a_margin(text, size, stroke):
    assert likeness(heavy(text, size, 0, stroke), heavy(text, size, size, stroke)) > 0.9


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.97])
@pytest.mark.parametrize("side", [40, 60, 120, 300])
@pytest.mark.parametrize("dark", [True, False])
def test_a_picture_that_is_mostly_ink_is_read_or_told_to_be_empty(share, side, dark):
    part = round(side * share**0.5)
    start = (side - part) // 2
    gray = np.full((side, side), 255 if dark else 0, np.uint8)
    gray[start : start + part, start : start + part] = 0 if dark else 255
    assert ink.read_ink(gray).reason in (None, "empty", "too_little_ink")


@pytest.mark.parametrize("place", ["left", "middle", "right"])
@pytest.mark.parametrize("text", DIGITS)
def test_a_digit_on_a_long_strip_is_seen_as_on_a_square(text, place):
    typed = heavy(text, 48, 8, 0)
    width = 20 * typed.shape[0]
    room = {"left": 0, "middle": width // 2, "right": width}[place]
    strip = np.pad(typed, ((0, 0), (room, width - room)), constant_values=255)
    assert likeness(strip, np.pad(typed, 40, constant_values=255)) > 0.9


@pytest.mark.parametrize("room", [5, 9, 14])
@pytest.mark.parametrize("light_on_dark", [False, True])
@pytest.mark.parametrize("name", ["four", "three", "six", "nine"])
def test_a_bold_pen_near_the_edge_is_the_ink(name, light_on_dark, room):
    side, width = 280, 34.0
    lines = BOLD.get(name) or shapes.digit(name)
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    scale = (side - 2 * room - width) / extent
    placed = [(line - low) * scale + width / 2 + room for line in lines]
    drawn = pen.draw(pen.dense_points(placed, spacing=1.0), shape=(side, side), pen_width_px=width)
    gray = drawn if light_on_dark else 255 - drawn
    ground = 0 if light_on_dark else 255
    assert levels.even_ground(levels.shrunk(gray, levels.SIDE).astype(np.float64), light=not light_on_dark) == ground
    assert likeness(gray, np.pad(gray, 100, mode="edge")) > 0.99


@pytest.mark.parametrize("light_on_dark", [False, True])
@pytest.mark.parametrize("below", [0, 2, 6, 12])
def test_a_bar_along_the_edge_is_ink(below, light_on_dark):
    typed = heavy("2", 260, 0, 0)
    height, width = typed.shape
    gray = np.pad(typed, ((400 - height - below, below), (40, 360 - width)), constant_values=255)
    whole = np.pad(typed, 100, constant_values=255)
    assert likeness(255 - gray if light_on_dark else gray, whole) > 0.95


def scene(kind: str) -> np.ndarray:
    """Blank paper, with something that is not it."""
    y, x = np.mgrid[:300, :400]
    where, level = {
        "a finger": ((x - 400) ** 2 + (y - 300) ** 2 < 90**2, 130),
        "a table": (x > 330, 90),
        "a table below": (y > 240, 60),
        "a shadow over the corner": (x + 1.2 * y < 220, 110),
        "a shadow across": (x + 0.4 * y < 200, 120),
    }[kind]
    gray = np.where(where, level, 225) + np.random.default_rng(0).normal(0, 3.5, x.shape)
    file = BytesIO()
    Image.fromarray(gray.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=60)
    return ink.read_upload(file.getvalue()).gray


@pytest.mark.parametrize(
    "kind", ["a finger", "a table", "a table below", "a shadow over the corner", "a shadow across"]
)
def test_blank_paper_in_a_scene_has_no_ink(kind):
    assert ink.read_ink(scene(kind)).reason == "empty"


@pytest.mark.parametrize("kind", ["a finger", "a table", "a shadow over the corner"])
def test_a_digit_in_the_same_scene_is_seen(kind):
    typed = heavy("3", 120, 0, 2)
    gray = scene(kind).copy()
    top, left = 100, 180
    part = gray[top : top + typed.shape[0], left : left + typed.shape[1]]
    part[...] = np.where(typed < 128, 40, part)
    assert likeness(gray, np.pad(typed, 60, constant_values=255)) > 0.9


@pytest.mark.parametrize("stroke", [0, 3])
@pytest.mark.parametrize("text", DIGITS)
def test_type_on_nothing_cut_out_closely_is_seen(text, stroke):
    typed = heavy(text, 60, 0, stroke)
    file = BytesIO()
    Image.merge("LA", [Image.new("L", typed.shape[::-1], 0), Image.fromarray(255 - typed)]).save(file, "PNG")
    seen = ink.read_ink(ink.read_upload(file.getvalue()).gray)
    assert seen.reason is None
    expected = ink.read_ink(np.pad(typed, 60, constant_values=255)).image
    assert np.corrcoef(seen.image.ravel(), expected.ravel())[0, 1] > 0.9
