"""The memory that the layers work in, kept from pass to pass: asking the system for it takes as long as using it.

Left out on purpose: locks. A workspace belongs to one thread at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .layer import Call


class Workspace:
    """Memory of each layer of one network, one workspace for each thread."""

    def __init__(self) -> None:
        self._memories: list[dict] = []

    def calls(self, layers: int, *, training: bool, rng: np.random.Generator | None = None) -> list[Call]:
        """Return what to pass to each of so many layers, in their order."""
        while len(self._memories) < layers:
            self._memories.append({})
        return [Call(training, rng, memory) for memory in self._memories[:layers]]

    @property
    def bytes(self) -> int:
        """How much memory is kept."""
        return sum(
            (array if array.base is None else array.base).nbytes
            for memory in self._memories
            for array in memory.values()
        )


class Workspaces:
    """As many as were ever in use at once; each is lent to one user at a time."""

    def __init__(self) -> None:
        self._free: list[Workspace] = []

    @contextmanager
    def lend(self) -> Iterator[Workspace]:
        try:
            workspace = self._free.pop()
        except IndexError:
            workspace = Workspace()
        try:
            yield workspace
        finally:
            self._free.append(workspace)
