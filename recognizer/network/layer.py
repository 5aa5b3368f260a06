"""What every layer is: a description of a step, with functions from arrays to arrays.

Left out on purpose: parameters, gradients, an optimiser, any memory of the last call. The network owns the first two
as views of flat vectors, so that threads share a network and every part of a batch can have gradients of its own."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

# Shapes of a layer's input and output, without the batch: (rows, channels, columns), or (features,) behind Flatten.
Shape = tuple[int, ...]
Parameters = Mapping[str, np.ndarray]


class ShapeError(ValueError):
    """A layer cannot take an input of this shape."""


class Layer(Protocol):
    """One line of an architecture. Arrays are (rows, channels, columns, batch) or (features, batch), C-contiguous."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of an output without the batch; raise ShapeError if the layer cannot take the input."""
        ...

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of each parameter by name; empty for a layer that learns nothing."""
        ...

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Fill `parameters` with fresh values."""
        ...

    def forward(self, parameters: Parameters, x: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the output and whatever `backward` needs of this call. `x` stays as it is."""
        ...

    def backward(
        self, parameters: Parameters, saved: Any, dy: np.ndarray, gradients: Parameters, *, input_gradient: bool = True
    ) -> np.ndarray | None:
        """Return the loss's derivative by the input, given `dy`, that by the output; overwrite `gradients`.

        With `input_gradient=False`, as for a network's first layer, a layer may skip that work and return None.
        """
        ...


class Unlearned:
    """What a layer without parameters answers."""

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return {}

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        return None
