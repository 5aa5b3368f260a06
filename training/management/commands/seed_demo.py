"""Fills an empty site with demo content, and removes it again."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from recognizer.words import counted, join_words
from training import demo
from training.demo import seeding
from training.management.console import ConsoleCommand
from training.management.options import whole_number


class Command(ConsoleCommand):
    help = (
        "Fill an empty site with visitors, drawings, labels, jobs and versions that are made up, so that every page "
        "has something to show. It takes about a minute. --remove leaves the site as it was."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove the demo content; what is real stays")
        parser.add_argument("--seed", type=whole_number, default=0, metavar="N", help="the same seed, the same content")
        parser.add_argument(
            "--drawings",
            type=whole_number,
            default=seeding.USUAL,
            metavar="N",
            help=f"{seeding.FEWEST:,} to {seeding.MOST:,}; by default {seeding.USUAL:,}",
        )

    def work(self, *, remove: bool, seed: int, drawings: int, **options: Any) -> dict[str, Any]:
        if remove:
            if not demo.is_there():
                raise demo.DemoError("There is no demo content to remove.")
            return {"removed": demo.remove()}
        with self.bar("making demo content", unit="steps") as bar:

            def tell(doing: str, done: int, total: int) -> None:
                bar.doing(doing)
                bar.to(done, total)

            return {"seed": seed, "made": demo.seed(drawings=drawings, seed=seed, progress=tell)}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        counts = answer.get("made") or answer["removed"]
        listed = join_words([counted(n, name.removesuffix("s")) for name, n in counts.items()])
        if "removed" in answer:
            yield f"Removed: {listed}."
        else:
            yield f"Made: {listed}."
            yield "None of it is real. Remove it with `manage.py seed_demo --remove`."
