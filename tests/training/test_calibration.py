"""Calibration finds the temperature that made the answers too sure, and changes no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.network import Network
from recognizer.network.losses import softmax
from training.calibration import (
    IMAGES_A_LOOK,
    best_temperature,
    calibrate,
    calibration_error,
    expected_calibration_error,
    log_probabilities,
    nll,
    tempered,
)

from .generated import seven_segment_digits


def answers(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities (n, 10) that are `temperature` times too sure, and labels that follow the true ones."""
    rng = np.random.default_rng(0)
    true = softmax(rng.normal(0, 2, (10, count))).T
    labels = (true.cumsum(axis=1) > rng.random((count, 1))).argmax(axis=1)
    return tempered(np.log(true), 1 / temperature), labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_that_made_them_too_sure_is_found(temperature):
    logs, labels = answers(temperature)
    assert best_temperature(logs, labels) == pytest.approx(temperature, rel=0.05)


def test_no_other_temperature_fits_better():
    logs, labels = answers(1.7)
    best = best_temperature(logs, labels)
    assert nll(tempered(logs, best), labels) <= min(nll(tempered(logs, t), labels) for t in np.linspace(0.3, 3.9, 50))


@given(st.floats(0.3, 3.9), st.integers(0, 1000))
def test_tempering_keeps_order_and_sum(temperature, seed):
    logs = np.log(softmax(np.random.default_rng(seed).normal(0, 3, (10, 5))).T)
    after = tempered(logs, temperature)
    np.testing.assert_array_equal(after.argsort(axis=1), logs.argsort(axis=1))
    np.testing.assert_allclose(np.exp(after).sum(axis=1), 1)


def test_a_network_is_calibrated_in_its_last_layer_alone():
    digits = seven_segment_digits(60, seed=0)
    network = Network.create("lenet-5x5", np.random.default_rng(0))
    before, first = network.probabilities(digits.images), network.layer_parameters[0]["weight"].copy()
    found = calibrate(network, digits)
    after = network.probabilities(digits.images)
    np.testing.assert_array_equal(network.layer_parameters[0]["weight"], first)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))
    np.testing.assert_allclose(after, np.exp(tempered(np.log(before.astype(float)), found.temperature)), atol=1e-4)
    assert found.nll_after <= found.nll_before


@pytest.mark.parametrize("architecture", ["lenet-5x5", "deep"])
@pytest.mark.parametrize("more", [5, 40])
def test_the_answers_are_bit_for_bit_those_of_all_images_at_once(architecture, more):
    images = seven_segment_digits(IMAGES_A_LOOK + more, seed=0)
    network = Network.create(architecture, np.random.default_rng(0))
    at_once = np.log(np.maximum(network.probabilities(images.images).astype(np.float64), 1e-30))
    np.testing.assert_array_equal(log_probabilities(network, images), at_once)


def test_who_looks_may_stop_it_before_the_network_is_changed():
    digits = seven_segment_digits(2 * IMAGES_A_LOOK, seed=0)
    network = Network.create("lenet-5x5", np.random.default_rng(0))
    before, looks = network.parameters.copy(), []

    def look():
        looks.append(1)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        calibrate(network, digits, look)
    assert looks == [1]
    np.testing.assert_array_equal(network.parameters, before)


def test_the_calibration_error_is_the_distance_of_confidence_from_accuracy():
    right = np.array([True, True, True, False])
    assert calibration_error(np.full(4, 0.75), right) == pytest.approx(0)
    assert calibration_error(np.full(4, 0.95), right) == pytest.approx(0.2)
    # Two bins, each weighed by what is in it
    assert calibration_error(np.array([0.9, 0.9, 0.5, 0.5]), right) == pytest.approx((2 * 0.1 + 2 * 0.0) / 4)


def test_sure_and_wrong_is_the_largest_error():
    probabilities = np.zeros((4, 10))
    probabilities[:, 3] = 1
    assert expected_calibration_error(probabilities, np.full(4, 5)) == pytest.approx(1)
