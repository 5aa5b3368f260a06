"""PyTorch is an extra that nobody has to install: its tests are there where it is."""

import importlib.util

import pytest

from benchmarks import machine, measuring

collect_ignore = [] if importlib.util.find_spec("torch") else ["test_pytorch.py"]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Pauses make figures steadier, which no test looks at."""
    monkeypatch.setattr(measuring, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(machine, "LISTEN_SECONDS", 0)
