"""Which processes live: this one, none that ended, and nobody knows of those elsewhere."""

import os
import subprocess
import sys

import pytest

from training import machine_processes

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc here")

ASK = "from training import machine_processes; print(machine_processes.name_of_this(), flush=True); input()"


def test_this_process_lives():
    assert machine_processes.name_of_this()
    assert not machine_processes.is_dead(machine_processes.name_of_this())


def test_a_process_that_was_killed_is_dead_also_before_its_parent_takes_note():
    with subprocess.Popen(
        [sys.executable, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        name = child.stdout.readline().strip()
        assert not machine_processes.is_dead(name)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
        assert machine_processes.is_dead(name)
    assert machine_processes.is_dead(name)


def test_a_number_that_another_process_has_by_now_is_told_apart():
    machine, number, started = machine_processes.name_of_this().split("/")
    assert machine_processes.is_dead(f"{machine}/{number}/{int(started) - 1}")


@pytest.mark.parametrize("name", ["", "elsewhere/1/1", "x", "//", "elsewhere"])
def test_of_a_process_elsewhere_nothing_is_known(name):
    assert not machine_processes.is_dead(name)


def test_a_process_that_is_hidden_is_not_taken_for_dead(monkeypatch, tmp_path):
    name = machine_processes.name_of_this()
    machine_processes._machine()
    monkeypatch.setattr(machine_processes, "PROC", tmp_path)
    assert not machine_processes.is_dead(name)
