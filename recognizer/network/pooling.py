"""Max pooling over squares that do not overlap.

Left out on purpose: padding and strides other than the square's side; a rest at the right or lower edge is dropped."""

from dataclasses import dataclass

import numpy as np

from .layer import Parameters, Shape, ShapeError, Unlearned


@dataclass(frozen=True)
class MaxPool(Unlearned):
    """The largest of each `side` x `side` square of a channel."""

    side: int

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3 or min(input_shape[0], input_shape[2]) < self.side:
            raise ShapeError(f"a pool of side {self.side} needs (rows, channels, columns), not {input_shape}")
        rows, channels, columns = input_shape
        return rows // self.side, channels, columns // self.side

    def forward(self, parameters: Parameters, x: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        first, *others = self._corners(x)
        y = first.copy()  # (rows // side, channels, columns // side, batch)
        for other in others:
            np.maximum(y, other, out=y)
        return y, (x, y)

    def backward(
        self,
        parameters: Parameters,
        saved: tuple[np.ndarray, np.ndarray],
        dy: np.ndarray,
        gradients: Parameters,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray:
        """dx = dy at the place of the maximum: of equal ones the first, row by row, as PyTorch does; else 0."""
        x, y = saved
        dx = np.zeros_like(x)
        open_squares = np.ones(y.shape, bool)  # no maximum found yet
        for x_corner, dx_corner in zip(self._corners(x), self._corners(dx), strict=True):
            found = (x_corner == y) & open_squares
            np.multiply(dy, found, out=dx_corner)
            open_squares &= ~found
        return dx

    def _corners(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the side * side views of x that hold one place of every square, row by row."""
        side = self.side
        rows, _, columns = self.output_shape(x.shape[:3])
        return [x[i : rows * side : side, :, j : columns * side : side] for i in range(side) for j in range(side)]
