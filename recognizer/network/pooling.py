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
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray | None, np.ndarray]]:
        """To learn, the largest of each row of a square first, then the largest of these, since backward asks for both.

        To answer, the other way round: rows lie whole in memory, so that most comparisons are of neighbours.
        """
        rows, channels, columns = self.output_shape(x.shape[:3])
        y = call.empty("y", (rows, channels, columns, x.shape[3]), x.dtype)
        if call.training:
            across = self._across(x, call)
            largest(self._rows(across), y)
            return y, (x, across, y)
        down = call.empty("down", (rows, *x.shape[1:]), x.dtype)
        largest(self._rows(x), down)
        largest(self._columns(down), y)
        return y, (x, None, y)

    def _across(self, x: np.ndarray, call: Call) -> np.ndarray:
        """Return the largest of each row of each square, (rows * side, channels, columns, batch)."""
        rows, channels, columns = self.output_shape(x.shape[:3])
        across = call.empty("across", (rows * self.side, channels, columns, x.shape[3]), x.dtype)
        largest(self._columns(x[: len(across)]), across)
        return across

    def backward(
        self,
        parameters: Parameters,
        saved: tuple[np.ndarray, np.ndarray | None, np.ndarray],
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray:
        """dx = dy at the place of the maximum: of equal ones the first, row by row, as PyTorch does; else 0."""
        x, across, y = saved
        across = self._across(x, call) if across is None else across
        dacross = call.empty("dacross", across.shape, across.dtype)
        dx = call.zeros("dx", x.shape, x.dtype)  # a rest at the edges stays zero
        hand_back(dy, y, self._rows(across), self._rows(dacross))
        hand_back(dacross, across, self._columns(x[: len(across)]), self._columns(dx[: len(across)]))
        return dx

    def _rows(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the views of x that hold the first, second ... row of every square."""
        side, rows = self.side, len(x) // self.side
        return [x[k : rows * side : side] for k in range(side)]

    def _columns(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the views of x that hold the first, second ... column of every square."""
        side = self.side
        columns = x.shape[2] // side * side
        return [x[:, :, k:columns:side] for k in range(side)]


def largest(candidates: list[np.ndarray], y: np.ndarray) -> None:
    """Overwrite y with the largest of the candidates, place by place."""
    if len(candidates) == 1:
        y[...] = candidates[0]
        return
    np.maximum(candidates[0], candidates[1], out=y)
    for candidate in candidates[2:]:
        np.maximum(y, candidate, out=y)


def hand_back(dy: np.ndarray, y: np.ndarray, candidates: list[np.ndarray], derivatives: list[np.ndarray]) -> None:
    """Give dy to the first candidate that equals y, place by place, and 0 to the others.

    Multiplying by masks is ten times as fast as `where` or indexing; the last one gets what nobody took.
    """
    left = dy
    for candidate, derivative in zip(candidates[:-1], derivatives[:-1], strict=True):
        np.multiply(left, candidate == y, out=derivative)
        left = np.subtract(left, derivative, out=derivatives[-1])
    if left is dy:
        derivatives[-1][...] = dy
