"""Intervals around shares, and how many images of each digit a stored evaluation is of."""

import pytest

from recognizer import figures
from recognizer.models import Evaluation


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    # Newcombe: Two-Sided Confidence Intervals for the Single Proportion (1998), table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_as_published(correct, n, low, high):
    assert figures.wilson(correct, n) == pytest.approx((low, high), abs=5e-5)


def test_where_all_is_right_the_interval_ends_at_one_and_begins_below():
    low, high = figures.wilson(20, 20)
    assert (round(low, 4), high) == (0.8389, 1.0)


def evaluation(per_digit: list, confusion: list, *, n: int, rejected: int) -> Evaluation:
    return Evaluation(per_digit=per_digit, confusion=confusion, n=n, rejected=rejected)


def test_rejected_images_count_among_those_of_their_digit():
    confusion = [[0] * 10 for _ in range(10)]
    confusion[2][2], confusion[2][7], confusion[4][4] = 6, 1, 3
    row = evaluation([None, None, 6 / 9, None, 1.0, *[None] * 5], confusion, n=12, rejected=2)
    assert figures.images_per_digit(row) == [0, 0, 9, 0, 3, 0, 0, 0, 0, 0]


def test_a_digit_of_which_nothing_was_right_has_what_is_left():
    confusion = [[0] * 10 for _ in range(10)]
    confusion[2][7], confusion[4][4] = 1, 3
    row = evaluation([None, None, 0.0, None, 1.0, *[None] * 5], confusion, n=9, rejected=5)
    assert figures.images_per_digit(row)[2] == 6


def test_what_cannot_be_told_is_not_guessed():
    confusion = [[0] * 10 for _ in range(10)]
    row = evaluation([0.0, 0.0, *[None] * 8], confusion, n=9, rejected=9)
    assert figures.images_per_digit(row)[:3] == [None, None, 0]
