"""The fully connected layer, and the step that lays an image's values in a row for it.

Left out on purpose: layouts other than the network's own. Features stand in the order (rows, channels, columns)."""

from dataclasses import dataclass
from math import prod

import numpy as np

from .initialisers import glorot_uniform, he_normal
from .layer import INFERENCE, AsItIs, Call, Parameters, Shape, ShapeError, Unlearned


@dataclass(frozen=True)
class Flatten(Unlearned):
    """(rows, channels, columns) to (features,): no value moves."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return (prod(input_shape),)

    def forward(self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE) -> tuple[np.ndarray, Shape]:
        return x.reshape(-1, x.shape[-1]), x.shape  # (features, batch)

    def backward(
        self,
        parameters: Parameters,
        saved: Shape,
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray:
        return dy.reshape(saved)


@dataclass(frozen=True)
class Dense(AsItIs):
    """y = weight x + bias: weight (outputs, inputs), bias (outputs,). `last` says that no ReLU follows."""

    outputs: int
    last: bool = False

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 1:
            raise ShapeError(f"a dense layer needs (features,), not {input_shape}: put Flatten() before it")
        return (self.outputs,)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return {"weight": (self.outputs, *input_shape), "bias": (self.outputs,)}

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        outputs, inputs = parameters["weight"].shape
        if self.last:
            glorot_uniform(parameters["weight"], fan_in=inputs, fan_out=outputs, rng=rng)
        else:
            he_normal(parameters["weight"], fan_in=inputs, rng=rng)
        parameters["bias"][...] = 0

    def forward(self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE) -> tuple[np.ndarray, np.ndarray]:
        y = call.empty("y", (self.outputs, x.shape[1]), x.dtype)  # (outputs, batch)
        np.matmul(parameters["weight"], x, out=y)
        y += parameters["bias"][:, None]
        return y, x

    def backward(
        self,
        parameters: Parameters,
        saved: np.ndarray,
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray | None:
        """dweight = dy x', dbias = dy summed over the batch, dx = weight' dy."""
        np.matmul(dy, saved.T, out=gradients["weight"])
        np.sum(dy, axis=1, out=gradients["bias"])
        if not input_gradient:
            return None
        return np.matmul(parameters["weight"].T, dy, out=call.empty("dx", saved.shape, dy.dtype))
