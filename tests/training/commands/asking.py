"""Runs a command in this process and keeps what it said."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError


@dataclass(frozen=True)
class Answer:
    """What a command wrote, and its exit status; `error` is the sentence that it ended with."""

    out: str
    err: str
    status: int = 0
    error: str = ""

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout; anything else there is no JSON."""
        return json.loads(self.out)


class Terminal(io.StringIO):
    """A text file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def ask(*arguments: object, err: io.StringIO | None = None) -> Answer:
    """Run `manage.py` with these arguments."""
    out, err = io.StringIO(), err or io.StringIO()
    status, error = 0, ""
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err, no_color=True)
    except CommandError as stopped:
        status, error = stopped.returncode, str(stopped)
    except SystemExit as stopped:
        status = stopped.code
    return Answer(out.getvalue(), err.getvalue(), status, error)


def write_lines(path: Path, *lines: object) -> Path:
    """A .jsonl file; lines that are texts stand in it as they are."""
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def drawn(label: int | None = 7, writer: object = "ann", *, at: int = 0, **changes: object) -> dict[str, object]:
    """A line of a file of drawings: a seven, `at` so many units further right."""
    strokes = [[[90 + at, 20], [150 + at, 20], [110 + at, 130]]]
    return {"label": label, "writer": writer, "strokes": strokes, "width": 400, "height": 150} | changes
