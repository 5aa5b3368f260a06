"""Dark or light ground, even or uneven light, and pictures with nothing on them."""

import numpy as np
import pytest

from recognizer.ink.ground import find_ink, ink_is_dark

from .shapes import DIGITS, picture


def shaded(image: np.ndarray, least: float, angle: float) -> np.ndarray:
    """The same under light that falls from 1 to `least` across the picture."""
    height, width = image.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    slope = (x * np.cos(angle) + y * np.sin(angle)) / 2**0.5
    return np.rint(image * (1 - (1 - least) * (slope + 1) / 2)).astype(np.uint8)


def noisy(image: np.ndarray, levels: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, levels, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("pen", [6, 14, 30])
def test_dark_ink_on_light_ground_is_told_from_light_on_dark(name, pen):
    image = picture(name, pen=pen)
    assert ink_is_dark(image)
    assert not ink_is_dark(255 - image)


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.5, 4.0])
def test_uneven_light_does_not_hide_which_is_the_ink(angle):
    image = shaded(picture("two"), 0.4, angle)
    assert ink_is_dark(image)
    assert not ink_is_dark(255 - image)


@pytest.mark.parametrize("name", DIGITS)
def test_ink_is_found_where_it_was_drawn_and_nowhere_else(name):
    drawn = picture(name) < 132
    found = find_ink(picture(name)) >= 128
    assert (found != drawn).mean() < 0.001


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("noise", [0, 6])
def test_ink_is_found_under_uneven_light_and_noise(angle, noise):
    drawn = picture("two") < 132
    found = find_ink(noisy(shaded(picture("two"), 0.35, angle), noise)) >= 128
    assert (found & drawn).sum() > 0.93 * drawn.sum()
    assert (found & ~drawn).sum() < 0.07 * drawn.sum()


def test_a_clean_light_on_dark_picture_keeps_its_grey_levels():
    image = 255 - picture("seven", side=56, pen=5, paper=255, ink=0)
    assert np.abs(find_ink(image).astype(int) - image).max() <= 3


def test_faint_ink_gets_the_full_range():
    ink = find_ink(picture("two", ink=170, paper=215))
    assert ink.max() == 255
    assert np.median(ink) == 0


def test_ink_fainter_than_twenty_levels_is_not_ink():
    assert find_ink(picture("two", ink=205, paper=220)) is None


@pytest.mark.parametrize("level", [0, 17, 128, 255])
@pytest.mark.parametrize("shape", [(28, 28), (200, 300), (1, 1), (1, 90), (3, 3)])
def test_an_even_picture_has_no_ink(level, shape):
    assert find_ink(np.full(shape, level, np.uint8)) is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise", [2, 8, 20])
@pytest.mark.parametrize("least_light", [1.0, 0.5])
def test_blank_paper_has_no_ink_whatever_its_grain_and_light(seed, noise, least_light):
    paper = np.full((240, 320), 225, np.uint8)
    assert find_ink(noisy(shaded(paper, least_light, float(seed)), noise, seed)) is None
