"""Pictures of digits come out like strokes of the same digits, on any ground, at any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image, ImageFilter

from recognizer.ink import EMPTY, TOO_LITTLE_INK, InkError, read_ink

from .shapes import DIGITS, digit, drawn, picture

# A pen 2.6 px wide in the image whose ink is 20 px long: on 200 x 200 with the digit 120 high, 18 px.
SAME_PEN = 18


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two images, 1 for the same."""
    return float(np.corrcoef(one.reshape(-1).astype(float), other.reshape(-1).astype(float))[0, 1])


def softened(image: np.ndarray) -> np.ndarray:
    """Out of focus, so that the course of lines counts and their width does not."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(1.5)))


@pytest.mark.parametrize("name", DIGITS)
def test_a_picture_and_the_strokes_of_a_digit_come_out_alike(name):
    assert alike(read_ink(picture(name, pen=SAME_PEN)).image, drawn(digit(name))) > 0.97


@pytest.mark.parametrize("name", DIGITS)
def test_light_on_dark_is_read_as_dark_on_light_is(name):
    image = picture(name, paper=255, ink=0)
    assert alike(read_ink(image).image, read_ink(255 - image).image) > 0.999


@pytest.mark.parametrize("name", DIGITS)
def test_an_image_like_mnists_survives_nearly_unchanged(name):
    image = drawn(digit(name))
    assert np.abs(read_ink(image).image.astype(int) - image).max() <= 4


@pytest.mark.parametrize("name", DIGITS)
def test_a_negative_of_an_image_like_mnists_survives_too(name):
    image = drawn(digit(name))
    assert np.abs(read_ink(255 - image).image.astype(int) - image).max() <= 4


@pytest.mark.parametrize("side", [40, 90, 350, 700])
def test_the_size_of_the_picture_hardly_matters(side):
    assert alike(read_ink(picture("two", side=side, pen=side * 0.09)).image, drawn(digit("two"))) > 0.95


@pytest.mark.parametrize("pen", [3, 6, 10, 20, 30])  # 1.5 to 15 % of the picture's side
def test_the_pen_hardly_matters(pen):
    image = read_ink(picture("two", pen=pen)).image
    assert alike(softened(image), softened(drawn(digit("two")))) > 0.95


def test_a_hairline_is_read_without_a_gap():
    image = read_ink(picture("zero", side=500, pen=1)).image
    assert alike(softened(image), softened(drawn(digit("zero")))) > 0.95


@pytest.mark.parametrize("place", [(10, 10), (700, 30), (400, 900)])
def test_a_digit_small_in_a_large_picture_is_found(place):
    page = np.full((800, 1000), 235, np.uint8)
    small = picture("four", side=60, pen=5.4)
    page[place[0] : place[0] + 60, place[1] : place[1] + 60] = small
    assert alike(read_ink(page).image, drawn(digit("four"))) > 0.95


def test_a_speck_of_dust_does_not_set_the_crop():
    image = picture("two", pen=SAME_PEN)
    dusty = image.copy()
    dusty[5:9, 190:194] = 30
    assert alike(read_ink(dusty).image, read_ink(image).image) > 0.999


@pytest.mark.parametrize("shape", [(28, 28), (300, 200), (1, 1), (1, 500), (500, 2)])
def test_a_blank_picture_is_empty(shape):
    seen = read_ink(np.full(shape, 200, np.uint8))
    assert seen.reason == EMPTY
    assert seen.steps == ()
    assert not seen.image.any()


@pytest.mark.parametrize(("size", "side"), [(3, 28), (20, 200), (60, 300)])
def test_a_dot_is_too_little_ink(size, side):
    image = np.full((side, side), 250, np.uint8)
    image[side // 2 : side // 2 + size, side // 3 : side // 3 + size] = 20
    assert read_ink(image).reason == TOO_LITTLE_INK


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("pen", [4, 14, 40])
def test_a_digit_is_never_too_little_ink(name, pen):
    assert read_ink(picture(name, pen=pen)).reason is None


def test_the_steps_show_the_way():
    seen = read_ink(picture("four"))
    assert [step.name for step in seen.steps] == ["ink", "crop", "box", "centred"]
    assert [step.image.shape for step in seen.steps[2:]] == [(20, 20), (28, 28)]
    assert all(max(step.image.shape) <= 112 and step.image.max() == 255 for step in seen.steps)
    assert np.array_equal(seen.steps[-1].image, seen.image)


@pytest.mark.parametrize(
    "array",
    [np.zeros((28, 28)), np.zeros((3, 28, 28), np.uint8), np.zeros((0, 28), np.uint8), np.zeros((28, 28), bool)],
)
def test_an_array_that_is_no_grey_picture_is_refused_with_its_shape(array):
    with pytest.raises(InkError, match=r"this one is \w+ \(") as caught:
        read_ink(array)
    assert caught.value.code == "wrong_shape"


@settings(max_examples=60, deadline=None)
@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_grey_picture_at_all_is_seen_somehow(gray):
    seen = read_ink(gray)
    assert seen.image.shape == (28, 28)
    assert seen.image.dtype == np.uint8
    assert (seen.reason == EMPTY) == (not seen.image.any())
