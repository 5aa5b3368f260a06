"""Shows what the ready-made groups may do on this site, and gives back what is missing."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from training import groups, role_table
from training.management.console import ConsoleCommand
from training.roles import ROLES


class Command(ConsoleCommand):
    help = "Show where this site's ready-made groups have less than they come with; --restore gives it back."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--restore", action="store_true", help="give every ready-made group all that it comes with")
        parser.add_argument("--table", action="store_true", help="print what each group may do as a table in Markdown")

    def work(self, *, restore: bool, **options: Any) -> dict[str, Any]:
        if restore:
            for role in ROLES:
                groups.give(role, set(role.permissions), using="default", make=True)
        return {"groups": [{"name": role.name, "missing": groups.missing(role)} for role in ROLES], **_table(options)}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        if "table" in answer:
            yield from answer["table"]
            return
        for role, group in zip(ROLES, answer["groups"], strict=True):
            yield f"{role.name}: {role.words}. {_standing(group['missing'])}"


def _table(options: dict[str, Any]) -> dict[str, list[str]]:
    return {"table": list(role_table.lines())} if options["table"] else {}


def _standing(missing: list[str] | None) -> str:
    if missing is None:
        return "There is no such group; --restore makes it."
    return f"Taken away: {', '.join(missing)}." if missing else "Has all that it comes with."
