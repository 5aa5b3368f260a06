"""Dropout: in training some values are left out, by chance, so that no feature leans on a single other one.

Left out on purpose: whole channels."""

from dataclasses import dataclass

import numpy as np

from .layer import INFERENCE, Call, Parameters, Shape, Unlearned


@dataclass(frozen=True)
class Dropout(Unlearned):
    """Each value is 0 with probability `rate`, else larger by 1 / (1 - rate), so that its mean stays as it is.

    Srivastava et al.: Dropout (2014), in the form that leaves answering alone. Random numbers come from the call.
    """

    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"dropout's rate must be at least 0 and less than 1, not {self.rate!r}")

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(
        self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE
    ) -> tuple[np.ndarray, np.ndarray | None]:
        if not call.training or not self.rate:
            return x, None
        if call.rng is None:
            raise ValueError("dropout needs random numbers to learn with: pass an rng")
        chance = call.rng.random(dtype=np.float32, out=call.empty("chance", x.shape, np.dtype(np.float32)))
        kept = np.greater_equal(chance, self.rate, out=call.empty("kept", x.shape, np.dtype(bool)))
        y = np.multiply(x, kept, out=call.empty("y", x.shape, x.dtype))
        y *= 1 / (1 - self.rate)
        return y, kept

    def backward(
        self,
        parameters: Parameters,
        saved: np.ndarray | None,
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray:
        if saved is not None:
            dy *= saved
            dy *= 1 / (1 - self.rate)
        return dy
