"""A folded network answers as the whole one does."""

import numpy as np
import pytest

from recognizer.network import Network
from recognizer.network.architectures import ARCHITECTURES, Architecture
from recognizer.network.convolution import Convolution
from recognizer.network.dense import Dense, Flatten
from recognizer.network.dropout import Dropout
from recognizer.network.folding import fold
from recognizer.network.normalisation import BatchNorm
from recognizer.network.pooling import MaxPool

SMALL = Architecture(
    "small",
    (28, 1, 28),
    (
        BatchNorm(),  # nothing before it can take it in
        Convolution(4, kernel=(3, 3)),
        BatchNorm(),
        Convolution(5, kernel=(3, 3)),
        MaxPool(2),
        BatchNorm(),
        MaxPool(2),
        Flatten(),
        Dropout(0.5),
        Dense(10, last=True),
    ),
)


def network_of(architecture, *, negative):
    rng = np.random.default_rng(1)
    network = Network.create(architecture, rng, dtype=np.float64)
    for name, view in network.named_parameters().items():
        if name.endswith(("scale", "variance")):
            view[...] = rng.uniform(0.5, 2, view.shape)
        if name.endswith(("bias", "mean")):
            view[...] = rng.standard_normal(view.shape) / 5
        if negative and name.endswith("scale"):
            view[0] *= -1
    return network


def kinds(network):
    return [type(layer).__name__ for layer in network.architecture.layers]


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("architecture", [SMALL, *ARCHITECTURES.values()], ids=lambda each: each.name)
def test_the_answers_stay_the_same(architecture, negative):
    images = np.random.default_rng(2).random((5, 28, 28))
    network = network_of(architecture, negative=negative)
    one = images[:1]
    np.testing.assert_allclose(fold(network).probabilities(one), network.probabilities(one), atol=1e-6)
    np.testing.assert_allclose(fold(network).probabilities(images), network.probabilities(images), atol=1e-6)


def test_normalisation_goes_where_it_can_and_dropout_everywhere():
    positive, negative = (kinds(fold(network_of(SMALL, negative=negative))) for negative in (False, True))
    assert positive == ["BatchNorm", "Convolution", "Convolution", "MaxPool", "MaxPool", "Flatten", "Dense"]
    assert negative == [
        "BatchNorm", "Convolution", "Convolution", "MaxPool", "BatchNorm", "MaxPool", "Flatten", "Dense",
    ]  # fmt: skip


def test_folding_leaves_the_network_as_it_is():
    network = network_of(SMALL, negative=False)
    before = network.parameters.copy()
    folded = fold(network)
    assert not np.shares_memory(folded.parameters, network.parameters)
    np.testing.assert_array_equal(network.parameters, before)
    assert len(network.architecture.layers) == 10


def test_a_folded_network_keeps_its_weights_as_matrices_and_nobody_can_change_them():
    network = fold(Network.create("lenet-5x5", np.random.default_rng(0)))
    first = network.layer_parameters[0]
    assert np.array_equal(first["stacked weight"], first["weight"].reshape(8, 25))
    assert network.layer_parameters[2]["stacked weight"].shape == (8, 5 * 5 * 8)
    with pytest.raises(ValueError, match="read-only"):
        network.parameters[0] = 1
