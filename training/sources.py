"""Where this site's MNIST lies, in MNIST_DIR, else in the data folder, else it is downloaded into there; and the
digits that the project draws by itself, which are drawn once and kept.

Left out on purpose: the files of MNIST and their mirrors, which are `data/mnist.py`'s."""

import logging
import threading
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from django.conf import settings

from recognizer.network.weights import write_atomically
from training import generated
from training.data import mnist
from training.data.dataset import Dataset

logger = logging.getLogger(__name__)

# How often somebody who waits for the download may look at something else.
LOOK_SECONDS = 0.2
# Generated images are a data set like MNIST: the same for every training, whatever that training's seed.
GENERATED_SEED = 0


def mnist_directory() -> Path | None:
    """The folder that has MNIST, None if it is yet to be downloaded."""
    return mnist.find(filter(None, [settings.MNIST_DIR, settings.MNIST_DOWNLOAD_DIR]))


def require_mnist(step: Callable[[str], None] = lambda words: None) -> mnist.Mnist:
    """MNIST, downloaded if need be. `step` is told what happens, several times a second, and may raise to stop it.

    Raises MnistError."""
    directory = mnist_directory()
    return mnist.Mnist(directory or _Download(Path(settings.MNIST_DOWNLOAD_DIR)).follow(step))


def require_generated(images: int, step: Callable[[str], None] = lambda words: None) -> Dataset:
    """So many generated images, read if they were drawn before; the same for every job. `step` may raise to stop it."""
    counts = generated.Counts.of(images)
    path = Path(settings.GENERATED_DIR) / f"{images}-images-{generated.GENERATOR_VERSION}-{GENERATED_SEED}.npz"
    kept = _kept(path, counts)
    if kept is not None:
        return kept
    drawn = generated.draw_all(
        counts,
        seed=GENERATED_SEED,
        progress=lambda done, total: step(f"Drawing digits to learn from: {done:,} of {total:,}."),
    )
    _keep(path, drawn)
    return drawn


def _kept(path: Path, counts: generated.Counts) -> Dataset | None:
    """None if they are to be drawn, for the first time or because the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            kept = Dataset(file["images"], file["labels"])
        return kept if len(kept) == counts.total else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        logger.warning("%s cannot be read (%s); its images are drawn again.", path, error)
        return None


def _keep(path: Path, images: Dataset) -> None:
    """What cannot be kept is drawn again next time; no training fails for that."""
    file = BytesIO()
    np.savez_compressed(file, images=images.images, labels=images.labels)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, file.getvalue())
    except OSError as error:
        logger.warning("%s cannot be written: %s", path, error)


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
