"""Skeletons are text that is read or refused; their curves go through their points and turn at their corners."""

import numpy as np
import pytest

from training.generated.combined import PARTS, combined
from training.generated.letters import LETTERS
from training.generated.skeletons import curve, parse, smooth
from training.generated.styles import HANDWRITTEN, PRINTED, SEGMENTS

ALL = [
    *(text for styles in (HANDWRITTEN, PRINTED) for of_digit in styles.values() for text in of_digit.values()),
    *LETTERS.values(),
    *SEGMENTS.values(),
]


def test_strokes_points_and_corners_are_read():
    first, second = parse("0,0 10,20! 30,40 / 5,5")
    np.testing.assert_array_equal(first[0], [[0, 0], [10, 20], [30, 40]])
    np.testing.assert_array_equal(first[1], [False, True, False])
    np.testing.assert_array_equal(second[0], [[5, 5]])


@pytest.mark.parametrize("text", ["1", "1,2,3", "a,b", "", "1,2 / "])
def test_what_is_no_skeleton_is_refused(text):
    with pytest.raises(ValueError, match=r"point|convert"):
        parse(text)


def test_every_skeleton_that_there_is_can_be_read():
    assert all(len(points) and np.isfinite(points).all() for text in ALL for points, _ in parse(text))


@pytest.mark.parametrize("styles", [HANDWRITTEN, PRINTED])
def test_each_digit_has_styles(styles):
    assert sorted(styles) == list(range(10))
    assert min(map(len, styles.values())) >= 4


def test_a_curve_goes_through_its_points_and_begins_and_ends_with_them():
    points = np.array([[0, 0], [30, 10], [40, 60], [10, 90]], float)
    line = smooth(points)
    assert [np.abs(line - point).sum(axis=1).min() < 1e-9 for point in points] == [True] * 4
    np.testing.assert_array_equal(line[[0, -1]], points[[0, -1]])


def test_a_curve_turns_slowly_but_at_a_corner():
    points = np.array([[0, 0], [50, 0], [50, 50]], float)

    def sharpest(corner: bool) -> float:
        steps = np.diff(curve(points, np.array([False, corner, False])), axis=0)
        steps = steps[np.hypot(*steps.T) > 1e-9]
        angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        return float(np.abs(np.diff(angles)).max())

    assert sharpest(False) < np.pi / 4 < sharpest(True)


def test_parts_make_every_combination_once():
    made = combined(9)
    assert len(made) == len(PARTS[9][0]) * len(PARTS[9][1])
    assert made["ring, hook"] == f"{PARTS[9][0]['ring']} {PARTS[9][1]['hook']}"


def test_a_digit_without_parts_has_no_combinations():
    assert combined(0) == {}
