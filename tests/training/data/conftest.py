"""A small MNIST that counts as the published one, and servers that give it."""

import gzip
import hashlib

import numpy as np
import pytest

from tests.training.generated import seven_segment_digits
from training.data import download, mnist
from training.data.idx import to_bytes

from .mirror import Mirror


@pytest.fixture
def published(monkeypatch) -> dict[str, bytes]:
    """The four files, packed, under their names on a server; their hashes stand in for MNIST's."""
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0)
    contents = {}
    for prefix, count in (("train", 30), ("t10k", 20)):
        digits = seven_segment_digits(count, seed=count)
        contents[f"{prefix}-images-idx3-ubyte"] = to_bytes(digits.images)
        contents[f"{prefix}-labels-idx1-ubyte"] = to_bytes(digits.labels.astype(np.uint8))
    files = {name: mnist.Published(len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items()}
    monkeypatch.setattr(mnist, "FILES", files)
    return {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in contents.items()}


@pytest.fixture
def mirror():
    with Mirror() as server:
        yield server


@pytest.fixture
def second_mirror():
    with Mirror() as server:
        yield server
