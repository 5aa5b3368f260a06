"""Folders of figures: a kind's own begins empty, and those of processes that are long gone go."""

import os
import time

import pytest
from prometheus_client import values

from digits_site import counting


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path, monkeypatch):
    settings.METRICS_DIR = tmp_path
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv(counting.VARIABLE, "")


def made(tmp_path, kind: str, *, age_seconds: float = 0.0):
    file = tmp_path / kind / "counter_0.db"
    file.parent.mkdir()
    file.write_bytes(b"")
    for path in (file, file.parent):
        os.utime(path, (time.time() - age_seconds,) * 2)
    return file


def test_a_kind_of_process_begins_with_nothing(tmp_path):
    before, other = made(tmp_path, "web"), made(tmp_path, "light@here")
    assert counting.share("web") == tmp_path / "web"
    assert (before.exists(), other.exists()) == (False, True)
    assert os.environ[counting.VARIABLE] == str(tmp_path / "web")


def test_a_process_that_joins_its_kind_keeps_what_is_there(tmp_path):
    before = made(tmp_path, "web")
    counting.share("web", identify=lambda: 1, afresh=False)
    assert before.exists()


def test_figures_of_workers_that_are_long_gone_go(tmp_path):
    old = made(tmp_path, "light@of-last-month", age_seconds=counting.ABANDONED_SECONDS + 60)
    counting.share("web")
    assert not old.parent.exists()
