"""Takes in a file of drawings that measures versions and trains none."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from training import yardsticks
from training.management.bars import BYTES
from training.management.console import ConsoleCommand
from training.management.options import names


class Command(ConsoleCommand):
    help = (
        "Import a .jsonl, .jsonl.gz or .npz file of labelled drawings as a yardstick: a test data set that every "
        "version is measured on, and that nothing is ever trained on. The file is kept as it is."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what it is called: small letters, digits, - and _")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--writers", metavar="A,B,..", type=names, help="only what these have drawn")
        parser.add_argument("--replace", action="store_true", help="put it in the place of the yardstick of that name")

    def work(
        self, *, name: str, file: Path, writers: list[str] | None, replace: bool, **options: Any
    ) -> dict[str, Any]:
        with self.bar(f"reading {file.name}", unit=BYTES) as bar:
            made = yardsticks.import_file(name, file, writers=writers, replace=replace, progress=bar.to)
        return {
            "yardstick": made.name,
            "file": made.file_name,
            "n": made.count,
            "left_out": made.left_out,
            "writers": len(made.writers),
            "sha256": made.sha256,
            "file_sha256": made.original_sha256,
            "preprocessing_version": made.preprocessing_version,
        }

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        yield (
            f"The yardstick {answer['yardstick']} has {answer['n']:,} drawings of {answer['writers']:,} writers "
            f"from {answer['file']}."
        )
        if answer["left_out"]:
            yield f"{answer['left_out']:,} without a digit as their label are left out."
        yield f"`manage.py evaluate {answer['yardstick']}` measures the live version on it, `reevaluate` any others."
