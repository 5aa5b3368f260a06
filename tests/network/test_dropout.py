"""Dropout: leaves out by chance while learning, and nothing while answering."""

import numpy as np
import pytest

from recognizer.network.dropout import Dropout
from recognizer.network.layer import Call


def learning(seed=0):
    return Call(training=True, rng=np.random.default_rng(seed))


def test_about_the_rate_is_left_out_and_the_mean_stays():
    y, _ = Dropout(0.3).forward({}, np.ones((400, 250)), learning())
    assert set(np.unique(y)) == {0, 1 / 0.7}
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_the_gradient_passes_where_the_value_passed():
    layer, x = Dropout(0.5), np.full((20, 3), 2.0)
    y, saved = layer.forward({}, x, learning())
    np.testing.assert_array_equal(layer.backward({}, saved, np.ones_like(x), {}), y / 2)


def test_the_same_random_numbers_leave_out_the_same_values():
    x = np.ones((30, 4), np.float32)
    first, second, other = (Dropout(0.5).forward({}, x, learning(seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    assert first.dtype == np.float32


def test_answering_leaves_nothing_out():
    x = np.arange(6.0).reshape(3, 2)
    y, saved = Dropout(0.5).forward({}, x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(Dropout(0.5).backward({}, saved, x.copy(), {}), x)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5])
def test_a_rate_that_leaves_nothing_is_refused(rate):
    with pytest.raises(ValueError, match=f"at least 0 and less than 1, not {rate}"):
        Dropout(rate)


def test_learning_without_random_numbers_is_refused():
    with pytest.raises(ValueError, match="pass an rng"):
        Dropout(0.5).forward({}, np.ones((2, 2)), Call(training=True))
