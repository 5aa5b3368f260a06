"""Photographs of paper: ruled and squared, under a shadow's edge, as a sheet on a table, with the digit small."""

import numpy as np
import pytest

from recognizer.ink import read_ink
from recognizer.ink.ground import find_ink, ink_is_dark
from recognizer.ink.rules import without_rules
from recognizer.ink.sheets import sheet_in, split

from .shapes import DIGITS, picture

SIDE = 400
WIDE = {"pen": 10}


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def paper(name: str) -> np.ndarray:
    """A digit, dark on light, float (400, 400)."""
    return picture(name, **WIDE).astype(np.float64).repeat(2, axis=0).repeat(2, axis=1)


def ruled(gray: np.ndarray, *, across: bool, tilt: float = 0.03, line: float = 165, step: int = 33) -> np.ndarray:
    """With lines 2 px wide and as dark as `line`, which do not show through ink."""
    y, x = np.mgrid[: gray.shape[0], : gray.shape[1]]
    along, over = (y, x) if across else (x, y)
    return np.where((along + tilt * over) % step < 2, np.minimum(gray, line), gray)


def seen_like(gray: np.ndarray, name: str) -> float:
    """How much what is seen of a picture is like what is seen of the digit on clean paper; 1 is the same."""
    clean, found = (read_ink(each.clip(0, 255).astype(np.uint8)).image for each in (paper(name), gray))
    return alike(found, clean)


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("squared", [False, True])
def test_a_digit_on_lines_is_seen_as_without_them(name, squared):
    gray = ruled(paper(name), across=True)
    assert seen_like(ruled(gray, across=False) if squared else gray, name) > 0.9


def test_lines_as_dark_as_the_pen_go_where_they_are_thinner():
    gray = ruled(ruled(paper("zero"), across=True, line=0), across=False, line=0)
    assert seen_like(gray, "zero") > 0.85


@pytest.mark.parametrize("name", ["one", "seven", "four", "two"])
def test_long_lines_of_a_digit_are_not_taken_for_the_papers(name):
    flat = paper(name).max() - paper(name)
    np.testing.assert_array_equal(without_rules(flat, 20.0), flat)


@pytest.mark.parametrize("name", DIGITS)
@pytest.mark.parametrize("angle", [0.0, 0.7, 2.4])
def test_a_shadows_edge_across_a_digit_changes_little(name, angle):
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    light = 1 - 0.45 / (1 + np.exp(-(np.cos(angle) * x + np.sin(angle) * y) * 120))
    assert seen_like(paper(name) * light, name) > 0.85


@pytest.mark.parametrize("dark", [True, False])
def test_under_a_shadow_ink_is_told_from_ground_by_its_thinner_lines(dark):
    gray = np.where(np.arange(SIDE) < 180, 0.5, 1.0) * (60 + paper("two") * 0.7)
    assert ink_is_dark((gray if dark else 255 - gray).astype(np.uint8)) is dark


@pytest.mark.parametrize("table", [30, 120])
@pytest.mark.parametrize("name", DIGITS)
def test_a_sheet_on_a_table_is_read_and_the_table_is_not(name, table):
    gray = np.full((600, 700), float(table))
    gray[90:490, 150:550] = paper(name) * 0.9
    assert seen_like(gray, name) > 0.95


def test_the_sheet_is_found_where_it_lies():
    gray = np.full((640, 640), 40, np.uint8)
    gray[120:560, 200:600] = 220
    sheet = sheet_in(gray)
    assert sheet.surrounded
    assert 120 <= sheet.rows.start <= 140
    assert 540 <= sheet.rows.stop <= 560
    assert 200 <= sheet.columns.start <= 220


@pytest.mark.parametrize("name", DIGITS)
def test_a_digit_is_no_sheet(name):
    assert sheet_in(paper(name).astype(np.uint8)) is None


def test_the_inside_of_a_bold_zero_is_no_ink_on_a_sheet():
    y, x = np.mgrid[:300, :240]
    away = ((y - 150) / 110) ** 2 + ((x - 120) / 80) ** 2
    hole = ((y - 150) / 60) ** 2 + ((x - 120) / 22) ** 2
    gray = np.where((away <= 1) & (hole >= 1), 0, 255).astype(np.uint8)
    assert sheet_in(gray) is None
    assert sheet_in(255 - gray) is None


def test_half_a_picture_in_the_shade_is_not_surrounded():
    gray = np.where(np.arange(300) < 130, 90, 210).astype(np.uint8) * np.ones((300, 1), np.uint8)
    sheet = sheet_in(gray)
    assert sheet is None or not sheet.surrounded


def test_two_levels_are_split_between_them():
    threshold, contrast = split(np.array([10.0] * 50 + [200.0] * 20))
    assert 10 <= threshold < 200
    assert contrast == pytest.approx(190)


def test_an_even_picture_has_no_two_levels():
    assert split(np.full(10, 7.0))[1] == 0


def test_what_runs_in_over_the_edge_is_not_the_digit():
    gray = paper("zero")
    gray[:, :12] = 0
    assert find_ink(gray.astype(np.uint8)) is not None
    assert seen_like(gray, "zero") > 0.95
