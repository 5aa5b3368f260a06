"""Batch normalisation: each channel brought to mean 0 and variance 1, then to a scale and a bias that are learnt.

Left out on purpose: features without rows and columns, and statistics over several threads. In training those of one
call count, a part of the batch: "ghost" batches, which generalise better as well (Hoffer, Hubara, Soudry: Train
longer, generalize better, 2017)."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .layer import INFERENCE, AsItIs, Call, Parameters, Shape, ShapeError, total_by_channel


@dataclass(frozen=True)
class BatchNorm(AsItIs):
    """Ioffe, Szegedy: Batch Normalization (2015). scale, bias, mean and variance have the shape (channels,).

    `mean` and `variance` are running averages, which stand for the batch's own when the network only answers.
    `momentum` is how far each batch moves them.
    """

    momentum: float = 0.05
    epsilon: float = 1e-5

    averages: ClassVar[tuple[str, ...]] = ("mean", "variance")

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ShapeError(f"batch normalisation needs (rows, channels, columns), not {input_shape}")
        return input_shape

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return dict.fromkeys(("scale", "bias", "mean", "variance"), (input_shape[1],))

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        for name, value in (("scale", 1), ("bias", 0), ("mean", 0), ("variance", 1)):
            parameters[name][...] = value

    def forward(self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE) -> tuple[np.ndarray, Any]:
        """y = scale (x - mean) / sqrt(variance + epsilon) + bias, in training with the mean and variance of x."""
        y = call.empty("y", x.shape, x.dtype)
        if not call.training:
            factor, shift = factor_and_shift(self, parameters)
            np.multiply(x, spread(factor), out=y)
            y += spread(shift)
            return y, None
        mean = total_by_channel(x) / places(x)
        centred = np.subtract(x, spread(mean), out=call.empty("centred", x.shape, x.dtype))
        variance = dot(centred, centred) / places(x)
        inverse = 1 / np.sqrt(variance + self.epsilon)
        np.multiply(centred, spread(parameters["scale"] * inverse), out=y)
        y += spread(parameters["bias"])
        return y, (centred, mean, variance, inverse)

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
        """dx = scale / s (dy - mean(dy) - c mean(dy c) / s^2) with c = x - mean and s = sqrt(variance + epsilon).

        The running averages' entries are how far they are off, times the images: moving them by momentum times the
        mean of that over a batch makes them the usual running averages. That of the variance is the unbiased one.
        """
        centred, mean, variance, inverse = saved
        count, images = places(dy), dy.shape[3]
        total, product = total_by_channel(dy), dot(dy, centred)  # (channels,) each
        gradients["bias"][...] = total
        gradients["scale"][...] = product * inverse
        gradients["mean"][...] = images * (parameters["mean"] - mean)
        gradients["variance"][...] = images * (parameters["variance"] - variance * (count / max(count - 1, 1)))
        if not input_gradient:
            return None
        dx = np.multiply(centred, spread(product * inverse**2 / -count), out=call.empty("dx", dy.shape, dy.dtype))
        dx += dy
        dx -= spread(total / count)
        dx *= spread(parameters["scale"] * inverse)
        return dx


def factor_and_shift(layer: BatchNorm, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Return what the layer multiplies by and what it adds when the network only answers, (channels,) each."""
    factor = parameters["scale"] / np.sqrt(parameters["variance"] + layer.epsilon)
    return factor, parameters["bias"] - factor * parameters["mean"]


def places(x: np.ndarray) -> int:
    """Return how many values of x (rows, channels, columns, batch) a channel has."""
    return x.size // x.shape[1]


def by_channel(x: np.ndarray) -> np.ndarray:
    """Return x (rows, channels, columns, batch) as (rows, channels, columns * batch)."""
    return x.reshape(*x.shape[:2], -1)


def spread(values: np.ndarray) -> np.ndarray:
    """Return values (channels,) so that they meet (rows, channels, columns, batch)."""
    return values[:, None, None]


def dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the sum of x y over all but the channels, (channels,)."""
    return np.vecdot(by_channel(x), by_channel(y)).sum(axis=0)
