"""Small type, cut-out digits and icons: thin lines survive noise, and no margin is needed to tell ink from ground."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from recognizer import ink
from recognizer.ink.levels import even_ground, ground_is_light, split, threshold

DIGITS = "0123456789"


def typed(text: str, size: int, *, margin: int) -> np.ndarray:
    """A character of Pillow's own font, dark on light; uint8 (h, w)."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, font=font, fill=0)
    return np.asarray(image)


def grainy(gray: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 12, gray.shape)
    return np.clip(40 + gray * (180 / 255) + noise, 0, 255).astype(np.uint8)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two images."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize("text", DIGITS)
@pytest.mark.parametrize(("size", "least"), [(14, 0.7), (20, 0.88), (32, 0.94)])
def test_small_type_with_noise_looks_as_large_type_does(text, size, least):
    large = ink.read_ink(typed(text, 120, margin=40)).image
    small = ink.read_ink(grainy(typed(text, size, margin=8), seed=size)).image
    assert likeness(small, large) > least


@pytest.mark.parametrize("text", DIGITS)
def test_small_type_in_a_large_noisy_picture_is_looked_at_closely(text):
    large = ink.read_ink(typed(text, 120, margin=40)).image
    small = ink.read_ink(grainy(typed(text, 20, margin=100), seed=1)).image
    assert likeness(small, large) > 0.9


@pytest.mark.parametrize("text", DIGITS)
@pytest.mark.parametrize("size", [32, 80, 240])
def test_a_digit_cut_out_closely_needs_no_margin_light_or_dark(text, size):
    with_margin = ink.read_ink(typed(text, size, margin=size // 2)).image
    cut_out = typed(text, size, margin=0)
    assert likeness(ink.read_ink(cut_out).image, with_margin) > 0.9
    assert likeness(ink.read_ink(255 - cut_out).image, with_margin) > 0.9


def test_an_icon_of_eight_pixels_is_read():
    rows = ["00111100", "01100110", "00000110", "00001100", "00011000", "00110000", "01100000", "01111110"]
    two = np.array([[255 * int(value) for value in row] for row in rows], np.uint8)
    seen = ink.read_ink(two)
    assert seen.reason is None
    large = np.pad(np.kron(two, np.ones((12, 12), np.uint8)), 30)
    assert likeness(seen.image, ink.read_ink(large).image) > 0.85


def test_two_levels_are_split_between_them():
    values = np.array([[10, 12, 200], [11, 205, 198]], float)
    level, contrast = split(values)
    assert 12 <= level < 198
    assert contrast == pytest.approx(190, abs=1)
    assert threshold(values) == level


def test_an_even_slope_of_light_has_no_two_levels():
    slope = np.tile(np.linspace(100, 130, 64), (64, 1))
    assert threshold(slope) is None
    assert ground_is_light(slope, shaded=False) is None


def test_a_shadows_edge_is_not_taken_for_a_digits_edge():
    shadow = np.full((64, 64), 220.0)
    shadow[:, :20] = 90
    assert ground_is_light(shadow, shaded=True) is None
    assert ground_is_light(shadow, shaded=False) is True


def test_a_ground_is_even_where_nothing_but_ink_in_the_middle_differs_from_it():
    ground = np.full((64, 64), 220.0)
    with_ink, with_shadow = ground.copy(), ground.copy()
    with_ink[16:48, 16:48] = 30
    with_shadow[:, :20] = 90
    assert even_ground(with_ink, light=True) == 220
    assert even_ground(with_shadow, light=True) is None
    assert even_ground(with_ink * np.linspace(0.8, 1, 64), light=True) is None
