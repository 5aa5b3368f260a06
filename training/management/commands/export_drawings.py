"""Writes the site's drawings into a file to take away."""

import argparse
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from training import exporting
from training.data import exports
from training.data.exports import Aside
from training.export_filters import STATES, Filters
from training.management.console import ConsoleCommand
from training.management.options import add_version

PEOPLE = {"all": None, "only": True, "without": False}


class Command(ConsoleCommand):
    help = (
        "Export drawings as .npz, .jsonl.gz (both can be imported and evaluated again), .idx.zip of MNIST's own files, "
        ".zip of PNGs, or .csv. Nothing in it tells who drew: writers are numbered in the order in which they come."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="OUT", type=Path, help="the file; its end says the format")
        parser.add_argument("--format", choices=list(exports.FORMATS), help="the format, whatever the file's name")
        parser.add_argument(
            "--state",
            choices=list(STATES),
            default="accepted",
            help="which drawings: those with an accepted digit (default), with a label that was decided on, rejected, "
            "not reviewed yet, or not rejected; or all",
        )
        parser.add_argument(
            "--held-out", choices=list(PEOPLE), default="all", help="those of held-out visitors too, only, or not"
        )
        parser.add_argument("--digits", type=digits, default=(), help="only those labelled so, as in 1,7")
        parser.add_argument("--since", metavar="DAY", type=day, help="drawn on this day (UTC) or later, as 2026-01-31")
        parser.add_argument("--until", metavar="DAY", type=day, help="drawn on this day (UTC) or before")
        add_version(parser, "--model-version", metavar="N", help="only those that this version answered")

    def work(self, *, out: Path, **options: Any) -> dict[str, Any]:
        kind = exports.format_named(options["format"]) if options["format"] else exports.format_for(out)
        filters = filters_of(options)
        filters.check()
        chosen = exporting.ids(filters)
        if not chosen:
            raise CommandError(_nothing(filters))
        with self.bar("exporting", total=len(chosen)) as bar:
            done = lost = 0

            def step(done_now: int, lost_now: int) -> None:
                nonlocal done, lost
                done, lost = done_now, lost_now
                bar.to(done + lost)

            about = exporting.about(filters, kind, day=datetime.now(UTC).date())
            found = exporting.exported(exporting.pages(chosen, kind), kind, step)
            exports.write(out, found, kind, Aside(about=about, folder=out.parent))
        size = out.stat().st_size
        return {"file": str(out), "drawings": done, "bytes": size, "state": filters.state, "lost": lost}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        size = f"{answer['bytes'] / 1e6:.1f} MB"
        yield f"{answer['drawings']:,} drawings ({answer['state']}) in {answer['file']}, {size}."
        if answer["lost"]:
            yield f"{answer['lost']:,} are left out, since their files are lost; the log says which."


def filters_of(options: dict[str, Any]) -> Filters:
    return Filters(
        state=options["state"],
        held_out=PEOPLE[options["held_out"]],
        digits=options["digits"],
        since=options["since"],
        until=options["until"],
        version=options["model_version"],
    )


def digits(text: str) -> tuple[int, ...]:
    """Digits with commas between them, as argparse wants them checked."""
    found = [part.strip() for part in text.split(",")]
    if wrong := [part for part in found if part not in list("0123456789")]:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is no digit: give digits with commas between them")
    return tuple(sorted({int(part) for part in found}))


def day(text: str) -> date:
    """A day, as argparse wants it checked."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-01-31") from None


def _nothing(filters: Filters) -> str:
    if filters == Filters():
        return "There is no drawing with an accepted label: accept labels in the admin, or export with --state all."
    return f"There are no such drawings to export: {filters.words()}."
