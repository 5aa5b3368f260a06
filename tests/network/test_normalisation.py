"""Batch normalisation: equal to its formula, its derivatives to central differences, its averages to running ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.network.layer import Call, ShapeError
from recognizer.network.normalisation import BatchNorm

from .differences import central_differences

small = st.integers(1, 4)
TRAINING = Call(training=True)


def parameters_for(channels, rng):
    return {
        "scale": rng.standard_normal(channels),
        "bias": rng.standard_normal(channels),
        "mean": rng.standard_normal(channels),
        "variance": rng.uniform(0.5, 2, channels),
    }


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), rows=small, channels=small, columns=small, batch=small)
def test_the_output_follows_the_papers_formula(seed, rows, channels, columns, batch):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, channels, columns, batch))
    p = parameters_for(channels, rng)
    y, _ = BatchNorm().forward(p, x, TRAINING)
    answered, _ = BatchNorm().forward(p, x)
    for c in range(channels):
        values = x[:, c]
        expected = p["scale"][c] * (values - values.mean()) / np.sqrt(values.var() + 1e-5) + p["bias"][c]
        np.testing.assert_allclose(y[:, c], expected, rtol=1e-9, atol=1e-9)
        expected = p["scale"][c] * (values - p["mean"][c]) / np.sqrt(p["variance"][c] + 1e-5) + p["bias"][c]
        np.testing.assert_allclose(answered[:, c], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 2, 3, 4), (1, 3, 2, 1), (2, 1, 1, 3)])
def test_derivatives_through_the_batchs_statistics_equal_central_differences(shape):
    rng = np.random.default_rng(3)
    layer, x, p = BatchNorm(), rng.standard_normal(shape), parameters_for(shape[1], rng)
    dy = rng.standard_normal(shape)
    gradients = {name: np.empty_like(value) for name, value in p.items()}
    _, saved = layer.forward(p, x, TRAINING)
    dx = layer.backward(p, saved, dy.copy(), gradients, TRAINING)

    def loss():
        return (layer.forward(p, x, TRAINING)[0] * dy).sum()

    np.testing.assert_allclose(dx.ravel(), central_differences(loss, x), rtol=1e-5, atol=1e-7)
    for name in ("scale", "bias"):
        np.testing.assert_allclose(gradients[name], central_differences(loss, p[name]), rtol=1e-6, atol=1e-8)


def test_moving_the_averages_by_their_entries_makes_running_averages():
    rng = np.random.default_rng(4)
    layer, p = BatchNorm(momentum=0.1), parameters_for(2, rng)
    x = rng.standard_normal((3, 2, 3, 5))
    before = {name: value.copy() for name, value in p.items()}
    gradients = {name: np.empty_like(value) for name, value in p.items()}
    _, saved = layer.forward(p, x, TRAINING)
    layer.backward(p, saved, np.ones_like(x), gradients, TRAINING)
    for name, own in (("mean", x.mean(axis=(0, 2, 3))), ("variance", x.var(axis=(0, 2, 3), ddof=1))):
        moved = p[name] - layer.momentum * gradients[name] / 5
        np.testing.assert_allclose(moved, 0.9 * before[name] + 0.1 * own, rtol=1e-12)


def test_a_single_value_has_no_variance_and_stays_finite():
    p = parameters_for(1, np.random.default_rng(5))
    y, saved = BatchNorm().forward(p, np.array([[[[3.0]]]]), TRAINING)
    gradients = {name: np.empty_like(value) for name, value in p.items()}
    dx = BatchNorm().backward(p, saved, np.ones((1, 1, 1, 1)), gradients, TRAINING)
    assert y.item() == pytest.approx(p["bias"].item())
    assert dx.item() == 0
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


def test_features_without_rows_and_columns_are_refused():
    with pytest.raises(ShapeError, match=r"needs \(rows, channels, columns\), not \(7,\)"):
        BatchNorm().output_shape((7,))
