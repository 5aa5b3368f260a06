"""One supervisor a folder, and processes of an earlier one are ended, but nobody else's."""

import os
import signal
import subprocess
import sys

import pytest

from digits_site.supervise import lock
from digits_site.supervise.errors import StartError

STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); sys.stdin.read()"


def start(path, code):
    """Start a process as the supervisor does: in a group of its own, with the lock in its hands."""
    held = lock.open_for_child(path)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(held,),
        start_new_session=True,
    )
    os.pwrite(held, str(process.pid).encode(), 0)
    os.close(held)
    process.stdout.readline()
    return process


@pytest.fixture
def stubborn(tmp_path):
    process = start(tmp_path / "web.pid", STUBBORN)
    yield process
    process.kill()
    process.wait()


def test_the_second_lock_on_a_file_says_who_holds_the_first(tmp_path):
    first = lock.Lock(tmp_path / "up.lock")
    first.write({"pid": 123, "address": "http://127.0.0.1:8000"})
    with pytest.raises(StartError, match=r"http://127.0.0.1:8000, process 123. `kill 123` stops it"):
        lock.Lock(tmp_path / "up.lock")


def test_a_lock_that_was_just_taken_says_so_without_an_address(tmp_path):
    held = lock.Lock(tmp_path / "up.lock")
    with pytest.raises(StartError, match="just being started in this folder"):
        lock.Lock(tmp_path / "up.lock")
    held.release()


def test_a_lock_that_was_let_go_can_be_taken(tmp_path):
    lock.Lock(tmp_path / "up.lock").release()
    assert lock.read(tmp_path / "up.lock") == {}
    lock.Lock(tmp_path / "up.lock").release()


def test_a_shorter_note_replaces_a_longer_one(tmp_path):
    held = lock.Lock(tmp_path / "up.lock")
    held.write({"pid": 1, "address": "a long address"})
    held.write({"pid": 2})
    assert lock.read(tmp_path / "up.lock") == {"pid": 2}


def test_a_process_left_over_is_ended_even_when_it_ignores_a_friendly_signal(tmp_path, stubborn):
    assert lock.end_leftovers(tmp_path, patience_seconds=0.1) == ["web"]
    assert stubborn.wait() == -signal.SIGKILL


def test_a_process_that_got_the_number_of_an_ended_one_is_left_alone(tmp_path, stubborn):
    (tmp_path / "beat.pid").write_text(str(stubborn.pid))
    (tmp_path / "web.pid").unlink()
    assert lock.end_leftovers(tmp_path, patience_seconds=0.1) == []
    assert stubborn.poll() is None


def test_a_lock_outlives_the_process_that_took_it_in_the_ones_that_it_started(tmp_path, stubborn):
    with pytest.raises(OSError, match="another process holds"):
        lock.open_for_child(tmp_path / "web.pid")


def test_a_folder_without_leftovers_needs_nothing(tmp_path):
    assert lock.end_leftovers(tmp_path / "pids") == []
