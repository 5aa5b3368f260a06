"""Adam, held against the paper's algorithm written out value by value."""

import numpy as np
import pytest

from recognizer.network.optimisers import Adam

from . import naive


@pytest.mark.parametrize(("beta1", "beta2", "epsilon"), [(0.9, 0.999, 1e-8), (0.95, 0.99, 1e-2)])
def test_adam_follows_algorithm_1_of_its_paper(beta1, beta2, epsilon):
    rng = np.random.default_rng(0)
    theta, gradients = rng.standard_normal(5), rng.standard_normal((6, 5))
    expected = naive.adam(theta, gradients, 0.01, beta1, beta2, epsilon)
    adam = Adam.fresh(theta, beta1=beta1, beta2=beta2, epsilon=epsilon)
    for g in gradients:
        adam.step(theta, g, 0.01)
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_the_first_step_has_the_size_of_alpha_whatever_the_gradient():
    theta = np.zeros(3)
    Adam.fresh(theta).step(theta, np.array([1e-3, -5.0, 200.0]), 0.01)
    np.testing.assert_allclose(theta, [-0.01, 0.01, -0.01], rtol=1e-4)


def test_decoupled_weight_decay_shrinks_weights_that_have_no_gradient():
    theta = np.array([2.0, -4.0])
    adam = Adam.fresh(theta, weight_decay=0.1)
    adam.step(theta, np.zeros(2), 0.5)
    np.testing.assert_allclose(theta, [2 * 0.95, -4 * 0.95])


def test_a_step_leaves_the_gradient_as_it_is_and_keeps_float32():
    theta, g = np.ones(4, np.float32), np.arange(4, dtype=np.float32)
    adam = Adam.fresh(theta, weight_decay=0.1)
    adam.step(theta, g, 0.01)
    np.testing.assert_array_equal(g, np.arange(4))
    assert adam.m.dtype == adam.v.dtype == theta.dtype == np.float32
