"""Web processes keep to cores where that leaves each core as many of them."""

import logging
import os
import subprocess
import sys

import pytest

from digits_site import cores
from tests.site.imports import PROJECT_DIR

KEEP = "import os; from digits_site import cores; cores.keep({core}); print(sorted(os.sched_getaffinity(0)))"


@pytest.fixture
def three(monkeypatch):
    """A machine that lets the process use cores 2, 3 and 5."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5, 2, 3}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, given: None, raising=False)


@pytest.mark.parametrize("workers", [3, 6])
def test_as_many_processes_keep_to_each_core(three, workers):
    taken = []
    for _ in range(workers):
        taken.append(cores.next_one(taken, workers=workers))
    assert sorted(taken) == sorted([2, 3, 5] * (workers // 3))


def test_who_comes_in_the_place_of_another_gets_the_core_that_fewest_have(three):
    assert cores.next_one([2, 5, None], workers=3) == 3
    assert cores.next_one([2, 3, 5, 5, 3], workers=3) == 2


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_system_decides_where_some_cores_would_have_more(three, workers):
    assert cores.next_one([], workers=workers) is None


def test_a_system_without_a_say_in_it_is_left_alone(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert cores.next_one([], workers=1) is None


def test_a_process_that_may_not_keep_to_a_core_goes_on(monkeypatch, caplog):
    def refuse(pid: int, given: set[int]) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", refuse, raising=False)
    with caplog.at_level(logging.WARNING):
        cores.keep(1)
    assert "core 1: [Errno 1] Operation not permitted" in caplog.text


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no say in it")
def test_a_process_that_keeps_to_a_core_says_so_to_the_system():
    last = max(os.sched_getaffinity(0))
    code = KEEP.format(core=last)
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([last])
