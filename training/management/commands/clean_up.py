"""Removes files that the retention rule no longer keeps, or says which ones those are."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from training import retention
from training.management.console import ConsoleCommand


class Command(ConsoleCommand):
    help = "Remove old versions' weights, old checkpoints, packed snapshots and lost files that no rule keeps any more."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and touch nothing")

    def work(self, *, dry_run: bool, **options: Any) -> dict[str, Any]:
        if dry_run:
            items = [item.as_json() for item in retention.plan()]
            return {"dry_run": True, "items": items, "freed_bytes": sum(item["size_bytes"] for item in items)}
        done = retention.clean_up()
        return {"dry_run": False, "items": done.items if done else [], "freed_bytes": done.freed_bytes if done else 0}

    def exit_status(self, answer: dict[str, Any]) -> int:
        return int(any(item.get("outcome", "").startswith(retention.FAILED) for item in answer["items"]))

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        for item in answer["items"]:
            outcome, size = item.get("outcome", "would remove"), megabytes(item["size_bytes"])
            yield f"{outcome}: {item['name']}, {size}. {item['why']}"
        if not answer["items"]:
            yield "There is nothing to remove."
        elif answer["dry_run"]:
            yield f"{megabytes(answer['freed_bytes'])} would be freed. Nothing was touched."
        else:
            yield f"{megabytes(answer['freed_bytes'])} freed."


def megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
