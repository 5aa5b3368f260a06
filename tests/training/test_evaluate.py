"""Scores: counts that add up, with rejections that are not correct."""

import pytest

from training.evaluate import score


def test_answers_are_counted_by_digit_and_by_confusion():
    result = score([0, 0, 7, 1], [0, 0, 1, 1])
    assert (result.n, result.correct, result.rejected, result.accuracy) == (4, 3, 0, 0.75)
    assert result.per_digit == [1.0, 0.5, *[None] * 8]
    assert result.confusion[1] == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    assert sum(map(sum, result.confusion)) == 4


@pytest.mark.parametrize("rejection", [None, -1])
def test_a_rejection_is_not_correct_and_in_no_column(rejection):
    result = score([3, rejection], [3, 3])
    assert (result.n, result.correct, result.rejected, result.accuracy) == (2, 1, 1, 0.5)
    assert result.per_digit[3] == 0.5
    assert sum(map(sum, result.confusion)) == 1


def test_no_images_have_no_accuracy():
    result = score([], [])
    assert (result.n, result.accuracy, result.per_digit) == (0, None, [None] * 10)


@pytest.mark.parametrize(
    ("predictions", "labels", "message"),
    [
        ([1, 2], [1], "1 labels need as many predictions, not 2"),
        ([10], [1], "predictions must be -1 to 9, not 10"),
        ([1], [-1], "labels must be 0 to 9, not -1"),
    ],
)
def test_what_cannot_be_counted_is_refused(predictions, labels, message):
    with pytest.raises(ValueError, match=message):
        score(predictions, labels)
