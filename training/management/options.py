"""What several commands ask for and answer with: versions by their number, writers by a list of names."""

import argparse
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recognizer import versions
from recognizer.models import Deployment, ModelVersion


def add_version(parser: CommandParser, *names: str, **options: Any) -> None:
    parser.add_argument(*names, type=whole_number, **options)


def version_numbered(number: int) -> ModelVersion:
    """The version of that number. Raises CommandError, which lists those that there are."""
    versions.live_deployment()  # on an empty database, the shipped version comes to be here
    version = ModelVersion.objects.filter(number=number).first()
    if version is None:
        numbers = list(ModelVersion.objects.order_by("number").values_list("number", flat=True))
        shown = ", ".join(map(str, numbers[-20:]))
        there = f"the last ones are {shown}" if len(numbers) > 20 else f"there is {shown}"
        raise CommandError(f"There is no version {number}; {there}.")
    return version


def whole_number(text: str) -> int:
    """A number from 1 up, as argparse wants it checked."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**31):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def count(text: str) -> int:
    """A number from 0 up, as argparse wants it checked."""
    return 0 if text == "0" else whole_number(text)


def names(text: str) -> list[str]:
    """Names with commas between them."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names nobody: give names with commas between them")
    return found


def deployed(deployment: Deployment, *, previous: int | None = None) -> dict[str, Any]:
    """A release as an answer; `previous` is the number of what was live before it."""
    if previous is None and deployment.previous:
        previous = deployment.previous.version.number
    return {
        "model_version": deployment.version.number,
        "architecture": deployment.version.architecture,
        "kind": deployment.kind,
        "previous": previous,
        "reason": deployment.reason,
        "override": deployment.override,
        "verdict": deployment.verdict,
        "started_at": deployment.started_at.isoformat(),
    }
