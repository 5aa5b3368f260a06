"""MNIST as its four files lie in a directory: found, read, checked, and fetched where they are missing.

Left out on purpose: how bytes come over a network, which is download.py's, and any split into training and validation,
which is the data set's own."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .dataset import Dataset, DatasetError
from .download import DownloadError, download
from .idx import GZIP_MAGIC, IdxError, read_bytes, read_idx

__all__ = ["FILES", "MIRRORS", "IdxError", "Mnist", "MnistError", "fetch", "find", "load_split", "read_idx"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
TIMEOUT_SECONDS = 20.0

# What is done so far: file, bytes received, bytes in all where the server says so.
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Published:
    """A file as it was published: size and SHA-256 of the uncompressed content."""

    size_bytes: int
    sha256: str


FILES = {
    "train-images-idx3-ubyte": Published(
        47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    "train-labels-idx1-ubyte": Published(60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": Published(7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": Published(10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}
PREFIXES = {"train": "train", "test": "t10k"}


class MnistError(Exception):
    """MNIST is not there or not usable; the message says what to do."""


class Mnist:
    """MNIST in a directory; each split is read when it is first asked for. Raises MnistError then."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)

    @cached_property
    def train(self) -> Dataset:
        return load_split(self.directory, "train")

    @cached_property
    def test(self) -> Dataset:
        return load_split(self.directory, "test")

    @property
    def train_images(self) -> np.ndarray:
        return self.train.images

    @property
    def train_labels(self) -> np.ndarray:
        return self.train.labels

    @property
    def test_images(self) -> np.ndarray:
        return self.test.images

    @property
    def test_labels(self) -> np.ndarray:
        return self.test.labels


def find(directories: Iterable[str | Path]) -> Path | None:
    """Return the first directory that holds all four files, packed or not; None if there is none."""
    for directory in map(Path, directories):
        if all(locate(directory, name) for name in FILES):
            return directory
    return None


def locate(directory: Path, name: str) -> Path | None:
    """Return where the file lies in `directory`, as published or as .gz."""
    for path in (directory / name, directory / f"{name}.gz"):
        if path.is_file():
            return path
    return None


def load_split(directory: str | Path, split: str) -> Dataset:
    """Return "train" or "test" of the MNIST in `directory`; raise MnistError."""
    try:
        arrays = [read_idx(require(Path(directory), name)) for name in FILES if name.startswith(PREFIXES[split])]
        return Dataset(*arrays)
    except (IdxError, DatasetError) as error:
        raise MnistError(f"MNIST in {directory} cannot be used: {error}") from None


def require(directory: Path, name: str) -> Path:
    path = locate(directory, name)
    if path is None:
        raise MnistError(
            f"{directory} has no {name} or {name}.gz. Fetch MNIST with `manage.py fetch_mnist`, "
            "or set MNIST_DIR to a directory that has its four files."
        )
    return path


def fetch(
    directory: str | Path,
    sources: Sequence[str | Path] = MIRRORS,
    progress: Progress | None = None,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Path:
    """Make sure that `directory` holds the four published files, and return it.

    Each file that is missing or not as published is taken from the first of `sources`, base URLs or directories, that
    gives it with the right SHA-256. A file appears under its name only when it is whole and right. `timeout_seconds`
    bounds every wait for the network. Raises MnistError with what was wrong with each source.
    """
    directory = Path(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            path = locate(directory, name)
            if path is None or fault(path, name):
                fetch_file(directory, name, sources, progress, timeout_seconds)
    except OSError as error:
        raise MnistError(f"MNIST cannot be stored in {directory}: {error.strerror or error}.") from None
    return directory


def fetch_file(
    directory: Path, name: str, sources: Sequence[str | Path], progress: Progress | None, timeout_seconds: float
) -> None:
    """Put the file into `directory` from the first source that has it right; raise MnistError, OSError."""
    faults = []
    for source in sources:
        descriptor, temporary = tempfile.mkstemp(dir=directory, prefix=f".{name}.")
        os.close(descriptor)
        try:
            wrong = take(source, name, Path(temporary), progress, timeout_seconds)
            if wrong is None:
                store(Path(temporary), directory, name)
                return
            faults.append(f"{source}: {wrong}")
        finally:
            Path(temporary).unlink(missing_ok=True)
    raise MnistError(
        f"{name} could not be fetched ({'; '.join(faults) or 'there is no source'}). Try again later, or put MNIST's "
        f"four files into {directory}, or name a directory or a URL that has them with --from."
    )


def take(source: str | Path, name: str, target: Path, progress: Progress | None, timeout_seconds: float) -> str | None:
    """Copy the file from one source to `target`; return what is wrong with it, None if nothing is."""
    if not str(source).startswith(("http://", "https://")):
        return copy(Path(source), name, target)
    url = f"{str(source).rstrip('/')}/{name}.gz"
    try:
        download(
            url,
            target,
            # Packed, a file is never larger than this; a body without an end is cut off here.
            max_bytes=FILES[name].size_bytes + 65_536,
            timeout_seconds=timeout_seconds,
            progress=lambda received, total: progress and progress(name, received, total),
        )
    except DownloadError as error:
        return str(error)
    return fault(target, name)


def copy(source: Path, name: str, target: Path) -> str | None:
    path = locate(source, name)
    if path is None:
        return "no such file there" if source.is_dir() else "no such directory"
    if wrong := fault(path, name):
        return wrong
    target.write_bytes(path.read_bytes())
    return None


def store(temporary: Path, directory: Path, name: str) -> None:
    """Give a file that was checked its name, packed or not, and remove a bad one under the other name."""
    with temporary.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
        os.fsync(file.fileno())
    plain_path, packed_path = directory / name, directory / f"{name}.gz"
    temporary.chmod(0o644)
    temporary.replace(packed_path if packed else plain_path)
    (plain_path if packed else packed_path).unlink(missing_ok=True)


def fault(path: Path, name: str) -> str | None:
    """Return how the file's uncompressed content differs from what was published; None if it does not."""
    published = FILES[name]
    try:
        data = read_bytes(path, max_bytes=published.size_bytes)
    except (OSError, EOFError, zlib.error) as error:
        return f"it cannot be unpacked: {error}"
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != published.sha256:
        return f"its content has the SHA-256 {sha256}, not {published.sha256}"
    return None
