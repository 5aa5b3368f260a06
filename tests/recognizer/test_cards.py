"""Strokes as SVG paths: smooth, in the middle of their box, and never larger than a page can bear."""

import re

from recognizer import cards


def test_a_stroke_bends_at_its_points_and_ends_at_its_last():
    path = cards.stroke_path([[[0, 0], [50, 0], [50, 50], [100, 100]]], 100, 100)

    assert path == "M0.0 0.0Q50.0 0.0 50.0 25.0Q50.0 50.0 75.0 75.0Q100.0 100.0 100.0 100.0"


def test_a_tap_is_a_dot():
    assert cards.stroke_path([[[10, 20, 0]]], 100, 100) == "M10.0 20.0h0"


def test_a_canvas_that_is_no_square_stands_in_the_middle():
    assert cards.stroke_path([[[0, 0]]], 200, 100) == "M0.0 25.0h0"


def test_points_that_cannot_be_told_apart_are_left_out():
    crowd = [[50 + i / 1000, 50] for i in range(500)]

    assert cards.stroke_path([[[0, 50], *crowd, [100, 50]]], 100, 100).count("Q") == 2


def test_a_scribble_of_twenty_thousand_points_stays_small():
    scribble = [[[(i * 37) % 1000, (i * 91) % 1000] for i in range(200)] for _ in range(100)]

    path = cards.stroke_path(scribble, 1000, 1000)

    assert len(re.findall("M", path)) == 100
    assert len(path) < 400_000
