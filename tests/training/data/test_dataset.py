"""Data sets: what makes one, and how it is divided and joined."""

import numpy as np
import pytest

from tests.training.generated import seven_segment_digits
from training.data.dataset import Dataset, DatasetError

DIGITS = seven_segment_digits(10, seed=0)


def test_the_last_images_are_split_off():
    first, last = DIGITS.split_last(3)
    assert (len(first), len(last)) == (7, 3)
    np.testing.assert_array_equal(last.labels, DIGITS.labels[7:])
    np.testing.assert_array_equal(Dataset.joined(first, last).images, DIGITS.images)


@pytest.mark.parametrize("count", [0, 10])
def test_none_and_all_can_be_split_off(count):
    assert len(DIGITS.split_last(count)[1]) == count


@pytest.mark.parametrize("count", [-1, 11])
def test_more_than_there_are_cannot_be_split_off(count):
    with pytest.raises(DatasetError, match=f"of 10 images the last {count} cannot"):
        DIGITS.split_last(count)


def test_indices_select_images_with_their_labels():
    chosen = DIGITS[np.array([4, 4, 1])]
    np.testing.assert_array_equal(chosen.labels, DIGITS.labels[[4, 4, 1]])
    np.testing.assert_array_equal(chosen.images, DIGITS.images[[4, 4, 1]])


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 28, 27), np.uint8), np.zeros(2, int), r"not uint8 of \(2, 28, 27\)"),
        (np.zeros((2, 28, 28)), np.zeros(2, int), "not float64"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, int), r"2 images need as many integer labels, not int64 \(3,\)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2), "not float64"),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, 11]), "0 to 9, or 10 for no digit, not 0 to 11"),
        (np.zeros((2, 28, 28), np.uint8), np.array([-1, 0]), "0 to 9, or 10 for no digit, not -1 to 0"),
    ],
)
def test_what_makes_no_data_set_is_refused(images, labels, message):
    with pytest.raises(DatasetError, match=message):
        Dataset(images, labels)
