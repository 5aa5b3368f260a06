"""Convolution without padding and with stride 1, as one batched matrix product.

With the batch innermost, A consecutive rows of (rows, channels, columns, batch) are already a matrix
(A * channels, columns * batch) in memory, so the kernel's rows cost no copy; its B columns stand side by side in the
weight matrix and are resolved by B - 1 shifted additions. Left out on purpose: padding, strides, dilation."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .initialisers import he_normal
from .layer import Parameters, Shape, ShapeError


@dataclass(frozen=True)
class Convolution:
    """`filters` kernels of `kernel` = (A, B) rows and columns: weight (filters, channels, A, B), bias (filters,)."""

    filters: int
    kernel: tuple[int, int]

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3 or input_shape[0] < self.kernel[0] or input_shape[2] < self.kernel[1]:
            raise ShapeError(f"a convolution of {self.kernel} needs (rows, channels, columns), not {input_shape}")
        rows, _, columns = input_shape
        return rows - self.kernel[0] + 1, self.filters, columns - self.kernel[1] + 1

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        return {"weight": (self.filters, input_shape[1], *self.kernel), "bias": (self.filters,)}

    def initialise(self, parameters: Parameters, rng: np.random.Generator) -> None:
        he_normal(parameters["weight"], fan_in=parameters["weight"][0].size, rng=rng)
        parameters["bias"][...] = 0

    def forward(self, parameters: Parameters, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """y[i, f, j] = bias[f] + sum over a, c, b of weight[f, c, a, b] x[i + a, c, j + b]: a cross-correlation."""
        products = pack(parameters["weight"]) @ row_windows(x, self.kernel[0])  # (rows out, B * filters, columns * n)
        products = products.reshape(len(products), self.kernel[1], self.filters, *x.shape[2:])
        return add_columns(products, parameters["bias"]), x

    def backward(
        self,
        parameters: Parameters,
        saved: np.ndarray,
        dy: np.ndarray,
        gradients: Parameters,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray | None:
        """Transpose each step of `forward`, in reverse: y = S(W X(x)) gives dW = S'dy X(x)' and dx = X'(W'S'dy)."""
        x = saved
        weight = parameters["weight"]
        dproducts = spread_columns(dy, x.shape[2], self.kernel[1])  # (rows out, B * filters, columns * n)
        windows = row_windows(x, self.kernel[0])  # (rows out, A * channels, columns * n)
        dpacked = np.matmul(dproducts, windows.transpose(0, 2, 1)).sum(axis=0)  # (B * filters, A * channels)
        gradients["weight"][...] = unpack(dpacked, weight.shape)
        gradients["bias"][...] = dy.reshape(*dy.shape[:2], -1).sum(axis=2).sum(axis=0)
        return add_rows(pack(weight).T @ dproducts, x.shape) if input_gradient else None


def pack(weight: np.ndarray) -> np.ndarray:
    """Return (filters, channels, A, B) as the matrix (B * filters, A * channels) that meets `row_windows`."""
    filters, channels, a, b = weight.shape
    return weight.transpose(3, 0, 2, 1).reshape(b * filters, a * channels)


def unpack(packed: np.ndarray, shape: Shape) -> np.ndarray:
    """Undo `pack`; `shape` is (filters, channels, A, B)."""
    filters, channels, a, b = shape
    return packed.reshape(b, filters, a, channels).transpose(1, 3, 2, 0)


def row_windows(x: np.ndarray, a: int) -> np.ndarray:
    """Return every run of `a` rows of x as a read-only view (rows - a + 1, a * channels, columns * batch)."""
    x = np.ascontiguousarray(x)
    rows, channels, columns, batch = x.shape
    channel_bytes = columns * batch * x.itemsize  # not x.strides[1], which may be anything when there is one channel
    shape = (rows - a + 1, a * channels, columns * batch)
    return as_strided(x, shape, (channels * channel_bytes, channel_bytes, x.itemsize), writeable=False)


def add_rows(dwindows: np.ndarray, shape: Shape) -> np.ndarray:
    """Transpose of `row_windows`: add each window back to the rows that it came from, an array of `shape`."""
    rows, channels, columns, batch = shape
    windows = len(dwindows)
    a = rows - windows + 1
    dwindows = dwindows.reshape(windows, a, channels, columns, batch)
    dx = np.zeros(shape, dwindows.dtype)
    for row in range(a):
        dx[row : row + windows] += dwindows[:, row]
    return dx


def add_columns(products: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return y[:, :, j] = bias + sum over b of products[:, b, :, j + b], from (rows, B, filters, columns, batch)."""
    b = products.shape[1]
    width = products.shape[3] - b + 1
    y = products[:, 0, :, :width] + bias[:, None, None]  # (rows, filters, width, batch)
    for column in range(1, b):
        y += products[:, column, :, column : column + width]
    return y


def spread_columns(dy: np.ndarray, columns: int, b: int) -> np.ndarray:
    """Transpose of `add_columns`: copy dy to each of the b places that it was added up from, zeros elsewhere."""
    rows, filters, width, batch = dy.shape
    dproducts = np.zeros((rows, b, filters, columns, batch), dy.dtype)
    for column in range(b):
        dproducts[:, column, :, column : column + width] = dy
    return dproducts.reshape(rows, b * filters, columns * batch)
