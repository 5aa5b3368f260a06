"""The database as it is at one moment, read while others go on writing.

Both databases can show a reader the state at which its transaction began: PostgreSQL at REPEATABLE READ, SQLite in its
write-ahead log. So nobody waits, and no second copy of the database is made first. Left out on purpose: files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder

from training.backups import kinds
from training.backups.tables import Table

BEGIN = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
# Taken by the first look and not by BEGIN
FIRST_LOOK = "SELECT count(*) FROM django_migrations"


@dataclass(frozen=True)
class State:
    """One state of the database, as long as its connection is open."""

    connection: Any

    @property
    def vendor(self) -> str:
        return self.connection.vendor

    def rows(self, table: Table) -> Iterator[list]:
        """The rows in the order of their keys, as a backup holds them."""
        quoted = self.connection.ops.quote_name
        columns = kinds.asked(table, self.vendor, quoted)
        query = f"SELECT {columns} FROM {quoted(table.name)} ORDER BY {quoted(table.key)}"
        found = self._copied(query, table) if self.vendor == "postgresql" else self.connection.connection.execute(query)
        return kinds.out_of(found, table, self.vendor)

    def last_number(self, table: Table) -> int | None:
        """The last number that the database gave a row, also where that row is gone since."""
        if not table.counted:
            return None
        if self.vendor == "sqlite":
            found = self._one("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name])
            return found[0] if found else None
        sequence = sequence_of(self.connection, table)
        found = self._one(f"SELECT last_value FROM {sequence} WHERE is_called", []) if sequence else None
        return found[0] if found else None

    def migrations(self) -> list[str]:
        """What was applied, as app.name."""
        table = MigrationRecorder.Migration._meta.db_table
        return sorted(
            f"{app}.{name}" for app, name in self.connection.connection.execute(f"SELECT app, name FROM {table}")
        )

    def _one(self, query: str, values: list) -> tuple | None:
        return self.connection.connection.execute(query, values).fetchone()

    def _copied(self, query: str, table: Table) -> Iterator[tuple]:
        with self.connection.connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            copy.set_types(kinds.types(table))
            yield from copy.rows()


@contextmanager
def now() -> Iterator[State]:
    """The state at this moment, on a connection of its own."""
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        connection.ensure_connection()
        connection.connection.execute(BEGIN[connection.vendor])
        connection.connection.execute(FIRST_LOOK).fetchone()
        yield State(connection)
    finally:
        connection.close()


def sequence_of(connection: Any, table: Table) -> str | None:
    """The name of PostgreSQL's counter of a table."""
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(table.name)
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [name, table.counted])
        return cursor.fetchone()[0]
