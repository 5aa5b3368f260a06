"""The moving average of the weights."""

import numpy as np
import pytest

from recognizer.network.averaging import MovingAverage


def test_it_follows_the_recurrence_with_its_warm_up():
    rng = np.random.default_rng(1)
    start = rng.standard_normal(5)
    average, expected = MovingAverage.fresh(start, decay=0.8), start.copy()
    for step in range(60):
        theta = rng.standard_normal(5)
        average.update(theta)
        decay = min(0.8, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * theta
    np.testing.assert_allclose(average.values, expected, rtol=1e-12)
    assert average.steps == 60


def test_it_stays_with_what_does_not_move_and_leaves_it_alone():
    theta = np.linspace(-1, 1, 7, dtype=np.float32)
    average = MovingAverage.fresh(theta)
    for _ in range(5):
        average.update(theta)
    np.testing.assert_array_equal(average.values, theta)
    assert average.values.dtype == np.float32
    assert not np.shares_memory(average.values, theta)


def test_noise_is_smaller_in_the_average():
    rng = np.random.default_rng(2)
    average = MovingAverage.fresh(np.zeros(1000), decay=0.95)
    for _ in range(200):
        average.update(1 + rng.standard_normal(1000))
    assert average.values.mean() == pytest.approx(1, abs=0.02)
    assert average.values.std() < 0.25
