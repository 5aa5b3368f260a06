"""McNemar's exact test against values worked out by hand and with whole numbers."""

from math import comb

import pytest

from training.mcnemar import p_value


def exact(b: int, c: int) -> float:
    return min(1.0, 2 * sum(comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c))


@pytest.mark.parametrize(
    ("b", "c", "p"),
    [
        (0, 0, 1.0),
        (0, 1, 1.0),
        (5, 5, 1.0),
        (0, 5, 2 / 32),
        (1, 9, 2 * 11 / 1024),
        (10, 25, 0.0166738478),
    ],
)
def test_known_values(b, c, p):
    assert p_value(b, c) == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize(("b", "c"), [(3, 4), (12, 40), (200, 260), (980, 1020)])
def test_it_equals_the_sum_of_whole_numbers(b, c):
    assert p_value(b, c) == pytest.approx(exact(b, c), rel=1e-9)


def test_it_does_not_matter_which_version_is_the_first():
    assert p_value(3, 17) == p_value(17, 3)


def test_a_great_many_images_neither_overflow_nor_vanish():
    assert p_value(500_000, 500_000) == 1.0
    assert 0 < p_value(499_000, 501_000) < 0.05
    assert p_value(0, 100_000) == 0.0


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="-1"):
        p_value(-1, 3)
