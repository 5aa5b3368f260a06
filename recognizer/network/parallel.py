"""Work in numbered parts, by threads that each take the next one; whoever asks for it lends a hand.

Left out on purpose: what depends on who was first. Results stand in the order of their numbers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Result = TypeVar("Result")


class Parallel:
    """So many threads, of which the caller's is one: nobody waits to be woken up for the first part.

    A context, whose threads begin with it and not before: a thread from before a fork never runs a job.
    """

    def __init__(self, threads: int, name: str) -> None:
        self.threads = threads
        self.name = name
        self._executor: ThreadPoolExecutor | None = None

    def __enter__(self) -> "Parallel":
        if self.threads > 1:
            self._executor = ThreadPoolExecutor(self.threads - 1, self.name)
        return self

    def __exit__(self, *error: object) -> None:
        if self._executor:
            self._executor.shutdown()
            self._executor = None

    def map(self, work: Callable[[int], Result], count: int) -> list[Result]:
        """Return work(0) to work(count - 1). What one of them raises is raised when no thread is at work any more."""
        results: list = [None] * count
        numbers = iter(range(count))  # `next` is atomic

        def share(numbers: Iterator[int]) -> None:
            for number in numbers:
                results[number] = work(number)

        helpers = [self._executor.submit(share, numbers) for _ in range(min(self.threads, count) - 1)]
        try:
            share(numbers)
        finally:
            wait(helpers)
        for helper in helpers:
            helper.result()
        return results
