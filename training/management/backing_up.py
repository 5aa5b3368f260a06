"""Shows how far a backup is, for the commands that make, check and restore one.

Left out on purpose: what they do."""

from collections.abc import Iterator
from contextlib import contextmanager

from training.backups.taking import Progress
from training.management.console import ConsoleCommand


@contextmanager
def shown(command: ConsoleCommand) -> Iterator[Progress]:
    """What a backup tells of itself, as bars one after the other."""
    bars: dict[str, object] = {}

    def progress(doing: str, done: int, total: int | None) -> None:
        if doing not in bars:
            close()
            bars[doing] = command.bar(doing, total=total, unit="B" if doing == "checking" else doing)
        bars[doing].to(done, total)

    def close() -> None:
        for bar in bars.values():
            bar.__exit__(None, None, None)

    try:
        yield progress
    finally:
        close()
