"""Writes the site's drawings into a file to take away."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from training import exporting
from training.data import exports
from training.management.console import ConsoleCommand


class Command(ConsoleCommand):
    help = (
        "Export drawings as .npz, .jsonl.gz (both can be imported and evaluated again), .zip of PNGs, or .csv. Nothing "
        "in it tells who drew: writers are numbered in the order in which they come."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="OUT", type=Path, help="the file; its end says the format")
        parser.add_argument(
            "--state",
            choices=list(exporting.STATES),
            default="accepted",
            help="which drawings: those with an accepted digit (default), with a label not rejected, or all",
        )

    def work(self, *, out: Path, state: str, **options: Any) -> dict[str, Any]:
        exports.writer_for(out)
        rows = exporting.chosen(state)
        count = rows.count()
        if not count:
            raise CommandError(_nothing(state))
        with self.bar("exporting", total=count) as bar:
            done = lost = 0

            def step(done_now: int, lost_now: int) -> None:
                nonlocal done, lost
                done, lost = done_now, lost_now
                bar.to(done + lost)

            exports.write(out, exporting.exported(rows, step))
        return {"file": str(out), "drawings": done, "bytes": out.stat().st_size, "state": state, "lost": lost}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        size = f"{answer['bytes'] / 1e6:.1f} MB"
        yield f"{answer['drawings']:,} drawings ({answer['state']}) in {answer['file']}, {size}."
        if answer["lost"]:
            yield f"{answer['lost']:,} are left out, since their files are lost; the log says which."


def _nothing(state: str) -> str:
    if state == "accepted":
        return "There is no drawing with an accepted label: accept labels in the admin, or export with --state all."
    return f"There is no drawing to export with --state {state}."
