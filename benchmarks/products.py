"""How much of a training's time its matrix products take, by shape: `numpy.matmul` with a clock in it.

While the clock runs, the name `numpy.matmul` stands for a function that notes shapes and processor time around the
real one, which costs about a microsecond a call. Processor time leaves out what other programs take, and waiting for
the interpreter's lock. Left out on purpose: products written with `@`, which no name stands for; the multiplications
found are set beside those necessary, so that missing ones would show."""

import time
from collections import defaultdict
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .operations import FLOPS_PER_MAC
from .tables import Table, number


class MatmulClock:
    """Notes every call of `numpy.matmul` in all threads while it is entered."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[int, int, int, int], float]] = []

    def __enter__(self) -> "MatmulClock":
        self._matmul = np.matmul
        np.matmul = self._timed
        return self

    def __exit__(self, *exception: object) -> None:
        np.matmul = self._matmul

    def _timed(self, a: np.ndarray, b: np.ndarray, *arguments: Any, **options: Any) -> np.ndarray:
        began = time.thread_time()
        product = self._matmul(a, b, *arguments, **options)
        # Appending is atomic: threads need no lock.
        self.calls.append((shape_of(a, b, product), time.thread_time() - began))
        return product


def shape_of(a: np.ndarray, b: np.ndarray, product: np.ndarray) -> tuple[int, int, int, int]:
    """Return how many products (m, k) times (k, n) a call makes, and m, k, n; a vector is a matrix with one side 1."""
    m = a.shape[-2] if a.ndim > 1 else 1
    n = b.shape[-1] if b.ndim > 1 else 1
    return product.size // (m * n), m, a.shape[-1], n


def profile(take: Callable[[int], None], *, steps: int, batch: int, threads: int) -> dict[str, Any]:
    """Take so many steps of training under the clock; return each shape's calls and processor seconds.

    `processor_seconds` are those of the whole process; `seconds` are the wall's, of which each thread has as many.
    """
    take(1)
    with MatmulClock() as clock:
        began, processor_began = time.perf_counter(), time.process_time()
        take(steps)
        seconds, processor_seconds = time.perf_counter() - began, time.process_time() - processor_began
    by_shape: dict[tuple[int, int, int, int], list[float]] = defaultdict(list)
    for shape, of_call in clock.calls:
        by_shape[shape].append(of_call)
    shapes = [{"shape": shape, "calls": len(times), "seconds": sum(times)} for shape, times in by_shape.items()]
    shapes.sort(key=lambda row: -row["seconds"])
    return {
        "seconds": seconds,
        "processor_seconds": processor_seconds,
        "threads": threads,
        "images": steps * batch,
        "shapes": shapes,
    }


def table_of(found: dict[str, Any], most: int = 15) -> Table:
    """Return the shapes that take longest, how often they are called, their share of the time, and their speed."""
    rows = [
        [
            "({}) {} x {} x {}".format(*row["shape"]),
            number(row["calls"] / found["images"] * 1000),
            f"{100 * row['seconds'] / found['processor_seconds']:.1f} %",
            number(FLOPS_PER_MAC * macs_of(row) / row["seconds"] / 1e9),
        ]
        for row in found["shapes"][:most]
    ]
    return Table(["(products) m x k x n", "calls in 1,000 images", "of processor time", "GFLOP/s"], rows)


def in_words(found: dict[str, Any], necessary_macs: int) -> str:
    """Say which share of the time is inside of products, how fast they are, and how much they multiply."""
    inside = sum(row["seconds"] for row in found["shapes"])
    macs = sum(macs_of(row) for row in found["shapes"])
    busy = found["processor_seconds"] / (found["seconds"] * found["threads"])
    return (
        f"{100 * inside / found['processor_seconds']:.0f} % of the processor time is inside of numpy.matmul, at "
        f"{FLOPS_PER_MAC * macs / inside / 1e9:.1f} GFLOP/s a thread; it multiplies "
        f"{macs / found['images'] / necessary_macs:.2f} times what is necessary. "
        f"The {found['threads']} threads were busy for {100 * busy:.0f} % of the time."
    )


def macs_of(row: dict[str, Any]) -> int:
    return row["calls"] * prod(row["shape"])
