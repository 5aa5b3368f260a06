"""Progress for people: a bar on a terminal, a plain line now and then everywhere else.

Left out on purpose: results. They go to stdout, where no bar ever writes."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper
from tqdm import tqdm

PLAIN_SECONDS = 10.0
BYTES = "B"


class Bar:
    """A bar that is redrawn in place, with speed and remaining time, and goes away at its end."""

    def __init__(self, stream: OutputWrapper, doing: str, total: int | None, unit: str) -> None:
        self._bar = tqdm(
            file=_Verbatim(stream),
            desc=doing,
            total=total,
            unit=unit if unit == BYTES else f" {unit}",
            unit_scale=unit == BYTES,
            dynamic_ncols=True,
            leave=False,
        )

    def to(self, done: int, total: int | None = None, **figures: str) -> None:
        """Show that `done` are done, of `total` if that is known only now."""
        if total is not None:
            self._bar.total = total
        if figures:
            self._bar.set_postfix(figures, refresh=False)
        self._bar.update(done - self._bar.n)

    def doing(self, words: str) -> None:
        self._bar.set_description(words, refresh=False)

    def note(self, words: str) -> None:
        """Say what is being done that cannot be counted."""
        self._bar.set_postfix_str("", refresh=False)
        self._bar.set_description_str(words)

    def say(self, words: str) -> None:
        """Write a line that stays, above the bar."""
        self._bar.write(words, file=self._bar.fp)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()


class Plain:
    """The same in plain lines, at most one every PLAIN_SECONDS; what is done sooner says nothing."""

    def __init__(self, write: Callable[[str], None], doing: str, total: int | None, unit: str) -> None:
        self.say = write
        self._doing, self._total, self._unit = doing, total, unit
        self._said_at = time.monotonic()
        self._noted = ""

    def to(self, done: int, total: int | None = None, **figures: str) -> None:
        if total is not None:
            self._total = total
        if not self._is_due():
            return
        parts = [f"{self._doing}: {self._amount(done)}", *(f"{name} {value}" for name, value in figures.items())]
        self.say(", ".join(parts))

    def doing(self, words: str) -> None:
        self._doing = words

    def note(self, words: str) -> None:
        kind = words.partition(":")[0]
        if kind != self._noted or self._is_due():
            self._noted = kind
            self.say(words)

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now - self._said_at < PLAIN_SECONDS:
            return False
        self._said_at = now
        return True

    def _amount(self, done: int) -> str:
        if self._unit == BYTES:
            return f"{done / 1e6:.1f}" + (f" of {self._total / 1e6:.1f} MB" if self._total else " MB")
        return f"{done:,}" + (f" of {self._total:,}" if self._total else "") + f" {self._unit}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


class _Verbatim:
    """Django's stream as a file that adds neither colour nor line ends."""

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text, str, ending="")

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
