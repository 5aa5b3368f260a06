"""Makes a version live."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from recognizer import versions
from training.management.console import ConsoleCommand
from training.management.options import add_version, deployed, version_numbered


class Command(ConsoleCommand):
    help = "Make a version the one that answers. Every web process has it within a few seconds."

    def add_options(self, parser: CommandParser) -> None:
        add_version(parser, "version_number", help="the version's number")
        parser.add_argument("--override", metavar="REASON", default="", help="why it goes live, kept with the release")

    def work(self, *, version_number: int, override: str, **options: Any) -> dict[str, Any]:
        return deployed(versions.promote(version_numbered(version_number), reason=override))

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        instead = f" instead of version {answer['previous']}" if answer["previous"] else ""
        yield f"Version {answer['model_version']} is live{instead}."
