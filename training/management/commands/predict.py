"""Reads digits in picture files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recognizer import recognition, submissions
from recognizer.ink import InkError
from training.management.console import ConsoleCommand, sentence
from training.management.options import add_version, version_numbered


class Command(ConsoleCommand):
    help = "Say which digit each picture shows: PNG, JPEG or WebP, dark on light or light on dark."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("images", nargs="+", metavar="IMAGE", help="a picture file")
        add_version(parser, "--model-version", metavar="N", help="the version that answers; by default the live one")

    def work(self, *, images: list[str], model_version: int | None, **options: Any) -> dict[str, Any]:
        if model_version is None:
            model = recognition.live()
        else:
            model = recognition.for_version(version_numbered(model_version))
        with self.bar("reading", total=len(images), unit="pictures") as bar:
            answers = []
            for number, path in enumerate(images, start=1):
                answers.append(_answer(path, model))
                bar.to(number)
        return {"model_version": model.number, "predictions": answers}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        for one in answer["predictions"]:
            if "error" in one:
                continue
            if one["digit"] is None:
                yield f"{one['file']}: no digit ({one['reason'].replace('_', ' ')})"
            else:
                yield f"{one['file']}: {one['digit']} ({100 * one['confidence']:.1f} %)"

    def exit_status(self, answer: dict[str, Any]) -> int:
        errors = [one for one in answer["predictions"] if "error" in one]
        for one in errors:
            self.complain(f"{one['file']}: {one['error']}")
        return 1 if errors else 0


def _answer(path: str, model: recognition.LiveModel) -> dict[str, Any]:
    """The answer for one file, or what is wrong with it: one bad file does not keep the others from being read."""
    try:
        found = recognition.recognise(submissions.of_upload(_content(Path(path))).seen, model)
    except InkError as error:
        return {"file": path, "error": sentence(error.message)}
    except OSError as error:
        return {"file": path, "error": f"It cannot be opened: {error.strerror or error}."}
    return {
        "file": path,
        "digit": found.digit,
        "confidence": found.confidence,
        "reason": found.reason,
        "probabilities": found.probabilities,
    }


def _content(path: Path) -> bytes:
    """One byte more than is allowed is enough to be refused."""
    with path.open("rb") as file:
        return file.read(submissions.ink_limits().max_upload_bytes + 1)
