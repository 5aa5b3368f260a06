"""What `parse_strokes` accepts, and the sentence that everything else gets."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.ink import InkError, Limits, parse_strokes

from .shapes import unhurried

GOOD = [[[10, 20], [30.5, 40]], [[1, 2, 1000], [3, 4, 1016.7]]]
LINE = [[1, 2], [3, 4]]

BAD = {
    "nothing": (None, 100, 100, "missing", "strokes"),
    "a word": ("scribble", 100, 100, "wrong_type", "strokes"),
    "a number": (7, 100, 100, "wrong_type", "strokes"),
    "an object": ({"0": LINE}, 100, 100, "wrong_type", "strokes"),
    "true": (True, 100, 100, "wrong_type", "strokes"),
    "a stroke without points": ([LINE, []], 100, 100, "empty_stroke", "strokes[1]"),
    "points without strokes": ([[1, 2], [3, 4]], 100, 100, "wrong_type", "strokes[0][0]"),
    "numbers without points": ([1, 2, 3], 100, 100, "wrong_type", "strokes[0]"),
    "a stroke that is null": ([LINE, None], 100, 100, "wrong_type", "strokes[1]"),
    "a stroke that is a word": (["ab"], 100, 100, "wrong_type", "strokes[0]"),
    "a point that is an object": ([[{"x": 1, "y": 2}]], 100, 100, "wrong_type", "strokes[0][0]"),
    "a point that is a word": ([[[1, 2], "34"]], 100, 100, "wrong_type", "strokes[0][1]"),
    "a point that is null": ([[[1, 2], None]], 100, 100, "wrong_type", "strokes[0][1]"),
    "lists too deep": ([[[[1], [2]]]], 100, 100, "wrong_type", "strokes[0][0]"),
    "a point of one number": ([[[1]]], 100, 100, "wrong_length", "strokes[0][0]"),
    "a point of four numbers": ([[[1, 2], [1, 2, 3, 4]]], 100, 100, "wrong_length", "strokes[0][1]"),
    "a point of no numbers": ([[[]]], 100, 100, "wrong_length", "strokes[0][0]"),
    "digits in quotes": ([[["1", "2"]]], 100, 100, "wrong_type", "strokes[0][0]"),
    "one number in quotes": ([[[1, 2], [3, "4"]]], 100, 100, "wrong_type", "strokes[0][1]"),
    "true as a coordinate": ([[[True, 2]]], 100, 100, "wrong_type", "strokes[0][0]"),
    "null as a coordinate": ([LINE, [[1, 2], [1, 2], [5, None]]], 100, 100, "wrong_type", "strokes[1][2]"),
    "NaN": ([[[1, 2], [float("nan"), 4]]], 100, 100, "not_finite", "strokes[0][1]"),
    "infinity": ([[[1, float("inf")]]], 100, 100, "not_finite", "strokes[0][0]"),
    "minus infinity": ([[[1, float("-inf")]]], 100, 100, "not_finite", "strokes[0][0]"),
    "NaN as time": ([[[1, 2, float("nan")]]], 100, 100, "not_finite", "strokes[0][0]"),
    "a huge number": ([[[1, 1e308]]], 100, 100, "outside_canvas", "strokes[0][0]"),
    "a whole number beyond floats": ([[[10**400, 1]]], 100, 100, "outside_canvas", "strokes[0][0]"),
    "a whole number too long to print": ([[[10**5000, 1]]], 100, 100, "outside_canvas", "strokes[0][0]"),
    "a time beyond all clocks": ([[[1, 2, 1e300]]], 100, 100, "out_of_range", "strokes[0][0]"),
    "a point far right of the canvas": ([[[501, 2]]], 100, 100, "outside_canvas", "strokes[0][0]"),
    "a point far above the canvas": ([[[1, 2], [5, -401]]], 100, 100, "outside_canvas", "strokes[0][1]"),
    "no width": ([LINE], None, 100, "missing", "width"),
    "no height": ([LINE], 100, None, "missing", "height"),
    "negative width": ([LINE], -5, 100, "out_of_range", "width"),
    "height zero": ([LINE], 100, 0, "out_of_range", "height"),
    "width in quotes": ([LINE], "100", 100, "wrong_type", "width"),
    "true as width": ([LINE], True, 100, "wrong_type", "width"),
    "NaN as height": ([LINE], 100, float("nan"), "out_of_range", "height"),
    "infinite width": ([LINE], float("inf"), 100, "out_of_range", "width"),
    "a huge whole number as width": ([LINE], 10**400, 100, "out_of_range", "width"),
    "501 strokes": ([LINE] * 501, 100, 100, "too_many_strokes", "strokes"),
    "100,000 points": ([[[1, 2]] * 100_000], 100, 100, "too_many_points", "strokes"),
    "many points in many strokes": ([[[1, 2]] * 100] * 201, 100, 100, "too_many_points", "strokes"),
}


@pytest.mark.parametrize(("raw", "width", "height", "code", "field"), BAD.values(), ids=BAD.keys())
def test_bad_strokes_get_a_code_and_the_place(raw, width, height, code, field):
    with pytest.raises(InkError) as caught:
        parse_strokes(raw, width, height)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(("raw", "width", "height", "code", "field"), BAD.values(), ids=BAD.keys())
def test_a_message_names_the_place_and_a_remedy_and_stays_short(raw, width, height, code, field):
    with pytest.raises(InkError) as caught:
        parse_strokes(raw, width, height)
    named, remedy = caught.value.message.split(": ", 1)
    assert field in named
    assert len(remedy) >= 10
    assert len(caught.value.message) < 250


def test_a_message_shows_the_value():
    with pytest.raises(InkError, match=r"strokes\[0\]\[1\] has y = 4000, outside -400 to 500"):
        parse_strokes([[[1, 2], [3, 4000]]], 100, 100)


def test_good_strokes_keep_their_numbers_and_times():
    strokes = parse_strokes(GOOD, 100, 50.5)
    assert [one.tolist() for one in strokes.strokes] == GOOD
    assert (strokes.width, strokes.height) == (100.0, 50.5)


def test_points_with_and_without_time_in_one_stroke_lose_the_times():
    assert parse_strokes([[[1, 2], [3, 4, 16]]], 100, 100).strokes[0].tolist() == [[1, 2], [3, 4]]


def test_no_stroke_is_an_empty_canvas_and_no_error():
    assert parse_strokes([], 100, 100).strokes == ()


def test_a_line_may_run_past_the_edge():
    assert parse_strokes([[[-400, 500], [500, -400]]], 100, 100).strokes[0].shape == (2, 2)


def test_limits_are_the_callers():
    with pytest.raises(InkError, match="3 points, more than the 2"):
        parse_strokes([[[1, 2]], [[1, 2], [3, 4]]], 100, 100, Limits(max_points=2))


def test_as_many_points_as_the_limit_are_read():
    strokes = parse_strokes([[[1, 2]] * 20_000], 100, 100)
    assert len(strokes.strokes[0]) == 20_000


def test_strokes_survive_the_way_through_json():
    strokes = parse_strokes(GOOD, 100, 50.5)
    body = json.loads(json.dumps(strokes.as_json()))
    again = parse_strokes(body["strokes"], body["width"], body["height"])
    assert all(np.array_equal(a, b) for a, b in zip(again.strokes, strokes.strokes, strict=True))
    assert (again.width, again.height) == (strokes.width, strokes.height)


numbers = st.integers() | st.floats() | st.floats(-50, 150)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=12,
)
almost_strokes = st.lists(st.lists(st.lists(numbers | values, min_size=1, max_size=4), max_size=4), max_size=4)


@unhurried
@given(raw=values | almost_strokes, width=values | st.just(100), height=values | st.just(100))
def test_any_json_at_all_is_strokes_or_an_ink_error(raw, width, height):
    try:
        outcome = parse_strokes(raw, width, height)
    except InkError as error:
        outcome = error
    if isinstance(outcome, InkError):
        assert outcome.code and outcome.message and outcome.field  # noqa: PT018 (all or nothing)
    else:
        assert all(np.isfinite(one).all() and one.shape[1] in (2, 3) for one in outcome.strokes)
