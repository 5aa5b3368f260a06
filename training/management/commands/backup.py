"""Writes a backup of the site, which may run meanwhile."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from training.backups import taking
from training.management.backing_up import shown
from training.management.console import ConsoleCommand


class Command(ConsoleCommand):
    help = (
        "Write a backup of database, uploads, weights and yardsticks to a new folder, or a new file .tar or .tar.gz. "
        "The site may run meanwhile. Keys (SECRET_KEY) are not in it, nor are the files of exports."
    )

    def add_options(self, parser: CommandParser) -> None:
        told = "the folder or file to make; without it a file in BACKUP_DIR that is named after the time"
        parser.add_argument("out", metavar="OUT", type=Path, nargs="?", help=told)

    def work(self, *, out: Path | None, **options: Any) -> dict[str, Any]:
        out = out or Path(settings.BACKUP_DIR) / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}.tar"
        with shown(self) as progress:
            manifest = taking.take(out, progress=progress)
        for name in manifest.missing:
            self.complain(f"{name} is missing: a row names it, and the storage has lost it.")
        return {"backup": str(out), **manifest.summary()}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        what = f"{answer['rows']:,} rows of {answer['tables']} tables and {answer['files']:,} files"
        yield f"{what} in {answer['backup']}, {answer['bytes'] / 1e6:.1f} MB."
        if gone := answer["deleted_meanwhile"]:
            yield f"{gone:,} uploads were deleted meanwhile; a restore leaves their drawings out."
