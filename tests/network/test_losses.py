"""Softmax cross-entropy: right values, right derivatives, calm with large numbers, strict with labels."""

import numpy as np
import pytest

from recognizer.network.losses import LabelError, softmax, softmax_cross_entropy

from . import naive
from .differences import central_differences


def test_losses_equal_the_naive_twin():
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((10, 7)), rng.integers(0, 10, 7)
    np.testing.assert_allclose(softmax_cross_entropy(logits, labels)[0], naive.cross_entropy(logits, labels))


def test_derivatives_equal_central_differences():
    rng = np.random.default_rng(1)
    logits, labels = rng.standard_normal((10, 4)), rng.integers(0, 10, 4)
    _, derivative = softmax_cross_entropy(logits, labels)
    expected = central_differences(lambda: softmax_cross_entropy(logits, labels)[0].sum(), logits)
    np.testing.assert_allclose(derivative.ravel(), expected, rtol=1e-7, atol=1e-9)


def test_one_hot_labels_mean_the_same_as_integers():
    rng = np.random.default_rng(2)
    logits, labels = rng.standard_normal((10, 5)), np.array([3, 0, 9, 9, 1])
    for as_integers, as_one_hot in zip(
        softmax_cross_entropy(logits, labels), softmax_cross_entropy(logits, np.eye(10)[labels]), strict=True
    ):
        np.testing.assert_array_equal(as_integers, as_one_hot)


def test_huge_logits_neither_overflow_nor_vanish():
    logits = np.array([[1e30, -1e30], [0, 0]], np.float32)
    np.testing.assert_array_equal(softmax(logits), [[1, 0], [0, 1]])
    losses, derivative = softmax_cross_entropy(logits, np.array([0, 1]))
    np.testing.assert_array_equal(losses, [0, 0])
    assert np.isfinite(derivative).all()


def test_probabilities_sum_to_one():
    answers = softmax(np.random.default_rng(3).standard_normal((10, 6)) * 20)
    np.testing.assert_allclose(answers.sum(axis=0), np.ones(6))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 10]), "0 to 9, not 0 to 10"),
        (np.array([-1, 3]), "0 to 9, not -1 to 3"),
        (np.array([1]), r"not \(1,\)"),
        (np.array([1.0, 2.0]), "not float64"),
        (np.zeros((2, 9)), "10 columns, not 9"),
        (np.zeros((2, 10)), "a single 1"),
        (np.full((2, 10), 0.1), "a single 1"),
        (np.eye(10)[[1, 2, 3]], r"not \(3,\)"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    with pytest.raises(LabelError, match=message):
        softmax_cross_entropy(np.zeros((10, 2)), labels)


def test_label_smoothing_shares_a_part_of_the_target_among_all_classes():
    rng = np.random.default_rng(6)
    logits, labels = rng.standard_normal((4, 3)), np.array([0, 3, 1])
    target = 0.9 * np.eye(4)[labels].T + 0.1 / 4
    losses, dlogits = softmax_cross_entropy(logits, labels, 0.1)
    np.testing.assert_allclose(losses, -(target * np.log(softmax(logits))).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(dlogits, softmax(logits) - target, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("smoothing", [-0.1, 1, 2])
def test_label_smoothing_that_leaves_no_label_is_refused(smoothing):
    with pytest.raises(ValueError, match=f"less than 1, not {smoothing}"):
        softmax_cross_entropy(np.zeros((2, 1)), np.array([0]), smoothing)
