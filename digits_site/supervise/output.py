"""Where the processes' lines go: all of them to a log file each, the ones that matter to the terminal.

Left out on purpose: understanding the lines beyond their level. A terminal or a disk that takes no more never stops
the site; lines that they refuse are dropped."""

import io
import os
import re
import select
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

COLOURS = {"broker": 35, "web": 32, "train": 33, "light": 36, "beat": 34}
LONGEST_LINE = 2000
UNIMPORTANT = re.compile(r"\b(DEBUG|INFO)\b")
LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")
# How far into a line its level may stand, after the date and the process.
HEAD = 70


class Screen:
    """The terminal, or what stands in for it: plain lines when it is none."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._is_terminal = self._stream.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str = "") -> None:
        self._write(text)

    def say_surely(self, text: str) -> None:
        """Wait for a terminal that takes no more at the moment: for what is said once and cannot be had again."""
        with suppress(OSError, ValueError):
            print(text, file=self._stream, flush=True)

    def line(self, name: str, text: str) -> None:
        label = f"{name:<6}"
        if self._is_terminal:
            label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
        self._write(f"{label} | {text[:LONGEST_LINE]}")

    def strong(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._is_terminal else text

    def _write(self, text: str) -> None:
        # What is gone takes no more lines, and that is no reason to stop the site.
        with suppress(OSError, ValueError):
            if self._takes_more():
                print(text, file=self._stream, flush=True)

    def _takes_more(self) -> bool:
        """A terminal that was stopped with Ctrl-S, or a pipe that nobody reads, would stop every process with it."""
        try:
            return bool(select.select([], [self._stream], [], 0)[1])
        except io.UnsupportedOperation:  # kept in memory
            return True


class Filter:
    """Tells which lines a person needs to see; lines without a level of their own belong to the one before."""

    def __init__(self) -> None:
        self._showing = True

    def shows(self, line: str) -> bool:
        if LEVEL.search(line[:HEAD]):
            self._showing = not UNIMPORTANT.search(line[:HEAD])
        return self._showing


class Log:
    """A file that starts anew when it is full; the ones before are kept as name.1.log to name.3.log."""

    def __init__(self, path: Path, *, most_bytes: int = 5_000_000, keep: int = 3) -> None:
        self.path, self._most_bytes, self._keep = path, most_bytes, keep
        self._file = None

    def write(self, line: str) -> None:
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("ab", buffering=0)
            self._file.write(line.encode(errors="replace") + b"\n")
            if self._file.tell() >= self._most_bytes:
                self._turn_over()
        except OSError:
            pass  # the disk is full: the site goes on without a log

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _turn_over(self) -> None:
        self.close()
        for number in range(self._keep, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self.path.with_suffix(f".{number}{self.path.suffix}") if number else self.path
