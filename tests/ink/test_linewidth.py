"""Line widths measured and changed, on lines whose width is known."""

import numpy as np
import pytest

from recognizer.ink.linewidth import REACH_PX, distance_to, evened, line_width, signed_distance
from recognizer.ink.normalise import BOX_SIDE, WIDTH_BAND_PX, WORK_SIDE
from recognizer.ink.specks import connected

from .shapes import picture


def test_distances_are_what_a_loop_over_all_pairs_says():
    mask = np.random.default_rng(2).random((25, 60)) < 0.01
    places = np.argwhere(mask)
    wanted = [[min(np.hypot(*(place - (y, x))) for place in places) for x in range(60)] for y in range(25)]
    assert distance_to(mask) == pytest.approx(np.minimum(wanted, REACH_PX + 1), abs=1e-4)


def test_distance_ends_at_the_reach():
    mask = np.zeros((5, 90), bool)
    mask[2, 0] = True
    assert distance_to(mask).max() == REACH_PX + 1


def test_the_outline_lies_between_the_pixels():
    signed = signed_distance(np.pad(np.ones((3, 40), bool), 5))
    assert signed[4:9, 20].tolist() == [0.5, -0.5, -1.5, -0.5, 0.5]


@pytest.mark.parametrize("width", [4, 8, 15, 30])
def test_a_bar_measures_as_wide_as_it_is(width):
    assert line_width(np.ones((80, width), bool)) == pytest.approx(width, rel=0.13)  # its two ends count as edges too


# An outline is known to half a pixel of the 80 on each of its two sides.
OUTLINE_PX = BOX_SIDE / WORK_SIDE


def ring(width: float, side: int = 160) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
    radius = (side - width) / 2
    return np.rint(np.clip(width / 2 + 0.5 - np.abs(np.hypot(x, y) - radius), 0, 1) * 255).astype(np.uint8)


def width_in_box(ink: np.ndarray) -> float:
    return line_width(ink >= 128) * BOX_SIDE / max(ink.shape)


@pytest.mark.parametrize("width", [20, 25, 30])
def test_lines_as_wide_as_mnists_are_left_alone(width):
    ink = ring(width)
    assert evened(ink) is ink


@pytest.mark.parametrize("width", [3, 5, 8])
def test_thin_lines_become_as_wide_as_the_thinnest_of_mnist(width):
    assert width_in_box(evened(ring(width))) == pytest.approx(WIDTH_BAND_PX[0], abs=OUTLINE_PX)


@pytest.mark.parametrize("width", [40, 50])
def test_broad_lines_become_as_narrow_as_the_broadest_of_mnist(width):
    assert width_in_box(evened(ring(width))) == pytest.approx(WIDTH_BAND_PX[1], abs=OUTLINE_PX)


def test_a_redrawn_line_is_cropped_again():
    ink = evened(ring(4))
    assert ink.any(axis=0).all()
    assert ink.any(axis=1).all()


def test_a_digit_of_broad_lines_keeps_its_holes():
    ink = 255 - picture("eight", pen=34, paper=255, ink=0)
    narrow = evened(ink[ink.any(axis=1)][:, ink.any(axis=0)])
    middle = narrow[:, narrow.shape[1] // 2] > 127
    # Down the middle of an eight: line, hole, line, hole, line.
    assert np.count_nonzero(np.diff(middle.astype(int)) == 1) + middle[0] == 3


def test_lines_thinner_than_a_pixel_of_the_outline_do_not_break_up():
    hairline = np.pad(ring(1, side=500), 1)
    numbers = connected(evened(hairline) >= 128)
    assert len(np.unique(numbers)) == 2  # one part, and what is around it


def test_ink_too_faint_to_have_an_outline_is_left_alone():
    faint = np.full((30, 30), 60, np.uint8)
    assert evened(faint) is faint
