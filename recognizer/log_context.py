"""What the lines of the log are about: facts such as a job and its attempt, which hold for a block of code.

Left out on purpose: how lines look, and the id of a request, which django-guid carries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_facts: ContextVar[dict[str, str | int] | None] = ContextVar("facts of log lines", default=None)


@contextmanager
def about(**facts: str | int) -> Iterator[None]:
    """Add facts to every line that is logged in the block, in this thread."""
    token = _facts.set((_facts.get() or {}) | facts)
    try:
        yield
    finally:
        _facts.reset(token)


def facts() -> dict[str, str | int]:
    return _facts.get() or {}
