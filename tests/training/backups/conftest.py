"""A site with weights of its own and storages in the test's folder."""

from pathlib import Path

import pytest

from recognizer import recognition
from tests.training.making import weights_file


@pytest.fixture(autouse=True)
def place(settings, tmp_path) -> Path:
    """Where this test's backups may go."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR = folder
    settings.RUN_DIR = tmp_path / "run"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.MIN_CONFIDENCE = 0.0
    yardsticks = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "yardsticks")},
    }
    settings.STORAGES = settings.STORAGES | {"yardsticks": yardsticks}
    recognition.forget()
    yield tmp_path
    recognition.forget()
