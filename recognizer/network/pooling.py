"""Max pooling over squares that do not overlap.

Left out on purpose: padding and strides other than the square's side; a rest at the right or lower edge is dropped."""

from dataclasses import dataclass

import numpy as np

from .layer import INFERENCE, Call, Parameters, Shape, ShapeError, Unlearned


@dataclass(frozen=True)
class MaxPool(Unlearned):
    """The largest of each `side` x `side` square of a channel."""

    side: int

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3 or min(input_shape[0], input_shape[2]) < self.side:
            raise ShapeError(f"a pool of side {self.side} needs (rows, channels, columns), not {input_shape}")
        rows, channels, columns = input_shape
        return rows // self.side, channels, columns // self.side

    def forward(
        self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        first, *others = self._corners(x)
        y = call.empty("y", first.shape, x.dtype)  # (rows // side, channels, columns // side, batch)
        y[...] = first
        for other in others:
            np.maximum(y, other, out=y)
        return y, (x, y)

    def backward(
        self,
        parameters: Parameters,
        saved: tuple[np.ndarray, np.ndarray],
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray:
        """dx = dy at the place of the maximum: of equal ones the first, row by row, as PyTorch does; else 0.

        What is given away is taken from dy, so that a later place of the same square gets nothing.
        """
        x, y = saved
        dx = call.zeros("dx", x.shape, x.dtype)  # a rest at the edges stays zero
        found = call.empty("found", y.shape, np.dtype(bool))
        for x_corner, dx_corner in zip(self._corners(x), self._corners(dx), strict=True):
            np.equal(x_corner, y, out=found)
            np.multiply(dy, found, out=dx_corner)
            dy -= dx_corner
        return dx

    def _corners(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the side * side views of x that hold one place of every square, row by row."""
        side = self.side
        rows, _, columns = self.output_shape(x.shape[:3])
        return [x[i : rows * side : side, :, j : columns * side : side] for i in range(side) for j in range(side)]
