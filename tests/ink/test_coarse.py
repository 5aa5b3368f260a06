"""Small drawings in whole pixels: seen as the same drawing between pixels, and larger ones untouched."""

import numpy as np
import pytest

from recognizer.ink import coarse, parse_strokes, render

from .shapes import DIGITS, digit


def sized(name: str, px: float) -> list[np.ndarray]:
    """The digit's strokes with a longest side of `px`, somewhere between pixels."""
    lines = digit(name)
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    return [(line - low) * px / extent + [3.3, 4.6] for line in lines]


def seen(lines: list[np.ndarray], canvas: float) -> np.ndarray:
    return render(parse_strokes([line.tolist() for line in lines], canvas, canvas)).image


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize("px", [15, 20, 30])
@pytest.mark.parametrize("name", DIGITS)
def test_whole_pixels_are_seen_as_what_lies_between_them(name, px):
    lines = sized(name, px)
    exact, whole = seen(lines, 100), seen([np.rint(line) for line in lines], 100)
    assert likeness(whole, exact) > 0.95


def test_the_steps_of_the_grid_are_taken_out_of_a_line():
    slanted = np.rint(np.linspace([0, 0], [30, 11], 200))
    line = coarse.smoothed(slanted)
    away = np.abs(line[:, 0] * 11 - line[:, 1] * 30) / np.hypot(30, 11)
    assert away.max() < 0.36
    assert np.abs(slanted[:, 0] * 11 - slanted[:, 1] * 30).max() / np.hypot(30, 11) > 0.4


def test_ends_stay_where_they_are():
    line = np.array([[2, 3], [2, 4], [3, 5], [9, 5]], float)
    np.testing.assert_allclose(coarse.smoothed(line)[[0, -1]], line[[0, -1]], atol=1e-9)


@pytest.mark.parametrize("line", [[[4, 4]], [[4, 4], [4, 4]], [[4, 4], [5, 4]]])
def test_dots_and_short_lines_are_lines_still(line):
    smoothed = coarse.smoothed(np.array(line, float))
    assert len(smoothed) >= 1
    assert np.isfinite(smoothed).all()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([[[0, 0], [39, 3]]], True),
        ([[[0, 0], [40, 3]]], False),
        ([[[0, 0], [12.5, 3]]], False),
        ([[[1, 1]]], True),
    ],
)
def test_only_small_drawings_in_whole_pixels_are_coarse(lines, expected):
    assert coarse.is_coarse(np.concatenate([np.array(line, float) for line in lines])) is expected


def test_a_tap_on_a_small_canvas_is_too_little_ink_still():
    assert render(parse_strokes([[[50, 50], [51, 50], [51, 51]]], 100, 100)).reason == "too_little_ink"
