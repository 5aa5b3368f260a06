"""Takes in a file of drawings that were collected elsewhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError

from recognizer.models import Label
from training import imports
from training.management.bars import BYTES
from training.management.console import ConsoleCommand
from training.management.options import names, whole_number


class Command(ConsoleCommand):
    help = (
        "Store the drawings of a .jsonl, .jsonl.gz or .npz file, with predictions of the live version. Nothing is "
        "stored twice: an import that was stopped goes on where it was when it is started again. What the site has "
        "already from elsewhere, or as a yardstick, is left out and counted."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--writers", metavar="A,B,..", type=names, help="only what these have drawn")
        parser.add_argument("--limit", metavar="N", type=whole_number, help="only the first N drawings")
        parser.add_argument(
            "--review",
            choices=[Label.State.ACCEPTED.value, Label.State.UNREVIEWED.value],
            default=Label.State.UNREVIEWED.value,
            help="whether the labels are to be believed at once (default: %(default)s)",
        )
        parser.add_argument(
            "--shared",
            action="store_true",
            help="visitors may be shown these drawings for a second opinion: only where the writers agreed to that; it "
            "holds for writers that are new to the site",
        )
        parser.add_argument(
            "--not-shared",
            dest="shared",
            action="store_false",
            help="visitors are not shown them (default: whoever collected them may not have asked for that)",
        )

        parser.add_argument(
            "--with-yardsticks",
            dest="measuring",
            action="store_true",
            help="also what a yardstick has, for a trial: a version that learns from it is measured on what it knows",
        )

    def work(
        self,
        *,
        file: Path,
        writers: list[str] | None,
        limit: int | None,
        review: str,
        shared: bool,
        measuring: bool,
        **options: Any,
    ) -> dict[str, Any]:
        summary = imports.Summary()
        with self.bar("reading", unit=BYTES) as bar:

            def step(doing: str, done_bytes: int, all_bytes: int) -> None:
                bar.doing(doing)
                bar.to(done_bytes, all_bytes, drawings=f"{summary.read:,}")

            imports.check(file, writers=writers, limit=limit, step=step)
            try:
                which = {"writers": writers, "limit": limit, "measuring": measuring}
                imports.store(file, summary, state=review, shared=shared, step=step, **which)
            except IntegrityError as error:
                raise CommandError(f"{file.name} is being imported by another command too: wait for that.") from error
            except BaseException:
                self.complain(f"{summary.stored:,} drawings are stored; the same command goes on behind them.")
                raise
        return _answer(file, summary, review)

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        yield (
            f"{answer['file']}: {answer['read']:,} drawings of {answer['writers']:,} writers; "
            f"{answer['stored']:,} stored, labels {answer['review']}."
        )
        if answer["known"]:
            yield f"{answer['known']:,} were stored before, and are left as they are."
        for name, count in answer["elsewhere"].items():
            yield f"{count:,} are stored already, from {name}, and are left out: twice, one could train and measure."
        for name, count in answer["measuring"].items():
            yield (
                f"{count:,} are in the yardstick {name}, and are left out: nothing learns from what measures. "
                "For a trial --with-yardsticks takes them all the same."
            )
        if answer["empty"]:
            yield f"{answer['empty']:,} without any ink are left out: {', '.join(answer['empty_at'])}."


def _answer(file: Path, summary: imports.Summary, review: str) -> dict[str, Any]:
    return {
        "file": file.name,
        "read": summary.read,
        "stored": summary.stored,
        "known": summary.known,
        "elsewhere": dict(summary.elsewhere),
        "measuring": dict(summary.measuring),
        "empty": len(summary.empty),
        "empty_at": summary.empty[:10],
        "writers": len(summary.writers),
        "review": review,
    }
