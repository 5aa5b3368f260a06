"""A small MNIST, and jobs, versions and drawings to try things with."""

from pathlib import Path

import numpy as np
import pytest

from recognizer import recognition
from training import reporting
from training.data.idx import to_bytes

from .generated import seven_segment_digits

TRAIN_IMAGES, TEST_IMAGES = 600, 100


def write_mnist(folder: Path) -> Path:
    """Write seven-segment digits as MNIST's four files."""
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, count in (("train", TRAIN_IMAGES), ("t10k", TEST_IMAGES)):
        digits = seven_segment_digits(count, seed=count)
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(to_bytes(digits.images))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(to_bytes(digits.labels.astype(np.uint8)))
    return folder


@pytest.fixture(scope="session")
def small_mnist_folder(tmp_path_factory) -> Path:
    return write_mnist(tmp_path_factory.mktemp("mnist"))


@pytest.fixture(autouse=True)
def own_checkpoints(settings, tmp_path) -> Path:
    """Numbers of jobs come again from test to test, and their checkpoints must not."""
    settings.CHECKPOINTS_DIR = tmp_path / "checkpoints"
    return settings.CHECKPOINTS_DIR


@pytest.fixture
def small_mnist(settings, small_mnist_folder) -> Path:
    """This site's MNIST is the small one."""
    settings.MNIST_DIR = small_mnist_folder
    return small_mnist_folder


@pytest.fixture
def fresh_process():
    """As if the process had just started: no network in memory, nobody told it to stop."""
    recognition.forget()
    reporting.allow()
    yield
    recognition.forget()
    reporting.allow()
