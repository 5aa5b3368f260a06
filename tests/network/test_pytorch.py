"""The gradient of every architecture is that of PyTorch's automatic differentiation, in float64."""

import numpy as np
import pytest
import torch

from benchmarks.pytorch import module_of, torch_parameters
from recognizer.network import Network
from recognizer.network.architectures import ARCHITECTURES, Architecture
from recognizer.network.dropout import Dropout


def without_dropout(architecture):
    layers = tuple(layer for layer in architecture.layers if not isinstance(layer, Dropout))
    return Architecture(architecture.name, architecture.input_shape, layers)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_equal_those_of_automatic_differentiation(name, smoothing):
    rng = np.random.default_rng(1)
    network = Network.create(without_dropout(ARCHITECTURES[name]), rng, dtype=np.float64)
    images, labels = rng.random((9, 28, 28)), rng.integers(0, 10, 9)
    module = module_of(network).double()
    for tensor, values in zip(module.state_dict().values(), module.state_dict(), strict=True):
        if values in torch_parameters(network):
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(torch_parameters(network)[values])))
    module.train()
    loss = torch.nn.functional.cross_entropy(
        module(torch.from_numpy(images[:, None])), torch.from_numpy(labels), reduction="sum", label_smoothing=smoothing
    )
    loss.backward()
    ours = network.loss_and_gradients(images, labels, label_smoothing=smoothing)
    assert ours.loss == pytest.approx(loss.item(), rel=1e-12)
    gradients = torch_parameters(Network(network.architecture, ours.gradients))
    for parameter, tensor in module.named_parameters():
        expected = tensor.grad.numpy()
        scale = np.abs(expected).max() + 1e-12
        # A bias before a normalisation has no influence: its gradient is nought up to rounding.
        np.testing.assert_allclose(gradients[parameter] / scale, expected / scale, rtol=0, atol=1e-9 / min(scale, 1))
