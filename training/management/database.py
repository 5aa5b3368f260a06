"""Makes sure that there is a database to work with, so that commands work on a fresh clone.

Left out on purpose: changing a database that somebody uses. One that lacks migrations is left to `migrate`."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor


def get_ready(say: Callable[[str], None]) -> None:
    """Set up the project's own database file if it is new. Raises CommandError for any other that is not set up."""
    missing = _missing_migrations()
    if missing and _is_new_file(connection):
        with _alone():
            if _missing_migrations():
                say(f"Setting up the database {connection.settings_dict['NAME']}.")
                call_command("migrate", verbosity=0, interactive=False)
        return
    if missing:
        raise CommandError(
            f"The database lacks {missing} of the project's migrations: run `manage.py migrate`, or `make run` once."
        )


def _missing_migrations() -> int:
    try:
        executor = MigrationExecutor(connection)
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except OperationalError as error:
        raise CommandError(
            f"The database cannot be opened ({error}). Is DATABASE_URL right, does its server run, and may "
            f"{settings.DATA_DIR} be written to?"
        ) from error


def _is_new_file(database: BaseDatabaseWrapper) -> bool:
    return database.vendor == "sqlite" and not database.introspection.table_names()


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for another command that sets the database up at the same moment."""
    folder = Path(settings.RUN_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
