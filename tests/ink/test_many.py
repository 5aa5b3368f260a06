"""Drawing many at once is drawing each of them."""

import numpy as np
import pytest

from recognizer import ink
from recognizer.ink import pen


def drawing(rng: np.random.Generator, strokes: int = 2, points: int = 12) -> list[np.ndarray]:
    return [np.cumsum(rng.normal(0, 10, (points, 2)), axis=0) for _ in range(strokes)]


def one_by_one(drawings, widths) -> np.ndarray:
    return np.array([ink.draw_lines(d, pen_width_px=w) for d, w in zip(drawings, widths.tolist(), strict=True)])


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 100])
def test_each_image_is_the_one_that_its_drawing_gets_alone(count):
    rng = np.random.default_rng(count)
    drawings = [drawing(rng, int(rng.integers(1, 5)), int(rng.integers(2, 40))) for _ in range(count)]
    widths = rng.uniform(1.2, 5.0, count)
    np.testing.assert_array_equal(ink.draw_many(drawings, widths), one_by_one(drawings, widths))


def test_lines_of_one_point_straight_lines_and_scribbles_are_drawn_as_alone():
    rng = np.random.default_rng(0)
    straight = np.array([[0.0, 0.0], [0.0, 50.0]])
    scribble = drawing(rng, 1, 3000)
    drawings = [[straight], [straight, np.array([[30.0, 20.0]])], scribble, [straight.T.copy()]]
    widths = np.array([2.6, 2.0, 3.0, 1.5])
    np.testing.assert_array_equal(ink.draw_many(drawings, widths), one_by_one(drawings, widths))


def test_the_scribble_of_this_test_has_more_points_than_are_drawn_together(monkeypatch):
    thinned = []
    thin_out = pen.thin_out
    monkeypatch.setattr(pen, "thin_out", lambda *args, **options: thinned.append(1) or thin_out(*args, **options))
    ink.draw_many([drawing(np.random.default_rng(0), 1, 3000)], np.array([2.6]))
    assert thinned == [1]


def test_no_drawings_are_no_images():
    assert ink.draw_many([], np.empty(0)).shape == (0, 28, 28)
