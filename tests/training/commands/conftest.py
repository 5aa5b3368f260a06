"""A site as the commands find it: shipped weights with random parameters, a small MNIST, an output folder."""

from pathlib import Path

import pytest

from recognizer import recognition
from tests.training.data.conftest import mirror, published  # noqa: F401 (fixtures)
from tests.training.making import weights_file

from .asking import drawn, write_lines


@pytest.fixture(autouse=True)
def site(db, settings, tmp_path) -> None:
    """Every answer counts as a digit, however unsure; every writer's drawings train."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR = folder
    settings.TRAIN_OUTPUT_DIR = tmp_path / "trained"
    settings.MIN_CONFIDENCE = 0.0
    settings.HELD_OUT_EVERY = 0
    recognition.forget()
    yield
    recognition.forget()


@pytest.fixture
def collected(tmp_path) -> Path:
    """Five drawings of two writers; two of them are alike, by the same writer."""
    lines = [drawn(at=0), drawn(at=0), drawn(1, at=20), drawn(7, 12, at=0), drawn(9, 12, at=40)]
    return write_lines(tmp_path / "collected.jsonl", *lines)
