"""Draws a contact sheet of the images that the project makes by itself to learn from."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from training.generated import material, sheets
from training.management.console import ConsoleCommand
from training.management.options import whole_number
from training.management.pictures import check_png, write_png

MOST_COLUMNS = 100


class Command(ConsoleCommand):
    help = (
        "Write a contact sheet (PNG) of generated images: digits handwritten in many styles, printed ones, and what is "
        "no digit. With --digit, a row for each style of that digit."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("output", metavar="FILE.png", type=Path)
        parser.add_argument("--sort", choices=material.SORTS, default=material.SORTS[0])
        parser.add_argument("--digit", metavar="D", type=one_digit, help="show this digit's styles one by one")
        parser.add_argument("--columns", metavar="N", type=whole_number, default=20)
        parser.add_argument("--seed", metavar="N", type=int, default=0, help="the same seed gives the same sheet")

    def work(
        self, *, output: Path, sort: str, digit: int | None, columns: int, seed: int, **options: Any
    ) -> dict[str, Any]:
        if columns > MOST_COLUMNS:
            raise CommandError(f"{columns} columns are more than the {MOST_COLUMNS} that a sheet has room for.")
        if seed < 0:
            raise CommandError(f"seed is {seed}: it must be 0 or more.")
        check_png(output)
        try:
            image = sheets.sheet(sort, digit=digit, columns=columns, seed=seed)
        except ValueError as error:
            raise CommandError(f"{str(error).capitalize()}.") from None
        write_png(image, output)
        return {"file": str(output), "rows": list(sheets.rows(sort, digit)), "columns": columns}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        yield f"{answer['file']}: {len(answer['rows'])} rows of {answer['columns']}."


def one_digit(text: str) -> int:
    if text not in set("0123456789"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a digit from 0 to 9")
    return int(text)
