"""Turns, spreads, ratios, the machine's peak, and the clock in matrix products."""

import threading

import numpy as np
import pytest

from benchmarks import common, machine, products
from benchmarks.measuring import Contestant, Spread, interleave, latencies, ratios
from benchmarks.peak import Sgemm
from benchmarks.products import MatmulClock

pytestmark = pytest.mark.slow


def test_contestants_take_turns_and_the_first_round_does_not_count():
    turns = []

    def contestant(name: str) -> Contestant:
        return Contestant(name, lambda: turns.append(name) or len(turns))

    assert interleave([contestant("a"), contestant("b")], rounds=2) == {"a": [3, 5], "b": [4, 6]}
    assert turns == ["a", "b"] * 3


def test_a_spread_is_the_median_and_the_range():
    assert Spread.of([5.0, 1.0, 9.0]) == Spread(median=5.0, least=1.0, most=9.0)


def test_ratios_are_taken_round_by_round():
    assert ratios([10.0, 30.0], [5.0, 10.0]) == [2.0, 3.0]


def test_percentiles_rise():
    found = latencies(lambda: None, 50)
    assert 0 < found["p50"] <= found["p95"] <= found["p99"]


def test_the_peak_counts_two_operations_for_each_multiplication_of_each_thread():
    peak = Sgemm(threads=2, products=3, size=16)
    assert peak.flops == 2 * 2 * 3 * 16**3
    assert peak.run() > 0
    for a, b, product in peak.matrices:
        np.testing.assert_allclose(product, a @ b, rtol=1e-5)


def test_the_clock_sees_products_of_all_threads_and_leaves_numpy_as_it_was():
    before = np.matmul
    with MatmulClock() as clock:
        thread = threading.Thread(target=lambda: np.matmul(np.ones((3, 4, 5)), np.ones((3, 5, 6))))
        thread.start()
        thread.join()
        product = np.matmul(np.ones((2, 3)), np.ones(3))
    assert np.matmul is before
    np.testing.assert_array_equal(product, [3, 3])
    assert [shape for shape, _ in clock.calls] == [(3, 4, 5, 6), (1, 2, 3, 1)]


def test_the_clock_goes_even_when_the_work_fails():
    before = np.matmul
    with pytest.raises(ValueError, match="mismatch"), MatmulClock():
        np.matmul(np.ones((2, 3)), np.ones((2, 3)))
    assert np.matmul is before


def test_a_profile_adds_up_calls_of_a_shape():
    def take(steps: int) -> None:
        for _ in range(steps):
            np.matmul(np.ones((2, 3)), np.ones((3, 4)))

    found = products.profile(take, steps=5, batch=2, threads=1)
    (only,) = found["shapes"]
    assert (only["shape"], only["calls"], found["images"]) == ((1, 2, 3, 4), 5, 10)
    assert "multiplies 0.50 times what is necessary" in products.in_words(found, necessary_macs=24)


def test_how_busy_the_processor_is_comes_from_ticks_that_were_not_idle(monkeypatch):
    ticks = iter([(100, 200), (130, 240)])
    monkeypatch.setattr(machine, "processor_ticks", lambda: next(ticks))
    assert machine.busy_share(0) == 0.25


@pytest.mark.parametrize(("busy", "warned"), [(0.2, True), (0.01, False), (None, False)])
def test_a_busy_machine_is_warned_of(busy, warned, monkeypatch, capsys):
    monkeypatch.setattr(machine, "busy_share", lambda seconds: busy)
    record = common.begin("latency", "lenet-5x5", {})
    assert record["machine"]["busy_before"] == busy
    assert ("Something else uses this machine" in capsys.readouterr().err) is warned
