"""Convolution without padding and with stride 1, as one batched matrix product.

The input is copied once for each of the kernel's B columns, shifted. With the batch innermost, A consecutive rows of
these copies are already the matrix (A * B * channels, columns * batch) in memory, so the kernel's rows cost no copy,
and the products are the output: nothing is left to add up. Left out on purpose: padding, strides, dilation."""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np

from .initialisers import he_normal
from .layer import INFERENCE, Call, Parameters, Shape, ShapeError, total_by_channel

# A product of at most so many multiply-adds, and a right-hand matrix of so many numbers, OpenBLAS takes as they lie
# instead of packing them first: three times as fast with 8 filters (docs/performance.md).
UNPACKED_PRODUCT = 1_000_000
UNPACKED_MATRIX = 65_536
NARROWEST_BLOCK = 16
# Where `prepared` keeps the weight as a matrix.
PACKED = "packed weight"


@dataclass(frozen=True)
class Convolution:
    """`filters` kernels of `kernel` = (A, B) rows and columns: weight (filters, channels, A, B), bias (filters,)."""

    filters: int
    kernel: tuple[int, int]

    averages: ClassVar[tuple[str, ...]] = ()

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

    def prepared(self, parameters: Parameters) -> Parameters:
        return {**parameters, PACKED: pack(parameters["weight"])}

    def forward(
        self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE
    ) -> tuple[np.ndarray, tuple[np.ndarray, Shape]]:
        """y[i, f, j] = bias[f] + sum over a, b, c of weight[f, c, a, b] x[i + a, c, j + b]: a cross-correlation."""
        copies = shifted_copies(x, self.kernel[1], call)  # (rows, B * channels, width, batch)
        y = call.empty("y", (*self.output_shape(x.shape[:3]), x.shape[3]), x.dtype)
        packed = parameters.get(PACKED)
        correlate(pack(parameters["weight"]) if packed is None else packed, copies, y)
        y += parameters["bias"][:, None, None]
        return y, (copies, x.shape)

    def backward(
        self,
        parameters: Parameters,
        saved: tuple[np.ndarray, Shape],
        dy: np.ndarray,
        gradients: Parameters,
        call: Call = INFERENCE,
        *,
        input_gradient: bool = True,
    ) -> np.ndarray | None:
        """With X the windows of x: dweight = sum over rows of dy X', and

        dx[i, c, j] = sum over a, b, f of weight[f, c, a, b] dy[i - a, f, j - b]: the cross-correlation of dy in a
        border of zeros with the kernel turned by half a circle.
        """
        copies, shape = saved
        weight = parameters["weight"]
        gradients["weight"][...] = unpack(weight_gradient(dy, copies, self.kernel[0], call), weight.shape)
        gradients["bias"][...] = total_by_channel(dy)
        if not input_gradient:
            return None
        dx = call.empty("dx", shape, dy.dtype)
        correlate(pack(turned(weight)), bordered_copies(dy, self.kernel, call), dx)
        return dx


def pack(weight: np.ndarray) -> np.ndarray:
    """Return (filters, channels, A, B) as the matrix (filters, A * B * channels) that meets `row_windows`."""
    return weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)


def unpack(packed: np.ndarray, shape: Shape) -> np.ndarray:
    """Undo `pack`; `shape` is (filters, channels, A, B)."""
    filters, channels, a, b = shape
    return packed.reshape(filters, a, b, channels).transpose(0, 3, 1, 2)


def turned(weight: np.ndarray) -> np.ndarray:
    """Return the kernels (channels, filters, A, B) that carry a gradient from the filters back to the channels."""
    return weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)


def shifted_copies(x: np.ndarray, b: int, call: Call) -> np.ndarray:
    """Return x[:, :, k : k + width] for k below b side by side: (rows, b * channels, width, batch)."""
    x = np.ascontiguousarray(x)
    rows, channels, columns, batch = x.shape
    width = columns - b + 1
    copies = call.empty("copies", (rows, b * channels, width, batch), x.dtype)
    row, channel, column, image = x.strides
    shifted = np.ndarray((rows, b, channels, width, batch), x.dtype, x, 0, (row, column, channel, column, image))
    copies.reshape(shifted.shape)[...] = shifted
    return copies


def bordered_copies(dy: np.ndarray, kernel: tuple[int, int], call: Call) -> np.ndarray:
    """Return `shifted_copies` of dy in a border of A - 1 rows and B - 1 columns of zeros, which is never made itself.

    Its shape is (rows + 2 A - 2, B * filters, width + B - 1, batch).
    """
    a, b = kernel
    rows, filters, width, batch = dy.shape
    columns = width + b - 1
    copies = call.zeros("bordered", (rows + 2 * a - 2, b * filters, columns, batch), dy.dtype)
    row, line, column, image = copies.strides
    first = (a - 1) * row + (b - 1) * column
    strides = row, filters * line - column, line, column, image  # each shift is a column nearer to the left
    np.ndarray((rows, b, filters, width, batch), dy.dtype, copies, first, strides)[...] = dy[:, None]
    return copies


def row_windows(copies: np.ndarray, a: int) -> np.ndarray:
    """Return every run of `a` rows of C-contiguous copies (rows, k, width, batch) as a matrix, without copying.

    The shape is (rows - a + 1, a * k, width * batch); do not write into it, since the runs overlap.
    """
    rows, k, width, batch = copies.shape
    line = width * batch * copies.itemsize
    return np.ndarray((rows - a + 1, a * k, width * batch), copies.dtype, copies, 0, (k * line, line, copies.itemsize))


def correlate(packed: np.ndarray, copies: np.ndarray, y: np.ndarray) -> None:
    """Overwrite y (rows, filters, width, batch) with packed (filters, A * k) times each window of copies."""
    a = packed.shape[1] // copies.shape[1]
    windows = row_windows(copies, a)  # (rows, A * k, width * batch)
    products = y.reshape(len(y), len(packed), -1)  # (rows, filters, width * batch)
    for block in blocks(*packed.shape, products.shape[2]):
        np.matmul(packed, windows[:, :, block], out=products[:, :, block])


def weight_gradient(dy: np.ndarray, copies: np.ndarray, a: int, call: Call) -> np.ndarray:
    """Return sum over rows of dy X', (filters, A * k), for the windows X of copies (rows, k, width, batch).

    dy is turned first: a product of two matrices as they lie is four times as fast as one with a transposed right side.
    """
    windows = row_windows(copies, a)  # (rows, A * k, width * batch)
    rows, filters, *_ = dy.shape
    lines = call.empty("lines", (rows, windows.shape[2], filters), dy.dtype)  # (rows, width * batch, filters)
    lines[...] = dy.reshape(rows, filters, -1).transpose(0, 2, 1)
    parts = blocks(filters, *windows.shape[1:])
    products = call.empty("products", (len(parts), rows, windows.shape[1], filters), dy.dtype)
    for block, product in zip(parts, products, strict=True):
        np.matmul(windows[:, :, block], lines[:, block], out=product)
    return products.sum(axis=(0, 1)).T


def blocks(m: int, k: int, n: int) -> list[slice]:
    """Return slices of range(n), equal but for the last, so that the products (m, k) (k, slice) need no packing."""
    widest = min(UNPACKED_PRODUCT // (m * k), UNPACKED_MATRIX // k)
    if widest < NARROWEST_BLOCK or n <= widest:
        return [slice(0, n)]
    size = ceil(ceil(n / ceil(n / widest)) / NARROWEST_BLOCK) * NARROWEST_BLOCK
    size = min(size, widest // NARROWEST_BLOCK * NARROWEST_BLOCK)
    return [slice(start, min(n, start + size)) for start in range(0, n, size)]
