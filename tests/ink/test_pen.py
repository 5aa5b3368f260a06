"""The round pen against its definition, looped and supersampled."""

import numpy as np
import pytest

from recognizer.ink import pen


def supersampled(points: np.ndarray, shape: tuple[int, int], width: float, times: int = 16) -> np.ndarray:
    """The share of each pixel that lies within half a pen's width of any point, by counting."""
    height, columns = shape
    y, x = (np.mgrid[0 : height * times, 0 : columns * times] + 0.5) / times - 0.5
    inside = np.zeros(x.shape, bool)
    for px, py in points:
        inside |= (x - px) ** 2 + (y - py) ** 2 <= (width / 2) ** 2
    return inside.reshape(height, times, columns, times).mean(axis=(1, 3))


@pytest.mark.parametrize("width", [1.5, 2.6, 4.3])
def test_a_line_covers_what_counting_says(width):
    points = pen.dense_points([np.array([[3.2, 4.1], [14.7, 9.3], [5.5, 15.8]])], spacing=0.1)
    image = pen.draw(points, shape=(20, 20), pen_width_px=width) / 255
    counted = supersampled(points, (20, 20), width)
    assert np.abs(image - counted).max() < 0.13  # a corner just touched, where coverage is quadratic in distance
    assert image.sum() == pytest.approx(counted.sum(), rel=0.01)


def test_a_line_along_the_pixels_is_exact():
    points = pen.dense_points([np.array([[4.0, 5.25], [15.0, 5.25]])], spacing=0.01)
    column = pen.draw(points, shape=(12, 20), pen_width_px=2.0)[:, 10] / 255
    assert column == pytest.approx([0, 0, 0, 0, 0.25, 1, 0.75, 0, 0, 0, 0, 0], abs=0.003)


def test_points_outside_of_the_image_draw_what_reaches_into_it():
    points = np.array([[-0.8, 5.0], [40.0, 5.0], [5.0, -30.0]])
    image = pen.draw(points, shape=(12, 12), pen_width_px=3.0)
    assert image[5, 0] == pytest.approx(255, abs=80)
    assert not image[:, 2:].any()


def test_dense_points_keep_their_distance_along_each_line_and_skip_the_gap_between():
    lines = [np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[20.0, 0.0], [20.0, 5.0], [20.0, 5.0]])]
    points = pen.dense_points(lines, spacing=0.3)
    assert not ((points[:, 0] > 10) & (points[:, 0] < 20)).any()
    across = np.sort(points[points[:, 1] == 0][:, 0])
    assert np.diff(across[across <= 10]).max() <= 0.3
    assert [20.0, 5.0] in points.tolist()


def test_a_line_of_one_point_stays_that_point():
    assert pen.dense_points([np.array([[3.0, 4.0]])], spacing=0.25).tolist() == [[3.0, 4.0]]


def test_thinned_points_leave_none_far_from_where_it_was():
    points = np.random.default_rng(1).uniform(0, 9, (3000, 2))
    thin = pen.thin_out(points, grid=0.5)
    assert len(thin) <= 19 * 19
    nearest = np.sqrt(((points[:, None] - thin) ** 2).sum(axis=2)).min(axis=1)
    assert nearest.max() <= 0.5 * 2**0.5 / 2 + 1e-9
