"""Where this site's MNIST lies: in MNIST_DIR, else in the data folder, else it is downloaded into there.

Left out on purpose: the files themselves and their mirrors, which are `data/mnist.py`'s."""

import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from training.data import mnist

# How often somebody who waits for the download may look at something else.
LOOK_SECONDS = 0.2


def mnist_directory() -> Path | None:
    """The folder that has MNIST, None if it is yet to be downloaded."""
    return mnist.find(filter(None, [settings.MNIST_DIR, settings.MNIST_DOWNLOAD_DIR]))


def require_mnist(step: Callable[[str], None] = lambda words: None) -> mnist.Mnist:
    """MNIST, downloaded if need be. `step` is told what happens, several times a second, and may raise to stop it.

    Raises MnistError."""
    directory = mnist_directory()
    return mnist.Mnist(directory or _Download(Path(settings.MNIST_DOWNLOAD_DIR)).follow(step))


class _Download(threading.Thread):
    """A thread of its own, since a connection that hangs cannot be interrupted, but can be left to its time-out."""

    def __init__(self, directory: Path) -> None:
        super().__init__(name="mnist-download", daemon=True)
        self.directory = directory
        self.words = "Downloading MNIST."
        self.abandoned = False
        self.error: BaseException | None = None

    def follow(self, step: Callable[[str], None]) -> Path:
        self.start()
        try:
            while self.is_alive():
                self.join(LOOK_SECONDS)
                step(self.words)
        finally:
            self.abandoned = True
        if self.error:
            raise self.error
        return self.directory

    def run(self) -> None:
        try:
            mnist.fetch(self.directory, progress=self._note, timeout_seconds=settings.MNIST_TIMEOUT_SECONDS)
        except BaseException as error:
            self.error = error

    def _note(self, name: str, received_bytes: int, total_bytes: int | None) -> None:
        if self.abandoned:
            raise InterruptedError("nobody waits for the download any more")
        total = f" of {total_bytes / 1e6:.1f}" if total_bytes else ""
        self.words = f"Downloading MNIST: {name}, {received_bytes / 1e6:.1f}{total} MB."
