"""A network for answering only: what is constant then is worked into the weights beforehand.

Left out on purpose: anything that changes the answers by more than rounding. Weights files hold the whole network."""

from dataclasses import replace

import numpy as np

from .convolution import Convolution
from .dropout import Dropout
from .layer import Layer, Parameters
from .network import Network
from .normalisation import BatchNorm, factor_and_shift
from .pooling import MaxPool


def fold(network: Network) -> Network:
    """Return a network that gives the same answers sooner: no dropout, batch normalisation folded into the convolution
    before it, all weights as their layers use them. Jacob et al.: Quantization and Training of Neural Networks (2018),
    section 3.2. Its parameters are not to be changed.

    Behind a pool only scales above zero fold, since the largest of a square stays the largest under no others.
    """
    layers: list[Layer] = []
    values: list[Parameters] = []
    for layer, own in zip(network.architecture.layers, network.layer_parameters, strict=True):
        if isinstance(layer, Dropout):
            continue
        if isinstance(layer, BatchNorm) and (place := foldable(layer, own, layers)) is not None:
            values[place] = folded(values[place], *factor_and_shift(layer, own))
            continue
        layers.append(layer)
        values.append(own)
    flat = [value.ravel() for own in values for value in own.values()]
    answering = Network(replace(network.architecture, layers=tuple(layers)), np.concatenate(flat))
    answering.parameters.flags.writeable = False
    answering.layer_parameters = [
        layer.prepared(own) for layer, own in zip(layers, answering.layer_parameters, strict=True)
    ]
    return answering


def foldable(layer: BatchNorm, own: Parameters, before: list[Layer]) -> int | None:
    """Return which of the layers before it can take the normalisation in; None if none can."""
    if before and isinstance(before[-1], Convolution):
        return len(before) - 1
    pooled = len(before) > 1 and isinstance(before[-1], MaxPool) and isinstance(before[-2], Convolution)
    return len(before) - 2 if pooled and (own["scale"] > 0).all() else None


def folded(convolution: Parameters, factor: np.ndarray, shift: np.ndarray) -> Parameters:
    """Return the parameters of a convolution whose output is factor times that of `convolution`, plus shift."""
    return {
        "weight": convolution["weight"] * factor[:, None, None, None],
        "bias": convolution["bias"] * factor + shift,
    }
