"""Skeletons are text that is read or refused; their curves go through their points and turn at their corners."""

import numpy as np
import pytest

from training.generated import combined
from training.generated.letters import LETTERS
from training.generated.parts import PARTS
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


PART_IDS = [(digit, part) for digit, slots in combined.SLOTS.items() for slot in slots for part in slot.parts]


@pytest.mark.parametrize(("digit", "part"), PART_IDS, ids=lambda value: getattr(value, "name", str(value)))
def test_every_part_stands_in_a_skeleton_that_can_be_written(digit, part):
    name, skeleton = combined.draw(digit, np.random.default_rng(0), given=part)
    assert part.name in name
    line = np.concatenate([curve(points, corners) for points, corners in skeleton])
    assert np.isfinite(line).all()
    assert np.ptp(line, axis=0).max() < 200


def test_a_part_goes_on_where_the_one_before_ended_or_is_a_stroke_of_its_own():
    leg, cross = combined.Part.read("leg", "22,100"), combined.Part.read("cross", "/ 12,52 54,50")
    name, strokes = combined.join([combined.Part.read("bar", "0,2 54,2!"), leg, cross])
    assert name == "bar, leg, cross"
    np.testing.assert_array_equal(strokes[0][0], [[0, 2], [54, 2], [22, 100]])
    np.testing.assert_array_equal(strokes[0][1], [False, True, False])
    np.testing.assert_array_equal(strokes[1][0], [[12, 52], [54, 50]])


def test_parts_are_mixed_point_by_point_and_only_with_their_like():
    low, high = combined.Part.read("low", "0,0 10,20!"), combined.Part.read("high", "4,8 10,0!")
    smooth_one, own = combined.Part.read("smooth", "0,0 10,20"), combined.Part.read("own", "/ 0,0 10,20!")
    ((points, corners),) = low.mixed_with(high, 0.25).strokes
    np.testing.assert_array_equal(points, [[1, 2], [10, 15]])
    np.testing.assert_array_equal(corners, [False, True])
    assert low.likeness == high.likeness
    assert len({part.likeness for part in (low, smooth_one, own)}) == 3


def test_a_slot_stays_empty_as_often_as_it_is_said_to():
    slot = combined.Slot((combined.Part.read("a", "0,0 1,1"), combined.Part.read("b", "0,0 2,2")), left_out=0.4)
    rng = np.random.default_rng(0)
    drawn = [slot.draw(rng) for _ in range(1000)]
    assert sum(part is None for part in drawn) == pytest.approx(400, abs=50)
    names = {part.name for part in drawn if part}
    assert {"a", "b"} < names <= {"a", "b", "a and b", "b and a"}


def test_a_digit_without_parts_has_whole_styles_only():
    assert 0 not in PARTS
    with pytest.raises(KeyError):
        combined.draw(0, np.random.default_rng(0))
