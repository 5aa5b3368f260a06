"""Writes a version's weights into a file to take away."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recognizer import portable, versions
from recognizer.network.weights import write_atomically
from training.management.console import ConsoleCommand
from training.management.options import add_version, version_numbered


class Command(ConsoleCommand):
    help = (
        "Export a version's weights as .safetensors, which this project reads, or as .onnx, which onnxruntime and many "
        "other programs run. The ONNX file takes images (n, 1, 28, 28), float32 from 0 to 1, light ink on a dark "
        "ground, and answers with the probabilities that the site shows."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="OUT", type=Path, help="the file; its end says the format")
        add_version(parser, "--model-version", metavar="N", help="the version; by default the live one")

    def work(self, *, out: Path, model_version: int | None, **options: Any) -> dict[str, Any]:
        kind = out.suffix.lower().removeprefix(".")
        if kind not in portable.FORMATS:
            ends = " or ".join(f".{name}" for name in portable.FORMATS)
            raise CommandError(f"{out.name!r} says no format that is known: its name must end in {ends}.")
        version = version_numbered(model_version) if model_version else versions.live_deployment().version
        data = portable.contents(version, kind)
        write_atomically(out, data)
        return {
            "file": str(out),
            "format": kind,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "model_version": version.number,
            "architecture": version.architecture,
        }

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        version = f"Version {answer['model_version']} ({answer['architecture']})"
        yield f"{version} in {answer['file']}, {answer['bytes'] / 1e6:.1f} MB."
