"""What every layer is: a description of a step, with functions from arrays to arrays.

Left out on purpose: parameters, gradients, an optimiser, any memory of the last call. The network owns the first two
as views of flat vectors, so that threads share a network and every part of a batch can have gradients of its own.
Whoever calls lends the memory to work in."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Protocol

import numpy as np

# Shapes of a layer's input and output, without the batch: (rows, channels, columns), or (features,) behind Flatten.
Shape = tuple[int, ...]
Parameters = Mapping[str, np.ndarray]


class ShapeError(ValueError):
    """A layer cannot take an input of this shape."""


@dataclass(frozen=True)
class Call:
    """What a layer is told besides arrays: whether it learns, from what to draw random numbers, and its memory.

    With a `memory`, arrays of the last call are used again: a result is valid until the layer's next call with it.
    """

    training: bool = False
    rng: np.random.Generator | None = None
    memory: dict[Any, np.ndarray] | None = None

    def empty(self, name: str, shape: Shape, dtype: np.dtype) -> np.ndarray:
        """Return an array of any contents; what had this `name` before is gone."""
        if self.memory is None:
            return np.empty(shape, dtype)
        kept = self.memory.get(name)
        if kept is None or kept.shape != shape or kept.dtype != dtype:
            kept = self.memory[name] = part_of(None if kept is None else kept.base, shape, dtype)
        return kept

    def zeros(self, name: str, shape: Shape, dtype: np.dtype) -> np.ndarray:
        """Return an array of zeros, but for places that the layer wrote when it last asked for this name and shape.

        A layer that writes the same places at every call thus finds its zero border as it was, without writing it.
        """
        if self.memory is None:
            return np.zeros(shape, dtype)
        key = name, shape, np.dtype(dtype)
        if key not in self.memory:
            self.memory[key] = np.zeros(shape, dtype)
        return self.memory[key]


INFERENCE = Call()


def part_of(kept: np.ndarray | None, shape: Shape, dtype: np.dtype) -> np.ndarray:
    """Return an array of any contents in the memory of `kept` (size,) if there is enough of it, else in new memory."""
    size = prod(shape)
    if kept is None or kept.size < size or kept.dtype != dtype:
        kept = np.empty(size, dtype)
    return kept[:size].reshape(shape)


def total_by_channel(x: np.ndarray) -> np.ndarray:
    """Return the sums (channels,) of x (rows, channels, columns, batch), C-contiguous.

    A product with ones is four times as fast as `sum`.
    """
    rows, channels, columns, batch = x.shape
    ones = np.ones(columns * batch, x.dtype)
    return np.matmul(x.reshape(rows, channels, -1), ones).sum(axis=0)


class Layer(Protocol):
    """One line of an architecture. Arrays are (rows, channels, columns, batch) or (features, batch), C-contiguous."""

    # Which parameters are running averages: backward says how far they are off, and no optimiser touches them.
    averages: ClassVar[tuple[str, ...]]

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of an output without the batch; raise ShapeError if the layer cannot take the input."""
        ...

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of each parameter by name; empty for a layer that learns nothing."""
        ...

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Fill `parameters` with fresh values."""
        ...

    def prepared(self, parameters: Parameters) -> Parameters:
        """Return parameters that `forward` answers with alike but sooner, for as long as nobody changes them."""
        ...

    def forward(self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE) -> tuple[np.ndarray, Any]:
        """Return the output and whatever `backward` needs of this call. `x` stays as it is."""
        ...

    def backward(
        self,
        parameters: Parameters,
        saved: Any,
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray | None:
        """Return the loss's derivative by the input, given `dy`, that by the output; overwrite `gradients`.

        `dy` may be overwritten. `saved` and `call` are those of the forward pass. With `input_gradient=False`, as for a
        network's first layer, a layer may skip that work and return None.
        """
        ...


class AsItIs:
    """What a layer says that has nothing to prepare and keeps no running averages."""

    averages: ClassVar[tuple[str, ...]] = ()

    def prepared(self, parameters: Parameters) -> Parameters:
        return parameters


class Unlearned(AsItIs):
    """What a layer without parameters answers."""

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return {}

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        return None
