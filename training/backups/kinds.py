"""How each kind of value is written in a backup, and how SQLite and PostgreSQL read and write it.

In a backup: moments in UTC with six places, durations in microseconds, bytes in base64, JSON as the text that the
database has of it (so that SQL's NULL and JSON's null stay two things). Left out on purpose: any other database."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from training.backups.tables import EMPTIED, Table

Change = Callable[[Any], Any]

# What PostgreSQL is asked for, and the type in which it answers
_POSTGRESQL = {
    "integer": ("{}::bigint", "int8"),
    "float": ("{}::float8", "float8"),
    "boolean": ("{}", "bool"),
    "text": ("{}::text", "text"),
    "moment": ("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", "text"),
    "day": ("to_char({}, 'YYYY-MM-DD')", "text"),
    "duration": ("(extract(epoch FROM {}) * 1000000)::bigint", "int8"),
    "json": ("{}::text", "text"),
    "bytes": ("{}", "bytea"),
    "uuid": ("replace({}::text, '-', '')", "text"),
    "address": ("host({})", "text"),
}


def asked(table: Table, vendor: str, quoted: Callable[[str], str]) -> str:
    """The columns as a SELECT asks for them."""
    return ", ".join(_asked(table, name, kind, vendor, quoted(name)) for name, kind in table.columns)


def types(table: Table) -> list[str]:
    """The types in which PostgreSQL answers."""
    return [_POSTGRESQL[kind][1] for _, kind in table.columns]


def out_of(rows: Iterable[tuple], table: Table, vendor: str) -> Iterator[list]:
    """Rows as the database gives them, made into what a backup holds."""
    return _changed(rows, _changes(table, _FROM[vendor]))


def into(rows: Iterable[list], table: Table, vendor: str) -> Iterator[list]:
    """Rows as a backup holds them, made into what the database takes."""
    return _changed(rows, _changes(table, _TO[vendor]))


def _asked(table: Table, name: str, kind: str, vendor: str, column: str) -> str:
    if (table.name, name) in EMPTIED:
        return "''"
    # With a sign before it a column loses its declared type, by which Django would make objects of the values.
    return f"+{column}" if vendor == "sqlite" else _POSTGRESQL[kind][0].format(column)


def _changes(table: Table, by_kind: dict[str, Change]) -> list[tuple[int, Change]]:
    return [(place, by_kind[kind]) for place, (_, kind) in enumerate(table.columns) if kind in by_kind]


def _changed(rows: Iterable, changes: list[tuple[int, Change]]) -> Iterator[list]:
    for row in rows:
        row = list(row)
        for place, change in changes:
            if row[place] is not None:
                row[place] = change(row[place])
        yield row


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def _with_all_places(moment: str) -> str:
    return moment if len(moment) == 26 else f"{moment[:19]}.{moment[20:]:0<6}"


def _as_django_writes_it(moment: str) -> str:
    """SQLite compares moments as text, so that one moment must not be written in two ways."""
    return moment.removesuffix(".000000")


_FROM: dict[str, dict[str, Change]] = {
    "sqlite": {"boolean": bool, "bytes": _base64, "moment": _with_all_places},
    "postgresql": {"bytes": _base64},
}
_TO: dict[str, dict[str, Change]] = {
    "sqlite": {"boolean": int, "bytes": b64decode, "moment": _as_django_writes_it},
    "postgresql": {"bytes": b64decode, "moment": "{}+00".format, "duration": "{} microseconds".format},
}
