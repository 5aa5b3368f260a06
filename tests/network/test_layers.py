"""Each layer: equal to its naive twin on any shape, and its derivatives equal to central differences in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.network import convolution
from recognizer.network.activations import ReLU
from recognizer.network.convolution import Convolution, row_windows
from recognizer.network.dense import Dense, Flatten
from recognizer.network.layer import INFERENCE, Call, ShapeError
from recognizer.network.pooling import MaxPool

from . import naive
from .differences import central_differences

small = st.integers(1, 4)
seeds = st.integers(0, 2**32 - 1)
quickly = settings(deadline=None, max_examples=60)


def parameters_for(layer, input_shape, rng):
    shapes = layer.parameter_shapes(input_shape)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def run(layer, x, rng, call=INFERENCE):
    """Return the layer's parameters, output, a random dy, dx and gradients for x."""
    parameters = parameters_for(layer, x.shape[:-1], rng)
    y, saved = layer.forward(parameters, x, call)
    dy = rng.standard_normal(y.shape).astype(x.dtype)
    gradients = {name: np.full_like(value, np.nan) for name, value in parameters.items()}
    return parameters, y, dy, layer.backward(parameters, saved, dy.copy(), gradients, call), gradients


@quickly
@given(seed=seeds, a=small, b=small, more_rows=small, more_columns=small, channels=small, filters=small, batch=small)
def test_convolution_equals_its_naive_twin(seed, a, b, more_rows, more_columns, channels, filters, batch):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((a + more_rows - 1, channels, b + more_columns - 1, batch))
    parameters, y, dy, dx, gradients = run(Convolution(filters, kernel=(a, b)), x, rng)
    np.testing.assert_allclose(y, naive.convolution(x, **parameters), rtol=1e-12, atol=1e-12)
    naive_dx, dweight, dbias = naive.convolution_backward(x, parameters["weight"], dy)
    np.testing.assert_allclose(dx, naive_dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients["weight"], dweight, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients["bias"], dbias, rtol=1e-12, atol=1e-12)


@quickly
@given(seed=seeds, n=st.integers(1, 40), a=small, b=small, channels=small, filters=small)
def test_products_in_blocks_and_bands_equal_the_whole_one(seed, n, a, b, channels, filters):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((a + 2, channels, b + 1, n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "UNPACKED_MATRIX", 24 * a * b * channels)
        patch.setattr(convolution, "NARROWEST_BLOCK", 4)
        patch.setattr(convolution, "NARROWEST_TURNED_BLOCK", 4)
        patch.setattr(convolution, "UNPACKED_PRODUCT", 24 * a * b * channels * filters)
        patch.setattr(convolution, "BAND_BYTES", 1000)
        parameters, y, dy, dx, gradients = run(Convolution(filters, kernel=(a, b)), x, rng)
    np.testing.assert_allclose(y, naive.convolution(x, **parameters), rtol=1e-12, atol=1e-12)
    naive_dx, dweight, _ = naive.convolution_backward(x, parameters["weight"], dy)
    np.testing.assert_allclose(dx, naive_dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients["weight"], dweight, rtol=1e-12, atol=1e-12)


def lengths(parts):
    return [part.stop - part.start for part in parts]


def places(parts):
    return [place for part in parts for place in range(part.start, part.stop)]


@given(n=st.integers(0, 5000), widest=st.integers(0, 3000), narrowest=st.sampled_from([16, 512]))
def test_blocks_cover_everything_once_and_keep_their_limit(n, widest, narrowest):
    parts = convolution.blocks(n, widest, narrowest=narrowest)
    assert places(parts) == list(range(n))
    if widest >= narrowest:
        assert max(lengths(parts)) <= widest
    else:
        assert len(parts) == 1


@given(rows=st.integers(1, 100), row_bytes=st.integers(1, 10_000_000))
def test_bands_cover_all_rows_once_and_fit_into_the_cache(rows, row_bytes):
    parts = convolution.bands(rows, row_bytes)
    assert places(parts) == list(range(rows))
    assert max(lengths(parts)) == 1 or max(lengths(parts)) * row_bytes <= convolution.BAND_BYTES


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(Convolution(3, kernel=(3, 2)), (6, 2, 5)), (MaxPool(2), (5, 2, 5)), (ReLU(), (3, 2, 4)), (Dense(4), (7,))],
)
def test_memory_that_is_kept_from_call_to_call_changes_no_result(layer, shape):
    rng = np.random.default_rng(11)
    call = Call(training=True, memory={})
    parameters = parameters_for(layer, shape, rng)
    for batch in (4, 2, 4, 1):
        x = rng.standard_normal((*shape, batch))
        dy = rng.standard_normal((*layer.output_shape(shape), batch))
        results = []
        for each in (Call(training=True), call):
            y, saved = layer.forward(parameters, x, each)
            y = y.copy()
            gradients = {name: np.empty_like(value) for name, value in parameters.items()}
            results.append((y, layer.backward(parameters, saved, dy.copy(), gradients, each), gradients))
        (y, dx, gradients), (kept_y, kept_dx, kept_gradients) = results
        np.testing.assert_array_equal(y, kept_y)
        np.testing.assert_array_equal(dx, kept_dx)
        for name, gradient in gradients.items():
            np.testing.assert_array_equal(gradient, kept_gradients[name])


@quickly
@given(
    seed=seeds, side=small, rows=small, columns=small, channels=small, batch=small, extra=st.integers(0, 2),
    training=st.booleans(),
)  # fmt: skip
def test_max_pool_equals_its_naive_twin_with_ties_and_odd_sizes(
    seed, side, rows, columns, channels, batch, extra, training
):
    rng = np.random.default_rng(seed)
    shape = (rows * side + min(extra, side - 1), channels, columns * side + min(extra, side - 1), batch)
    x = rng.integers(0, 3, shape).astype(np.float64)  # three values only, so that most squares have ties
    _, y, dy, dx, _ = run(MaxPool(side), x, rng, Call(training=training))
    np.testing.assert_array_equal(y, naive.max_pool(x, side))
    np.testing.assert_array_equal(dx, naive.max_pool_backward(x, side, dy))


@quickly
@given(seed=seeds, rows=small, channels=small, columns=small, batch=small)
def test_relu_equals_its_naive_twin_at_zero_too(seed, rows, channels, columns, batch):
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (rows, channels, columns, batch)).astype(np.float64)
    _, y, dy, dx, _ = run(ReLU(), x, rng)
    np.testing.assert_array_equal(y, naive.relu(x))
    np.testing.assert_array_equal(dx, naive.relu_backward(x, dy))


@quickly
@given(seed=seeds, inputs=small, outputs=small, batch=small)
def test_dense_equals_its_naive_twin(seed, inputs, outputs, batch):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((inputs, batch))
    parameters, y, dy, dx, gradients = run(Dense(outputs), x, rng)
    np.testing.assert_allclose(y, naive.dense(x, **parameters), rtol=1e-12, atol=1e-12)
    naive_dx, dweight, dbias = naive.dense_backward(x, parameters["weight"], dy)
    np.testing.assert_allclose(dx, naive_dx, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients["weight"], dweight, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients["bias"], dbias, rtol=1e-12, atol=1e-12)


CASES = [
    pytest.param(Convolution(3, kernel=(3, 2)), (5, 2, 6), id="convolution"),
    pytest.param(Convolution(2, kernel=(5, 5)), (7, 1, 9), id="convolution of one channel"),
    pytest.param(ReLU(), (3, 2, 4), id="relu"),
    pytest.param(MaxPool(2), (5, 3, 4), id="max pool"),
    pytest.param(Flatten(), (3, 2, 4), id="flatten"),
    pytest.param(Dense(4), (6,), id="dense"),
]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_derivatives_equal_central_differences(layer, shape, batch):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((*shape, batch))
    parameters, _, dy, dx, gradients = run(layer, x, rng)

    def loss():
        return (layer.forward(parameters, x)[0] * dy).sum()

    np.testing.assert_allclose(dx.ravel(), central_differences(loss, x), rtol=1e-7, atol=1e-8)
    for name, gradient in gradients.items():
        expected = central_differences(loss, parameters[name])
        np.testing.assert_allclose(gradient.ravel(), expected, rtol=1e-7, atol=1e-8, err_msg=name)


@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_output_shape_is_that_of_the_output(layer, shape):
    rng = np.random.default_rng(7)
    y, _ = layer.forward(parameters_for(layer, shape, rng), rng.standard_normal((*shape, 3)))
    assert y.shape == (*layer.output_shape(shape), 3)


@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_a_call_leaves_its_input_and_the_parameters_as_they_are(layer, shape):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((*shape, 2))
    before = x.copy()
    parameters = parameters_for(layer, shape, rng)
    kept = {name: value.copy() for name, value in parameters.items()}
    y, saved = layer.forward(parameters, x)
    layer.backward(parameters, saved, y.copy(), {name: np.empty_like(v) for name, v in parameters.items()})
    np.testing.assert_array_equal(x, before)
    for name, value in parameters.items():
        np.testing.assert_array_equal(value, kept[name])


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Convolution(1, kernel=(5, 5)), (4, 1, 28)),
        (Convolution(1, kernel=(5, 5)), (28, 1, 4)),
        (Convolution(1, kernel=(5, 5)), (800,)),
        (MaxPool(3), (2, 1, 9)),
        (MaxPool(2), (800,)),
        (Dense(3), (2, 2, 2)),
    ],
)
def test_an_input_that_a_layer_cannot_take_is_named(layer, shape):
    with pytest.raises(ShapeError, match=str(shape).replace("(", r"\(").replace(")", r"\)")):
        layer.output_shape(shape)


def test_row_windows_do_not_trust_the_strides_of_an_axis_of_length_one():
    x = np.arange(3 * 2 * 2.0).reshape(3, 2, 2)[:, None]  # numpy gives the new axis any stride it likes
    x = np.lib.stride_tricks.as_strided(x, strides=(x.strides[0], 0, *x.strides[2:]))
    assert x.flags.c_contiguous
    np.testing.assert_array_equal(row_windows(x, 2)[1], [[4, 5, 6, 7], [8, 9, 10, 11]])


def test_convolution_of_rows_that_are_not_contiguous_equals_that_of_a_copy():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((6, 2, 12, 3))[:, :, ::2]
    layer = Convolution(2, kernel=(3, 3))
    parameters = parameters_for(layer, (6, 2, 6), rng)
    np.testing.assert_array_equal(layer.forward(parameters, x)[0], layer.forward(parameters, x.copy())[0])


def test_fresh_weights_before_a_relu_have_he_variance_and_biases_are_zero():
    parameters = {"weight": np.empty((400, 500)), "bias": np.ones(400)}
    Dense(400).initialise(parameters, np.random.default_rng(0))
    assert parameters["weight"].var() == pytest.approx(2 / 500, rel=0.02)
    assert not parameters["bias"].any()


def test_fresh_convolution_weights_count_all_that_a_filter_reads():
    parameters = {"weight": np.empty((200, 10, 5, 5)), "bias": np.ones(200)}
    Convolution(200, kernel=(5, 5)).initialise(parameters, np.random.default_rng(0))
    assert parameters["weight"].var() == pytest.approx(2 / 250, rel=0.02)
    assert not parameters["bias"].any()


def test_fresh_weights_of_the_last_layer_fill_glorots_interval():
    parameters = {"weight": np.empty((100, 500)), "bias": np.ones(100)}
    Dense(100, last=True).initialise(parameters, np.random.default_rng(0))
    limit = np.sqrt(6 / 600)
    assert 0.99 * limit < np.abs(parameters["weight"]).max() <= limit
