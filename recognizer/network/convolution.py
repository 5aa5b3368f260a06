"""Convolution without padding and with stride 1, as matrix products whose input is never copied.

With the batch innermost, A consecutive rows of an array are already a matrix (A * channels, columns * batch) in memory,
so the kernel's rows cost nothing. Its B columns stand one above the other in the weight matrix: each product gives what
every column of the kernel makes of every column of the image, and shifted additions bring the two together. That is
done for a few rows at a time, which stay in the processor's cache. Left out on purpose: padding, strides, dilation."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np

from .initialisers import he_normal
from .layer import INFERENCE, Call, Parameters, Shape, ShapeError, total_by_channel

# A product of at most so many multiply-adds, and a right-hand matrix of so many numbers, OpenBLAS takes as they lie
# instead of packing them first: twice as fast with few filters (docs/decisions/0006-network-kernels.md).
UNPACKED_PRODUCT = 1_000_000
UNPACKED_MATRIX = 65_536
NARROWEST_BLOCK = 16
NARROWEST_TURNED_BLOCK = 512
# Products of a band of rows, which are to be in the cache when they are added up.
BAND_BYTES = 2048 * 1024
# Where `prepared` keeps the weight as a matrix, and for how many images at most it is the one to use.
STACKED = "stacked weight"
FEW_IMAGES = 4


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
        return {**parameters, STACKED: stacked(parameters["weight"], 1)}

    def forward(self, parameters: Parameters, x: np.ndarray, call: Call = INFERENCE) -> tuple[np.ndarray, np.ndarray]:
        """y[i, f, j] = bias[f] + sum over a, b, c of weight[f, c, a, b] x[i + a, c, j + b]: a cross-correlation."""
        x = np.ascontiguousarray(x)
        y = call.empty("y", (*self.output_shape(x.shape[:3]), x.shape[3]), x.dtype)
        width, bias = y.shape[2], parameters["bias"][:, None, None]
        source, columns, matrix = self._factors(parameters, x, call)
        for band, products in products_by_band(matrix, source, (self.kernel[0], columns), call):
            # (rows, columns, filters, ...): column b of the kernel on column j + b of the image is part of y's j
            part = np.add(products[:, 0, :, :width], bias, out=y[band])
            for b in range(1, columns):
                part += products[:, b, :, b : b + width]
        return y, (source, x.shape)

    def _factors(self, parameters: Parameters, x: np.ndarray, call: Call) -> tuple[np.ndarray, int, np.ndarray]:
        """Return what the weight is multiplied with, how many columns the kernel has on it, and the weight as a matrix.

        Copies of x are less to write than products to add up where x has fewer channels than there are filters, and
        sooner made for a few images, whose lines are short: prepared weights are for these.
        """
        if STACKED in parameters and x.shape[3] <= FEW_IMAGES:
            return shifted_copies(x, self.kernel[1], call), 1, parameters[STACKED]
        if x.shape[1] < self.filters:
            return shifted_copies(x, self.kernel[1], call), 1, stacked(parameters["weight"], 1)
        return x, self.kernel[1], stacked(parameters["weight"], self.kernel[1])

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
        """dweight[f, c, a, b] = sum over i, j of dy[i, f, j] x[i + a, c, j + b], and

        dx[i, c, j] = sum over a, b, f of weight[f, c, a, b] dy[i - a, f, j - b]: the cross-correlation of dy in a
        border of zeros with the kernel turned by half a circle.
        """
        source, shape = saved
        weight = gradients["weight"]
        weight[...] = weight_gradient(source, dy, weight.shape, call)
        gradients["bias"][...] = total_by_channel(dy)
        if not input_gradient:
            return None
        dx, width = call.empty("dx", shape, dy.dtype), dy.shape[2]
        for band, products in products_by_band(
            turned(parameters["weight"]), bordered(dy, self.kernel, call), self.kernel, call
        ):
            # (rows, B, channels, width, batch): column b of the kernel gives column j of dy to column j + b of dx
            part = dx[band]
            part[:, :, :width] = products[:, 0]
            part[:, :, width:] = 0
            for b in range(1, self.kernel[1]):
                part[:, :, b : b + width] += products[:, b]
        return dx


def shifted_copies(x: np.ndarray, b: int, call: Call) -> np.ndarray:
    """Return x[:, :, k : k + width] for k below b side by side: (rows, b * channels, width, batch)."""
    rows, channels, columns, batch = x.shape
    width = columns - b + 1
    copies = call.empty("copies", (rows, b * channels, width, batch), x.dtype)
    row, channel, column, image = x.strides
    shifted = np.ndarray((rows, b, channels, width, batch), x.dtype, x, 0, (row, column, channel, column, image))
    copies.reshape(shifted.shape)[...] = shifted
    return copies


def stacked(weight: np.ndarray, columns: int) -> np.ndarray:
    """Return (filters, channels, A, B) as the matrix that meets `row_windows` of x, (B * filters, A * channels).

    With `columns` 1 it is the one that meets those of `shifted_copies`, (filters, A * B * channels).
    """
    filters, channels, a, b = weight.shape
    if columns == 1:
        return weight.transpose(0, 2, 3, 1).reshape(filters, a * b * channels)
    return weight.transpose(3, 0, 2, 1).reshape(b * filters, a * channels)


def turned(weight: np.ndarray) -> np.ndarray:
    """Return (filters, channels, A, B) as the matrix (B * channels, A * filters) that meets `row_windows` of dy."""
    filters, channels, a, b = weight.shape
    return weight[:, :, ::-1].transpose(3, 1, 2, 0).reshape(b * channels, a * filters)


def row_windows(x: np.ndarray, a: int) -> np.ndarray:
    """Return every run of `a` rows of C-contiguous x (rows, channels, columns, batch) as a matrix, without copying.

    The shape is (rows - a + 1, a * channels, columns * batch); do not write into it, since the runs overlap.
    """
    rows, channels, columns, batch = x.shape
    line = columns * batch * x.itemsize
    return np.ndarray((rows - a + 1, a * channels, columns * batch), x.dtype, x, 0, (channels * line, line, x.itemsize))


def products_by_band(
    matrix: np.ndarray, x: np.ndarray, kernel: tuple[int, int], call: Call
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield bands of output rows with matrix (B * k, A * channels) times each of their windows of x.

    The products have the shape (rows of the band, B, k, columns, batch), and are valid until the next band.
    """
    a, b = kernel
    windows = row_windows(x, a)  # (rows, A * channels, columns * batch)
    # A product whose right-hand matrix is small enough needs no packing.
    widest = min(UNPACKED_PRODUCT // matrix.size, UNPACKED_MATRIX // matrix.shape[1])
    for band in bands(len(windows), len(matrix) * windows[0, 0].nbytes):
        products = call.empty("products", (band.stop - band.start, len(matrix), windows.shape[2]), x.dtype)
        for block in blocks(windows.shape[2], widest, narrowest=NARROWEST_BLOCK):
            np.matmul(matrix, windows[band, :, block], out=products[:, :, block])
        yield band, products.reshape(len(products), b, -1, *x.shape[2:])


def bordered(dy: np.ndarray, kernel: tuple[int, int], call: Call) -> np.ndarray:
    """Return dy (rows, filters, width, batch) with A - 1 rows of zeros at both ends."""
    border, rows = kernel[0] - 1, len(dy)
    result = call.zeros("bordered", (rows + 2 * border, *dy.shape[1:]), dy.dtype)
    result[border : border + rows] = dy
    return result


def weight_gradient(source: np.ndarray, dy: np.ndarray, shape: Shape, call: Call) -> np.ndarray:
    """Return dweight of `shape` (filters, channels, A, B): the windows of the source, x or copies of it, times dy'."""
    _, channels, a, b = shape
    columns = b * channels // source.shape[1]  # how many of the kernel's columns the source has not beside each other
    rows, filters, width, batch = dy.shape
    windows = row_windows(source, a)  # (rows, A * k, columns * batch)
    k, n = windows.shape[1], width * batch
    turned_dy = dy.reshape(rows, filters, n).transpose(0, 2, 1)
    parts = blocks(n, UNPACKED_PRODUCT // (filters * k), narrowest=NARROWEST_TURNED_BLOCK)
    products = call.empty("weight products", (columns, len(parts), rows, k, filters), dy.dtype)
    for part, block in enumerate(parts):
        for shift in range(columns):
            shifted = windows[:, :, shift * batch + block.start : shift * batch + block.stop]
            np.matmul(shifted, turned_dy[:, block], out=products[shift, part])
    total = products.sum(axis=(1, 2))  # (columns, A * k, filters)
    if columns == 1:
        return total.reshape(a, b, channels, filters).transpose(3, 2, 0, 1)
    return total.reshape(b, a, channels, filters).transpose(3, 2, 1, 0)


def bands(rows: int, row_bytes: int) -> list[slice]:
    """Return slices of range(rows), of as even a length as can be, so that the products of each fit into the cache."""
    count = ceil(rows / max(1, BAND_BYTES // row_bytes))
    size = ceil(rows / count)
    return [slice(start, min(rows, start + size)) for start in range(0, rows, size)]


def blocks(n: int, widest: int, *, narrowest: int) -> list[slice]:
    """Return slices of range(n) no wider than `widest`, equal but for the last; one slice if that is too narrow."""
    if widest < narrowest or n <= widest:
        return [slice(0, n)]
    size = ceil(ceil(n / ceil(n / widest)) / NARROWEST_BLOCK) * NARROWEST_BLOCK
    size = min(size, widest // NARROWEST_BLOCK * NARROWEST_BLOCK)
    return [slice(start, min(n, start + size)) for start in range(0, n, size)]
