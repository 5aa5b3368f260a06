import numpy as np
import pytest

from training.data import lines
from training.data.lines import NOWHERE, Lines


def zigzag(seed: int, strokes: int = 2) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.cumsum(rng.uniform(0.5, 1, (5, 2)), axis=0) for _ in range(strokes)]


def packed(*drawings: list[np.ndarray]) -> Lines:
    points = [lines.pack(each) for each in drawings]
    return Lines(np.concatenate(points), np.cumsum([len(each) for each in points]), np.arange(len(drawings)))


@pytest.mark.parametrize("strokes", [1, 2, 5])
def test_lines_come_back_to_a_256th_of_a_pixel(strokes):
    drawn = zigzag(1, strokes)
    for before, after in zip(drawn, lines.unpack(lines.pack(drawn)), strict=True):
        np.testing.assert_allclose(after, before, atol=0.5 / lines.PER_PX)


def test_no_lines_are_no_points():
    assert lines.pack([]).shape == (0, 2)
    assert lines.unpack(lines.pack([])) == []


def test_points_that_the_pen_covers_anyway_are_left_out_and_ends_are_kept():
    line = np.linspace([0, 0], [10, 0], 10_001)
    kept = lines.spread(line)
    assert len(kept) < 50
    np.testing.assert_array_equal(kept[[0, -1]], line[[0, -1]])
    assert np.diff(kept[:, 0]).max() < 2 * lines.APART_PX


def test_each_drawing_has_its_own_lines_and_one_without_has_none():
    first, second = zigzag(1), zigzag(2)
    all_of_them = packed(first, [], second)
    assert all_of_them.known(np.arange(3)).tolist() == [True, False, True]
    assert all_of_them.of(1) == []
    np.testing.assert_allclose(all_of_them.of(2)[1], second[1], atol=0.01)


def test_a_selection_and_a_place_among_others_keep_the_lines_with_their_images():
    first, second = zigzag(1), zigzag(2)
    placed = packed(first, second)[np.array([1, 0, 1])].beside(2, 1)
    assert placed.rows.tolist() == [NOWHERE, NOWHERE, 1, 0, 1, NOWHERE]
    assert placed.known(np.arange(6)).tolist() == [False, False, True, True, True, False]
    np.testing.assert_allclose(placed.of(2)[0], second[0], atol=0.01)
    np.testing.assert_allclose(placed.of(3)[0], first[0], atol=0.01)
