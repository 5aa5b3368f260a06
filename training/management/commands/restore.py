"""Puts a backup into an empty place, or only checks that it is whole."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from training.backups import checking, restoring
from training.management.backing_up import shown
from training.management.console import ConsoleCommand


class Command(ConsoleCommand):
    help = (
        "Restore a backup into an empty database and empty storages, of SQLite or PostgreSQL, whichever it was made "
        "of. All of it is checked before anything is written. The site must not run."
    )
    needs_database = False

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("backup", metavar="FROM", type=Path, help="what `manage.py backup` made")
        parser.add_argument("--check", action="store_true", help="only check that the backup is whole and undamaged")

    def work(self, *, backup: Path, check: bool, **options: Any) -> dict[str, Any]:
        with shown(self) as progress:
            read = (checking.check if check else restoring.restore)(backup, progress=progress)
        return {"backup": str(backup), "restored": not check, **read.summary()}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        what = f"{answer['rows']:,} rows of {answer['tables']} tables and {answer['files']:,} files"
        if answer["restored"]:
            yield f"Restored {what} from {answer['backup']}, made {answer['made_at'][:16]}."
        else:
            yield f"{answer['backup']} is whole: {what}, made {answer['made_at'][:16]} of {answer['database']}."
        if missing := answer["missing"]:
            yield f"{len(missing):,} files were missing already when it was made, {missing[0]} among them."
