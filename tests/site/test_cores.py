"""Web processes keep to cores where that leaves each core as many of them."""

import os
import subprocess
import sys

import pytest

from digits_site import cores
from tests.site.imports import PROJECT_DIR

COUNT_CORES = "import os; from digits_site import cores; cores.keep({place}, workers={workers}); "
COUNT_CORES += "print(sorted(os.sched_getaffinity(0)))"


@pytest.fixture
def kept(monkeypatch):
    """What the process was made to keep to, on a machine that lets it use cores 2, 3 and 5."""
    found = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5, 2, 3}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, given: found.append((pid, given)), raising=False)
    return found


@pytest.mark.parametrize(("workers", "expected"), [(3, [2, 3, 5]), (6, [2, 3, 5, 2, 3, 5])])
def test_as_many_processes_keep_to_each_core(kept, workers, expected):
    for place in range(workers):
        cores.keep(place, workers=workers)
    assert kept == [(0, {core}) for core in expected]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_system_decides_where_some_cores_would_have_more(kept, workers):
    cores.keep(0, workers=workers)
    assert kept == []


def test_a_system_without_a_say_in_it_is_left_alone(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    cores.keep(0, workers=1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no say in it")
def test_a_process_that_keeps_to_a_core_says_so_to_the_system():
    mine = sorted(os.sched_getaffinity(0))
    code = COUNT_CORES.format(place=len(mine) - 1, workers=len(mine))
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([mine[-1]])
