"""Fetches the four files of MNIST, or says that they are there."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from training.data import mnist
from training.management.bars import BYTES
from training.management.console import ConsoleCommand


class Command(ConsoleCommand):
    help = (
        "Put MNIST into the data folder: downloaded from its mirrors, or taken from another folder or address. Each "
        "file is checked by the SHA-256 of its content; what is there and right is left as it is."
    )
    needs_database = False

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="source", metavar="DIR|URL", help="a folder that has the files, or the address of one"
        )

    def work(self, *, source: str | None, **options: Any) -> dict[str, Any]:
        if settings.MNIST_DIR and not source:
            return _checked(Path(settings.MNIST_DIR))
        directory = Path(settings.MNIST_DOWNLOAD_DIR)
        faulty = _faults(directory)
        if faulty:
            self._fetch(directory, [source] if source else mnist.MIRRORS)
        return {"directory": str(directory), "files": list(mnist.FILES), "fetched": list(faulty)}

    def _fetch(self, directory: Path, sources: Sequence[str]) -> None:
        with self.bar("MNIST", unit=BYTES) as bar:

            def show(name: str, received_bytes: int, total_bytes: int | None) -> None:
                bar.doing(name)
                bar.to(received_bytes, total_bytes)

            mnist.fetch(directory, sources, show, timeout_seconds=settings.MNIST_TIMEOUT_SECONDS)

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        if answer["fetched"]:
            yield f"Fetched {', '.join(answer['fetched'])} into {answer['directory']}."
        else:
            yield f"{answer['directory']} has all of MNIST as it was published: there is nothing to fetch."
        if settings.MNIST_DIR:
            yield f"MNIST_DIR is set: trainings use the MNIST in {settings.MNIST_DIR}."


def _checked(directory: Path) -> dict[str, Any]:
    for name, wrong in _faults(directory).items():
        raise mnist.MnistError(
            f"MNIST_DIR is {directory}, and {name} there is not usable: {wrong}. Mend it, or unset MNIST_DIR to have "
            "MNIST fetched into the data folder."
        )
    return {"directory": str(directory), "files": list(mnist.FILES), "fetched": []}


def _faults(directory: Path) -> dict[str, str]:
    """What is wrong with each file that is not as it was published."""
    found = {name: mnist.locate(directory, name) for name in mnist.FILES}
    faults = {name: mnist.fault(path, name) if path else "it is not there" for name, path in found.items()}
    return {name: wrong for name, wrong in faults.items() if wrong}
