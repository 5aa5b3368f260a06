"""The schedules' ends, peaks and directions."""

import pytest

from recognizer.network.schedules import SCHEDULES, START_FACTOR, WARM_UP_SHARE, constant, cosine, one_cycle


def test_constant_never_changes():
    assert {constant(done / 10) for done in range(11)} == {1.0}


def test_cosine_falls_from_one_through_a_half_to_zero():
    assert (cosine(0), cosine(0.5), cosine(1)) == pytest.approx((1, 0.5, 0))


def test_one_cycle_rises_to_its_peak_and_falls_to_zero():
    assert one_cycle(0) == pytest.approx(START_FACTOR)
    assert one_cycle(WARM_UP_SHARE) == pytest.approx(1)
    assert one_cycle(1) == pytest.approx(0)
    values = [one_cycle(done / 100) for done in range(101)]
    peak = values.index(max(values))
    assert values[: peak + 1] == sorted(values[: peak + 1])
    assert values[peak:] == sorted(values[peak:], reverse=True)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_factor_lies_between_zero_and_one(name):
    assert all(0 <= SCHEDULES[name](done / 100) <= 1 for done in range(101))
