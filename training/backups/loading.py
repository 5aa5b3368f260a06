"""Puts rows of a backup into tables as quickly as each database can: COPY on PostgreSQL, many at once on SQLite.

Left out on purpose: models. Tables and columns are those that the backup describes, which are the same here."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.db.utils import DatabaseError

from recognizer import statistics
from training.backups import kinds, reading, tables
from training.backups.errors import BackupError
from training.backups.tables import Table

ROWS_AT_ONCE = 2000


def clear(connection: Any) -> None:
    """Empty every table, those that no backup holds included: what they say is about other rows."""
    with connection.cursor() as cursor:
        for model in tables.all_models():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def insert(connection: Any, table: Table, rows: Iterable[list], step: Callable[[int], object]) -> None:
    """Insert rows as a backup holds them; `step` is told of some that are in. Raises DatabaseError, BackupError."""
    found = iter(kinds.into(_of_that_width(rows, table), table, connection.vendor))
    write = _copied if connection.vendor == "postgresql" else _inserted
    try:
        write(connection, table, found, step)
    except DatabaseError as error:
        raise type(error)(f"{table.name}: {error}") from error


def go_on_counting(connection: Any, table: Table, last_number: int | None) -> None:
    """Let new rows get numbers behind all that were ever given, so that none is given twice."""
    if not table.counted:
        return
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(max({quoted(table.counted)}), 0) FROM {quoted(table.name)}")
        last = max(cursor.fetchone()[0], last_number or 0)
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])
        elif sequence := reading.sequence_of(connection, table):
            cursor.execute("SELECT setval(%s, %s, %s)", [sequence, max(last, 1), last > 0])


def demand_consistency(connection: Any) -> None:
    """Raises IntegrityError if a row names another that is not there."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        connection.check_constraints()


def renew_statistics(connection: Any) -> None:
    """Let the database plan by what is there now."""
    if connection.vendor == "sqlite":
        statistics.renew()
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _of_that_width(rows: Iterable[list], table: Table) -> Iterable[list]:
    width = len(table.columns)
    for row in rows:
        if not isinstance(row, list) or len(row) != width:
            raise BackupError(f"a row of {table.name} has not {width} values: the backup is damaged, take another one")
        yield row


def _inserted(connection: Any, table: Table, rows: Iterable[list], step: Callable[[int], object]) -> None:
    names, places = _names(connection, table), ", ".join(["%s"] * len(table.columns))
    with connection.cursor() as cursor:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            cursor.executemany(f"INSERT INTO {names} VALUES ({places})", some)
            step(len(some))


def _copied(connection: Any, table: Table, rows: Iterable[list], step: Callable[[int], object]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {_names(connection, table)} FROM STDIN") as copy:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            for row in some:
                copy.write_row(row)
            step(len(some))


def _names(connection: Any, table: Table) -> str:
    quoted = connection.ops.quote_name
    return f"{quoted(table.name)} ({', '.join(map(quoted, table.names))})"
