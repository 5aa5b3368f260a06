"""How the project's commands talk: results on stdout, progress and errors on stderr, one JSON object with --json.

Left out on purpose: what a command does. It says what it needs and gives back its answer as a dictionary."""

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from recognizer.ink import InkError
from recognizer.network.architectures import UnknownArchitecture
from recognizer.network.weights import WeightsError
from recognizer.onnx_graph import OnnxError
from recognizer.versions import VersionError
from training.backups import BackupError
from training.comparisons import ComparisonError
from training.data.collections import CollectionError
from training.data.dataset import DatasetError
from training.data.exports import ExportError
from training.data.mnist import MnistError
from training.demo import DemoError
from training.evaluation import EvaluationError
from training.fit_settings import SettingsError
from training.measurements import MeasurementError
from training.requests import JobError
from training.yardsticks import YardstickError

from .bars import Bar, Plain
from .database import get_ready

# What people can cause and mend: shown as the sentence that it is, without a traceback.
EXPECTED = (
    BackupError,
    CollectionError,
    ComparisonError,
    DatasetError,
    DemoError,
    EvaluationError,
    ExportError,
    ImproperlyConfigured,
    InkError,
    JobError,
    MeasurementError,
    MnistError,
    OnnxError,
    SettingsError,
    UnknownArchitecture,
    VersionError,
    WeightsError,
    YardstickError,
)
INTERRUPTED = 130  # 128 + SIGINT, as shells count
BROKEN_PIPE = 141  # 128 + SIGPIPE


class ConsoleCommand(BaseCommand):
    """A command with --json. It defines `add_options`, `work`, which returns the answer, and `lines`, to word it."""

    needs_database = True
    # Checks of the whole site would make every answer wait, and say nothing about the command.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else, on stdout")

    def add_options(self, parser: CommandParser) -> None:
        """Declare the command's own arguments."""

    def work(self, **options: Any) -> dict[str, Any]:
        """Do it; return the answer, ready for JSON."""
        raise NotImplementedError

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        """Put the answer into words."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        with stopping_cleanly(), in_words():
            if self.needs_database:
                get_ready(self.say)
            answer = self.work(**options)
            lines = [json.dumps(answer, allow_nan=False)] if options["json"] else self.lines(answer)
            for line in lines:
                self.stdout.write(line)
            self.stdout.flush()
        if status := self.exit_status(answer):
            sys.exit(status)

    def exit_status(self, answer: dict[str, Any]) -> int:
        """The status of a command that came through."""
        return 0

    def say(self, words: str) -> None:
        """Tell what is being done or was done on the way."""
        self.stderr.write(words, str)

    def complain(self, words: str) -> None:
        """Tell of a fault that does not end the command."""
        self.stderr.write(words)

    def bar(self, doing: str, *, total: int | None = None, unit: str = "drawings") -> "Bar | Plain":
        """Show how far something is: a bar on a terminal, else a line now and then. Use it in a `with`."""
        return Bar(self.stderr, doing, total, unit) if self.stderr.isatty() else Plain(self.say, doing, total, unit)


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that it removes what it has half written."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # only the main thread may; elsewhere signals go to somebody else anyway
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what people can mend into a CommandError, which Django prints as a line and ends with a failure."""
    try:
        yield
    except EXPECTED as error:
        raise CommandError(sentence(str(error))) from error
    except DatabaseError as error:
        raise CommandError(sentence(f"The database cannot be used: {error}")) from error
    except BrokenPipeError:
        # Who read the answer has seen enough, as `head` does. What is still unwritten goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        raise CommandError(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.") from error
    except KeyboardInterrupt as error:
        raise CommandError("Stopped.", returncode=INTERRUPTED) from error


def sentence(text: str) -> str:
    """With a capital in front and a full stop behind; what begins with a name in quotes or a path stays as it is."""
    text = " ".join(text.split())
    first_word = text.split(" ", 1)[0]
    if first_word.isalpha() and first_word.islower():
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def percent(share: float | None) -> str:
    """An accuracy in words; a share of nothing is none."""
    return "-" if share is None else f"{100 * share:.2f} %"
