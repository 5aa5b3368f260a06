"""Makes a version live."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from training import gated
from training.management.console import ConsoleCommand
from training.management.options import add_version, deployed, version_numbered


class Command(ConsoleCommand):
    help = (
        "Make a version the one that answers; every web process has it within a few seconds. It has to pass the gate, "
        "or there has to be a reason why it goes live all the same. A version that was never compared with the live "
        "one is compared first."
    )

    def add_options(self, parser: CommandParser) -> None:
        add_version(parser, "version_number", help="the version's number")
        parser.add_argument(
            "--override",
            metavar="REASON",
            default="",
            help="why it goes live although the gate did not let it, kept with the release",
        )

    def work(self, *, version_number: int, override: str, **options: Any) -> dict[str, Any]:
        version = version_numbered(version_number)
        with self.bar(f"comparing version {version_number} with the live one", unit="images") as bar:
            return deployed(gated.promote(version, override=override, progress=bar.to))

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        instead = f" instead of version {answer['previous']}" if answer["previous"] else ""
        yield f"Version {answer['model_version']} is live{instead}."
        if answer["override"]:
            yield f"The gate was overridden. It had said: {answer['verdict']}"
