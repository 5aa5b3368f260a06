"""Contestants that take turns: round after round each does the same work, so that what slows the machine slows all.

Left out on purpose: means and standard deviations. Times have a floor and a long tail; the median and the range are
what one can repeat."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# PyTorch's threads spin for about a millisecond after their last work; nobody's round begins while they do.
PAUSE_SECONDS = 0.02
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Contestant:
    """`run` does the work of one round and returns its figure, which may be anything that JSON can hold."""

    name: str
    run: Callable[[], Any]


@dataclass(frozen=True)
class Spread:
    """The median of the rounds and their range."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        return cls(statistics.median(figures), min(figures), max(figures))


def interleave(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[Any]]:
    """Return each contestant's figures (rounds,) by its name. A first round is not counted."""
    figures: dict[str, list[Any]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}" if number else "warming up", file=sys.stderr, flush=True)
        for contestant in contestants:
            time.sleep(PAUSE_SECONDS)
            figure = contestant.run()
            if number:
                figures[contestant.name].append(figure)
    return figures


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return ours by theirs, round by round: two figures of one round have met the same machine."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def rate(work: Callable[[], object], items: int) -> float:
    """Do the work once; return items per second."""
    began = time.perf_counter()
    work()
    return items / (time.perf_counter() - began)


def latencies(work: Callable[[], object], times: int) -> dict[str, float]:
    """Do the work so many times; return {"p50": ..., "p95": ..., "p99": ...} in microseconds."""
    seconds = np.empty(times)
    for number in range(times):
        began = time.perf_counter()
        work()
        seconds[number] = time.perf_counter() - began
    return {
        f"p{p}": 1e6 * float(value) for p, value in zip(PERCENTILES, np.percentile(seconds, PERCENTILES), strict=True)
    }
