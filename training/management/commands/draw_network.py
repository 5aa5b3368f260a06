"""Draws what happens inside of a network while it reads a drawing."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError, CommandParser

from recognizer import recognition
from recognizer.network import Network, weights
from training import network_pictures
from training.management.console import ConsoleCommand
from training.management.options import add_version, version_numbered


class Command(ConsoleCommand):
    help = (
        "Write pictures of the inside of a network while it reads a drawing: kernels, activations, derivatives, "
        "augmentation, schedule. Those of docs/how-the-network-works.md are made with it."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="where to write the PNG files")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--weights", metavar="FILE", type=Path, help="a weights file, instead of a version")
        add_version(source, "--model-version", metavar="N", help="the version; by default the live one")
        parser.add_argument(
            "--strokes", metavar="FILE", type=Path,
            help='a drawing as JSON, {"strokes": [[[x, y], ...], ...], "width": W, "height": H}; by default a five',
        )  # fmt: skip

    def work(
        self, *, output: Path, weights: Path | None, model_version: int | None, strokes: Path | None, **options: Any
    ) -> dict[str, Any]:
        image = network_pictures.drawing(**read_strokes(strokes)) if strokes else network_pictures.drawing()
        network = network_of(weights, model_version)
        try:
            output.mkdir(parents=True, exist_ok=True)
            written = list(network_pictures.write_all(network, image, output))
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror or error}.") from None
        digit = int(np.argmax(network.probabilities(image[None])))
        return {"architecture": network.architecture.name, "digit": digit, "files": list(map(str, written))}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        yield from answer["files"]
        yield f"{answer['architecture']} reads the drawing as {answer['digit']}."


def network_of(path: Path | None, number: int | None) -> Network:
    if path:
        return weights.load(path).network
    return (recognition.for_version(version_numbered(number)) if number else recognition.live()).network


def read_strokes(path: Path) -> dict[str, Any]:
    """The file's drawing, which `ink` checks. Raises CommandError for what is no JSON object of that form."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror or error}.") from None
    except ValueError as error:
        raise CommandError(f"{path} is no JSON: {error}.") from None
    if not isinstance(found, dict) or not {"strokes", "width", "height"} <= set(found):
        raise CommandError(f'{path} must hold a JSON object with "strokes", "width" and "height".')
    return {name: found[name] for name in ("strokes", "width", "height")}
