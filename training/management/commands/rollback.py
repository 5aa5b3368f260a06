"""Returns to the version that was live before."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from recognizer import versions
from training.management.console import ConsoleCommand
from training.management.options import deployed


class Command(ConsoleCommand):
    help = "Make the version live again that was live before this one."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", default="", help="why, kept with the release")

    def work(self, *, reason: str, **options: Any) -> dict[str, Any]:
        # Whoever asks means to leave what is live now: of two at once the second must not go back a step further.
        left = versions.live_deployment()
        return deployed(versions.rollback(reason=reason, leaving=left.pk), previous=left.version.number)

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        yield f"Rolled back from version {answer['previous']}: version {answer['model_version']} is live."
