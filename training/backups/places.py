"""Is this a place into which a backup may be restored: nobody works in it, and nothing that people made is in it?

What a site has right after its first start does not count: the shipped versions and one account. Left out on purpose:
making room. Whoever wants to replace a site moves its database and files away first."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet

from recognizer.models import Decision, Drawing, ModelVersion, Room, Visitor
from training import workers
from training.backups import tables
from training.backups.errors import BackupError
from training.backups.manifest import Manifest
from training.backups.tables import Table
from training.models import Export, Snapshot, TrainingJob, Yardstick

LOCK = "up.lock"


@contextmanager
def alone() -> Iterator[None]:
    """Keep `manage.py up` from starting meanwhile. Raises BackupError if the site runs."""
    folder = Path(settings.RUN_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupError(f"the site of {settings.DATA_DIR} runs: stop it, and restore then") from error
    finally:
        os.close(descriptor)


def make_tables() -> None:
    """Set up a database that has no tables at all."""
    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)


def demand_same_migrations(manifest: Manifest) -> None:
    """Raises BackupError, in words, unless the tables here are those that the backup was made of."""
    loader = MigrationLoader(connection)
    known = {f"{app}.{name}" for app, name in loader.graph.nodes}
    applied = {f"{app}.{name}" for app, name in loader.applied_migrations}
    theirs = set(manifest.migrations)
    if lacking := sorted(known - applied):
        raise BackupError(f"the database here lacks {_first(lacking)}: run `manage.py migrate`, and restore then")
    if unknown := sorted(theirs - applied):
        raise BackupError(
            f"the backup was made by a release ({manifest.code}) that has {_first(unknown)}, which this one lacks: "
            "install that release, and restore with it"
        )
    if newer := sorted((applied & known) - theirs):
        raise BackupError(
            f"the backup was made by a release ({manifest.code}) before {_first(newer)}: restore it with that release, "
            "and upgrade then"
        )


def demand_same_tables(manifest: Manifest) -> None:
    """Raises BackupError for a table or column that the site does not have: their names become parts of statements, so
    that whoever makes a backup up could have any statement run."""
    ours, theirs = ({_shape(table) for table in found} for found in (tables.kept(), manifest.tables))
    if wrong := sorted(name for name, *_rest in ours ^ theirs):
        raise BackupError(
            f"the backup describes the table {wrong[0]!r:.80} otherwise than it is here: it is damaged, or made up by "
            "somebody; take another one"
        )


def _shape(table: Table) -> tuple:
    return table.name, table.key, tuple(sorted(table.columns)), table.counted


def demand_emptiness() -> None:
    """Raises BackupError if there is anything that people made, or a worker that works."""
    for rows, words in _made():
        if count := rows.count():
            raise BackupError(
                f"the database here is not empty: it has {count:,} {words}. Restore into a new one (another "
                "DATABASE_URL or DATA_DIR), or move this one away first"
            )
    if there := workers.known().there:
        raise BackupError(f"the worker {there[0].name} works here: stop the site, and restore then")


def _made() -> list[tuple[QuerySet, str]]:
    return [
        (Drawing.objects.all(), "drawings"),
        (Visitor.objects.all(), "visitors"),
        (TrainingJob.objects.all(), "trainings"),
        (ModelVersion.objects.filter(source=ModelVersion.Source.TRAINED), "trained versions"),
        (Decision.objects.all(), "decisions"),
        (Room.objects.all(), "rooms"),
        (Snapshot.objects.all(), "snapshots"),
        (Export.objects.all(), "exports"),
        (Yardstick.objects.all(), "yardsticks"),
        (get_user_model().objects.all()[1:], "more accounts than the first start makes"),
    ]


def _first(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more migrations" if len(names) > 1 else "")
