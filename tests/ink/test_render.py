"""Strokes come out as MNIST's images are, however, wherever and how densely they were drawn.

Tolerances are in grey levels of 255 for the worst pixel. Coverage falls from 255 to 0 over one pixel, so that a line
drawn a hundredth of a pixel elsewhere changes a pixel by 2.55; what each test allows follows from that.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recognizer.ink import EMPTY, TOO_LITTLE_INK, Strokes, render
from recognizer.ink.normalise import BOX_SIDE, PEN_WIDTH_PX, centre_of_mass
from recognizer.ink.pen import SPACING_PX

from .shapes import CANVAS, DIGITS, arc, curves, digit, drawn, largest_difference, line, unhurried

# Points of a line are drawn at other places along it when it is cut in other places. Between two that are SPACING_PX
# apart the edge is dented by r - sqrt(r^2 - (spacing / 2)^2); once more for where the centre of mass then is.
RADIUS_PX = PEN_WIDTH_PX / 2
DENT = 255 * (RADIUS_PX - (RADIUS_PX**2 - (SPACING_PX / 2) ** 2) ** 0.5)  # 1.5 grey levels
RESAMPLED = 2 * DENT + 1


@pytest.mark.parametrize("name", DIGITS)
def test_the_longest_side_of_the_ink_is_twenty_pixels(name):
    image = drawn(digit(name))
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    assert longest in (BOX_SIDE, BOX_SIDE + 1)  # one more where the box does not begin at a pixel's edge


@pytest.mark.parametrize("name", DIGITS)
def test_the_edges_of_the_ink_are_twenty_pixels_apart(name):
    image = drawn(digit(name)).astype(float) / 255
    tall = np.ptp(np.concatenate(digit(name)), axis=0).argmax() == 1
    profile = image.max(axis=1 if tall else 0)
    # Full pixels count one, the two at the ends as much of a pixel as they cover.
    assert profile.sum() == pytest.approx(BOX_SIDE, abs=0.35)


@pytest.mark.parametrize("name", DIGITS)
def test_the_centre_of_mass_is_at_pixel_index_14(name):
    assert centre_of_mass(drawn(digit(name))) == pytest.approx([14.0, 14.0], abs=0.03)


@pytest.mark.parametrize("name", DIGITS)
def test_the_grey_levels_use_the_full_range(name):
    image = drawn(digit(name))
    assert (image.min(), image.max()) == (0, 255)


def test_an_upright_one_has_the_mass_of_a_capsule():
    length = BOX_SIDE - PEN_WIDTH_PX
    area = length * PEN_WIDTH_PX + np.pi * (PEN_WIDTH_PX / 2) ** 2
    assert drawn(digit("one")).sum() / 255 == pytest.approx(area, rel=0.01)


@pytest.mark.parametrize("name", DIGITS)
def test_the_mass_is_one_that_mnist_has(name):
    assert 38.6 < drawn(digit(name)).sum() / 255 < 192.9  # its 1st and 99th percentiles


@unhurried
@given(curves, st.floats(-190, 190), st.floats(-190, 190))
def test_where_it_is_drawn_makes_no_difference(one, right, down):
    low, high = one.min(axis=0), one.max(axis=0)
    moved = one + np.clip((right, down), -low, CANVAS - high)
    assert largest_difference(drawn([one]), drawn([moved])) <= RESAMPLED


@unhurried
@given(curves, st.floats(0.15, 1.3))
def test_the_size_it_is_drawn_at_makes_no_difference(one, factor):
    scaled = 200 + (one - 200) * factor
    assert largest_difference(drawn([one]), drawn([scaled])) <= RESAMPLED


@unhurried
@given(curves, st.sampled_from([100, 280, 1000, 2000]))
def test_the_size_of_the_canvas_makes_no_difference(one, side):
    on_other = one * (side / CANVAS)
    assert largest_difference(drawn([one]), drawn([on_other], side, side)) <= RESAMPLED


@unhurried
@given(curves, curves)
def test_the_order_of_strokes_makes_no_difference(one, other):
    assert largest_difference(drawn([one, other]), drawn([other, one])) <= 1


@unhurried
@given(curves)
def test_the_direction_of_a_stroke_makes_no_difference(one):
    assert largest_difference(drawn([one]), drawn([one[::-1]])) <= RESAMPLED


@unhurried
@given(curves, st.integers(2, 40))
def test_more_points_on_the_same_line_make_no_difference(one, times):
    t = np.arange(len(one))
    finer = np.linspace(0, len(one) - 1, (len(one) - 1) * times + 1)
    denser = np.stack([np.interp(finer, t, one[:, 0]), np.interp(finer, t, one[:, 1])], axis=1)
    assert largest_difference(drawn([one]), drawn([denser])) <= RESAMPLED


def test_a_few_points_on_a_bend_come_near_to_many():
    few, many = arc((200, 200), (70, 110), 0, 1, 25), arc((200, 200), (70, 110), 0, 1, 500)
    # 24 chords of an ellipse 17.4 px high leave it by at most r (1 - cos(pi / 24)) = 0.075 px, 19 grey levels.
    assert largest_difference(drawn([few]), drawn([many])) <= 20


@unhurried
@given(curves)
def test_points_that_stand_still_make_no_difference(one):
    waiting = np.repeat(one, 3, axis=0)
    assert largest_difference(drawn([one]), drawn([waiting])) <= 1


def test_times_make_no_difference():
    one = digit("two")[0]
    timed = np.column_stack([one, np.arange(len(one)) * 16.0])
    assert np.array_equal(drawn([one]), drawn([timed]))


def test_a_crowded_scribble_is_drawn_like_its_parts():
    one = arc((200, 200), (70, 110), 0, 1, 200)
    crowded = np.concatenate([one] * 40)  # 7,000 points at drawing distance: they are put on a grid of 1/8 px
    # A point moves by half of the grid's diagonal, 0.09 px; the union of forty passes moves out by no more.
    assert largest_difference(drawn([one]), drawn([crowded])) <= 255 * 0.09 * 2


@unhurried
@given(st.lists(curves, min_size=1, max_size=3), st.floats(100, 2000), st.floats(100, 2000))
def test_nothing_of_the_ink_is_cut_off(lines, width, height):
    points = np.concatenate(lines)
    assume(np.ptp(points, axis=0).max() > 1)
    image = drawn(lines, width, height)
    assert image.shape == (28, 28)
    assert not image[[0, -1]].max() > 254  # an end of full width would show in the outermost rows
    assert not image[:, [0, -1]].max() > 254


def test_lopsided_ink_stays_inside_at_the_price_of_its_centre():
    filled = line(*((60 + 60 * (i % 2), 60 + i * 5) for i in range(57)))
    image = drawn([filled, line((120, 200), (340, 200))])
    columns = np.flatnonzero(image.any(axis=0))
    assert np.ptp(columns) + 1 >= BOX_SIDE
    assert centre_of_mass(image)[0] < 13.5


def test_an_empty_canvas_is_empty():
    seen = render(Strokes((), 300.0, 300.0))
    assert seen.reason == EMPTY
    assert not seen.image.any()


def test_an_empty_canvas_has_no_steps():
    assert render(Strokes((), 300.0, 300.0)).steps == ()


@pytest.mark.parametrize(
    "lines",
    [
        [line((50, 50))],
        [line((50, 50), (50, 50), (50, 50))],
        [line((50, 50), (53, 51))],
        [line((0, 0))],
        [line((300, 300))],
        [line((50, 50)), line((55, 50))],
    ],
    ids=["a point", "equal points", "a tap that slipped", "the corner", "the other corner", "two dots of a colon"],
)
def test_a_dot_is_too_little_ink_and_still_drawn_as_a_dot(lines):
    seen = render(Strokes(tuple(lines), 300.0, 300.0))
    assert seen.reason == TOO_LITTLE_INK
    assert seen.image.max() == 255
    assert centre_of_mass(seen.image) == pytest.approx([14, 14], abs=0.03)


def test_a_point_is_drawn_as_a_disc_of_the_pens_width():
    image = render(Strokes((line((50, 50)),), 300.0, 300.0)).image
    assert image[14].sum() / 255 == pytest.approx(PEN_WIDTH_PX, abs=0.01)
    assert image[:, 14].sum() / 255 == pytest.approx(PEN_WIDTH_PX, abs=0.01)


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("share", [0.15, 0.95])
@pytest.mark.parametrize(("width", "height"), [(300.0, 300.0), (280.0, 600.0), (2000.0, 900.0)])
def test_digits_small_and_large_are_never_too_little(name, share, width, height):
    points = np.concatenate(digit(name))
    scale = share * min(width, height) / np.ptp(points, axis=0).max()
    lines = [(one - points.mean(axis=0)) * scale + (width / 2, height / 2) for one in digit(name)]
    assert render(Strokes(tuple(lines), width, height)).reason is None


def test_a_line_that_ran_far_off_the_canvas_does_not_shrink_the_digit():
    inside = [*digit("seven")[:1], line((150, 200), (260, 200), (490, 200))]
    far = [*digit("seven")[:1], line((150, 200), (260, 200), (1900, 200))]
    # Both lines end outside; the far one is drawn to a quarter of the canvas beyond the edge, x = 500.
    assert np.ptp(np.flatnonzero(drawn(far).any(axis=1))) >= np.ptp(np.flatnonzero(drawn(inside).any(axis=1))) - 1


def test_the_steps_show_the_way():
    seen = render(Strokes(tuple(digit("four")), 400.0, 800.0))
    names = [step.name for step in seen.steps]
    shapes = [step.image.shape for step in seen.steps]
    assert names == ["ink", "crop", "box", "centred"]
    assert shapes[0] == (112, 56)
    assert max(shapes[1]) == 112
    assert shapes[2:] == [(20, 20), (28, 28)]
    assert np.array_equal(seen.steps[-1].image, seen.image)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_step_shows_the_ink(number):
    step = render(Strokes(tuple(digit("two")), 400.0, 400.0)).steps[number]
    assert step.image.max() == 255
    assert 0.02 < (step.image > 127).mean() < 0.6
