"""The most that this machine multiplies: two threads, each with large float32 matrices of its own.

Left out on purpose: a data sheet's peak. Clock speeds depend on load and cooling, and a share of what was never
reached here says nothing; the peak takes its turn between the rounds of whatever is compared with it."""

from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from .measuring import rate
from .operations import FLOPS_PER_MAC

SIZE = 1024


class Sgemm:
    """`products` products of `size` x `size` matrices by each of `threads` threads; BLAS has to be held to one."""

    def __init__(self, *, threads: int, products: int = 8, size: int = SIZE) -> None:
        rng = np.random.default_rng(0)
        self.matrices = [rng.random((3, size, size), np.float32) for _ in range(threads)]
        self.products = products
        self.flops = FLOPS_PER_MAC * threads * products * size**3

    def run(self) -> float:
        """Return floating-point operations per second of one round."""
        with ThreadPoolExecutor(len(self.matrices), "peak") as executor:
            self._multiply(executor, products=1)  # threads and matrices are awake when the clock starts
            return rate(lambda: self._multiply(executor, self.products), self.flops)

    def _multiply(self, executor: Executor, products: int) -> None:
        list(executor.map(multiply, self.matrices, [products] * len(self.matrices)))


def multiply(matrices: np.ndarray, times: int) -> None:
    a, b, product = matrices
    for _ in range(times):
        np.matmul(a, b, out=product)
