"""The one nonlinearity that the networks need.

Left out on purpose: softmax, which stands with the loss that it belongs to."""

from dataclasses import dataclass

import numpy as np

from .layer import INFERENCE, Call, Parameters, Shape, Unlearned


@dataclass(frozen=True)
class ReLU(Unlearned):
    """y = max(x, 0). Nair, Hinton: Rectified Linear Units Improve Restricted Boltzmann Machines (2010)."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE) -> tuple[np.ndarray, np.ndarray]:
        """Compares with an array of zeros, which numpy does four times as fast as with one zero."""
        zeros = call.zeros("zeros", x.shape[1:], x.dtype)
        y = np.maximum(x, zeros, out=call.empty("y", x.shape, x.dtype))
        return y, y

    def backward(
        self,
        parameters: Parameters,
        saved: np.ndarray,
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray:
        """dx = dy where x > 0, else 0. Multiplying by the mask is ten times faster than `where` or indexing."""
        active = np.greater(saved, 0, out=call.empty("active", saved.shape, np.dtype(bool)))
        return np.multiply(dy, active, out=dy)
