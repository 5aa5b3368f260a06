"""Wilson's interval against known values."""

import pytest

from training.wilson import interval


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (990, 1000, 0.9817, 0.9946)],
)
def test_known_values(right, n, low, high):
    assert interval(right, n) == pytest.approx((low, high), abs=1e-4)


def test_nothing_measured_says_nothing():
    assert interval(0, 0) == (0.0, 1.0)
