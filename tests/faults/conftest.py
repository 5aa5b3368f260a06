"""What the fault tests share: every one of them is marked, and none runs with the other tests."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.conftest import fresh_process, own_checkpoints, small_mnist, small_mnist_folder
from training import tasks

from .site import Site

__all__ = ["fresh_process", "own_checkpoints", "small_mnist", "small_mnist_folder"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def kills() -> int:
    """How often a random kill is repeated."""
    return int(os.environ.get("FAULTS_KILLS", "20"))


@pytest.fixture
def moments() -> random.Random:
    """Where the random moments come from: others in each run, and said, so that a run can be repeated."""
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(10**6)))
    print(f"FAULTS_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def site(tmp_path, small_mnist_folder, small_mnist, monkeypatch) -> Iterator[Site]:
    """A site's folder, broker and workers on the test's database; this process rings its broker as the web does."""
    made = Site(tmp_path, small_mnist_folder)
    monkeypatch.setattr(tasks.app_or_default().conf, "broker_write_url", made.broker_url)
    yield made
    made.close()
