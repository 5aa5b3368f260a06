"""What is in the database and in the storages, to compare before and after."""

import hashlib
from pathlib import Path

from django.core.files.storage import FileSystemStorage, storages
from django.core.management import call_command

from recognizer.models import DrawingFacts
from training.backups import reading, tables


def rows() -> dict[str, list]:
    """Every row of every table that a backup holds, and the facts that are made from them."""
    with reading.now() as state:
        found = {table.name: list(state.rows(table)) for table in tables.kept()}
    facts = DrawingFacts.objects.order_by("pk").values_list()
    return found | {DrawingFacts._meta.db_table: list(facts)}


def last_numbers() -> dict[str, int]:
    with reading.now() as state:
        return {table.name: state.last_number(table) or 0 for table in tables.kept()}


def files() -> dict[str, str]:
    """The hash of every file, by storage and name."""
    found = {}
    for name in tables.STORAGES:
        folder = Path(storages[name].location)
        for path in folder.rglob("*"):
            if path.is_file():
                found[f"{name}/{path.relative_to(folder)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def empty() -> None:
    """Make the place as empty as after `migrate`."""
    call_command("flush", verbosity=0, interactive=False)
    for name in tables.STORAGES:
        if isinstance(storages[name], FileSystemStorage):
            for path in Path(storages[name].location).rglob("*"):
                if path.is_file():
                    path.unlink()
