"""What all commands have in common: where they write, how they fail, and what database they need."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.management.base import CommandError, OutputWrapper
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from tests.conftest import PROJECT_DIR
from training.management.bars import Bar, Plain
from training.management.console import BROKEN_PIPE, INTERRUPTED, in_words, sentence

from .asking import Terminal, ask

pytestmark = pytest.mark.slow

ESCAPE = "\x1b"


def shell(*arguments: object, **environment: object) -> subprocess.CompletedProcess:
    """Run manage.py in a process of its own, as a shell does, with the site's real settings."""
    names = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "MNIST_DIR")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=PROJECT_DIR,
        env=inherited | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_progress_is_plain_lines_where_there_is_no_terminal(collected):
    answer = ask("evaluate", collected)
    assert ESCAPE not in answer.out + answer.err
    assert "\r" not in answer.out + answer.err


def test_progress_is_a_bar_on_a_terminal_and_never_on_stdout(collected):
    terminal = Terminal()
    answer = ask("evaluate", collected, "--json", err=terminal)
    assert "\rreading collected.jsonl" in terminal.getvalue()
    assert "\r" not in answer.out


def test_a_bar_shows_how_much_of_what_is_done_and_the_figures():
    terminal = Terminal()
    with Bar(OutputWrapper(terminal), "storing", 4, "drawings") as bar:
        bar.to(3, loss="0.5")
        bar.say("half-time")
    shown = terminal.getvalue()
    assert "half-time\n" in shown
    assert "3/4" in shown
    assert "loss=0.5" in shown


def test_a_bar_says_what_is_being_done_that_cannot_be_counted():
    terminal = Terminal()
    with Bar(OutputWrapper(terminal), "storing", 4, "drawings") as bar:
        bar.note("Resting")
    assert "\rResting" in terminal.getvalue()


def test_plain_progress_says_a_line_when_some_time_is_over(monkeypatch):
    monkeypatch.setattr("training.management.bars.time", clock(0.0, 1.0, 10.0, 11.0))
    said = []
    with Plain(said.append, "storing", None, "drawings") as progress:
        for done in (1_000, 2_000, 3_000):
            progress.to(done, 9_000, loss="0.5")
    assert said == ["storing: 2,000 of 9,000 drawings, loss 0.5"]


def test_plain_progress_says_what_is_new_at_once():
    said = []
    with Plain(said.append, "training", None, "batches") as progress:
        for words in ("Reading: 1", "Reading: 2", "Measuring: 1"):
            progress.note(words)
    assert said == ["Reading: 1", "Measuring: 1"]


def test_plain_progress_counts_bytes_in_megabytes(monkeypatch):
    monkeypatch.setattr("training.management.bars.time", clock(0.0, 10.0))
    said = []
    with Plain(said.append, "MNIST", None, "B") as progress:
        progress.to(1_500_000, 9_900_000)
    assert said == ["MNIST: 1.5 of 9.9 MB"]


def test_an_error_with_json_leaves_stdout_empty():
    answer = ask("evaluate", "nothing.npz", "--json")
    assert (answer.status, answer.out) == (1, "")
    assert answer.error == "There is no file 'nothing.npz'."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("there is none", "There is none."),
        ("Version 3 is live.", "Version 3 is live."),
        ("a.npz is damaged", "a.npz is damaged."),
        ("two\nlines", "Two lines."),
    ],
)
def test_errors_are_sentences(text, expected):
    assert sentence(text) == expected


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device", "/out/a.npz"), "/out/a.npz cannot be used: No space left on device."),
        (OperationalError("database is locked"), "The database cannot be used: database is locked."),
    ],
)
def test_what_a_machine_lacks_is_said_in_words(error, words):
    with pytest.raises(CommandError, match=words), in_words():
        raise error


def test_a_fault_of_the_program_itself_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), in_words():
        raise ZeroDivisionError


def test_a_reader_who_has_seen_enough_ends_a_command_quietly(tmp_path, monkeypatch):
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as stopped, in_words():
            raise BrokenPipeError
        out.write("unwritten")
    assert stopped.value.code == BROKEN_PIPE
    assert (tmp_path / "out").read_text() == ""


@pytest.fixture
def heeded() -> Iterator[None]:
    """Interruptions are heeded, as at a terminal: what a script runs in its background ignores them from the start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_an_interrupted_command_ends_as_shells_expect():
    with pytest.raises(CommandError, match="Stopped") as stopped, in_words():
        signal.raise_signal(signal.SIGINT)
    assert stopped.value.returncode == INTERRUPTED


def test_a_termination_ends_a_command_like_an_interruption(monkeypatch):
    monkeypatch.setattr(
        "training.management.commands.rollback.Command.work",
        lambda self, **options: os.kill(os.getpid(), signal.SIGTERM),
    )
    before = signal.getsignal(signal.SIGTERM)
    answer = ask("rollback")
    assert (answer.status, answer.error) == (INTERRUPTED, "Stopped.")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_database_that_lacks_a_migration_is_named_with_its_remedy():
    MigrationRecorder.Migration.objects.filter(app="training").order_by("-pk").first().delete()
    answer = ask("rollback")
    assert answer.status == 1
    assert answer.error == (
        "The database lacks 1 of the project's migrations: run `manage.py migrate`, or `make run` once."
    )


def test_a_fresh_clone_answers_at_once_with_a_database_of_its_own(tmp_path, collected):
    done = shell("evaluate", collected, "--json", DATA_DIR=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n"] == 5
    assert f"Setting up the database {tmp_path / 'data' / 'db.sqlite3'}." in done.stderr


def test_a_failing_command_exits_with_a_status_and_a_sentence_and_no_traceback(tmp_path):
    done = shell("fetch_mnist", "--from", tmp_path / "nowhere", "--json", DATA_DIR=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("CommandError: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_server_that_does_not_answer_is_a_sentence(tmp_path):
    done = shell("rollback", DATA_DIR=tmp_path / "data", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: The database cannot be opened")
    assert "Traceback" not in done.stderr


def clock(*moments: float) -> SimpleNamespace:
    """The module `time` for somebody who asks it these times."""
    left = iter(moments)
    return SimpleNamespace(monotonic=lambda: next(left))
