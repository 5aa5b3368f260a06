"""Statements of the busiest request, worded by Django once a process: wording one costs more than running it.

What runs is what the query set or the row would have run, by the database driver's own cursor; on PostgreSQL as
prepared statements, unless DATABASE_PREPARES says no. Left out on purpose: signals of `save`, which nothing here
listens to, and everything that is asked seldom."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, JSONField, Model, QuerySet
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

# Stand for the one value that differs: nothing that is asked for is one of these.
TEXT, NUMBER = "prepared:value", -7_346_501_822


class Prepared:
    """A query for one value, a text or a number: `build` makes its query set of tuples for any such value."""

    def __init__(self, build: Callable[[Any], QuerySet], mark: str | int) -> None:
        self._build, self._mark = build, mark
        self._compiled: dict[str, Callable[[Any, BaseDatabaseWrapper], Any]] = {}

    def first(self, value: Any) -> Any:
        """The first row for this value as a tuple, in the order of the query's columns; None if there is none."""
        here = connections[DEFAULT_DB_ALIAS]
        ask = self._compiled.get(here.vendor)
        if ask is None:
            ask = self._compiled[here.vendor] = self._compile(here)
        return ask(value, here)

    def _compile(self, here: BaseDatabaseWrapper) -> Callable[[Any, BaseDatabaseWrapper], tuple | None]:
        compiler = self._build(self._mark).query.get_compiler(connection=here)
        sql, params = compiler.as_sql()
        if list(params).count(self._mark) != 1:
            raise ValueError(f"the query has its value {list(params).count(self._mark)} times, not once: {sql}")
        at = params.index(self._mark)
        converters = compiler.get_converters([column[0] for column in compiler.select])

        def ask(value: Any, here: BaseDatabaseWrapper) -> tuple | None:
            row = run(here, sql, (*params[:at], value, *params[at + 1 :]))
            return tuple(next(compiler.apply_converters([row], converters))) if row else None

        return ask


def insert(row: Model) -> None:
    """Insert a new row, and give it the key that the database made for it. Raises IntegrityError.

    What is left to the database's own defaults is read from there when it is asked for."""
    here = connections[DEFAULT_DB_ALIAS]
    sql, fields, returns_key = _insertion(type(row), _left(row), here.vendor)
    made = run(here, sql, values(row, fields, here), returns=returns_key)
    mark_stored(row, here, made[0] if made else row.pk)


def run(here: BaseDatabaseWrapper, sql: str, values: Sequence[Any], *, returns: bool = True) -> tuple | None:
    """Run a statement, and return its first row if there is one. Django's own cursors look after who watches them."""
    if here.queries_logged or here.execute_wrappers or here.vendor not in _CURSORS:
        with here.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone() if returns else None
    here.close_if_health_check_failed()
    here.ensure_connection()
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        cursor = _CURSORS[here.vendor](here, sql, values)
        try:
            return cursor.fetchone() if returns else None
        finally:
            cursor.close()


def _on_sqlite(here: BaseDatabaseWrapper, sql: str, values: Sequence[Any]) -> Any:
    return here.connection.execute(_with_question_marks(sql, len(values)), values)


@cache
def _with_question_marks(sql: str, count: int) -> str:
    return sql % (("?",) * count)


def _on_postgresql(here: BaseDatabaseWrapper, sql: str, values: Sequence[Any]) -> Any:
    from django.db.backends.postgresql.base import ServerBindingCursor  # needs a driver that SQLite does without

    return ServerBindingCursor(here.connection).execute(sql, values, prepare=settings.DATABASE_PREPARES)


_CURSORS = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}


def _left(row: Model) -> tuple[str, ...]:
    """The columns that are left to the database's defaults."""
    return tuple(name for name, value in row.__dict__.items() if isinstance(value, DatabaseDefault))


def values(row: Model, fields: list[Any], here: BaseDatabaseWrapper) -> list[Any]:
    """What the row's fields have for a statement, once each has done what it does before a row is stored."""
    return [field.get_db_prep_save(field.pre_save(row, add=True), here) for field in fields]


def filled(fields: tuple[Field, ...], given: Mapping[str, Any], here: BaseDatabaseWrapper) -> list[Any]:
    """What a new row's fields have for a statement, of which `given` says some by their columns' attributes; the others
    have their defaults.

    No row is made for it, which would take longer than to fill the statement in. JSON becomes text, for which the
    statement has to say that it is JSON; numbers in it have to be finite."""
    found = []
    for name, write, default in _plan(fields, here.vendor):
        if name in given:
            found.append(write(given[name], here))
        else:
            found.append(write(default(), here) if callable(default) else default)
    return found


@cache
def _plan(fields: tuple[Field, ...], vendor: str) -> list[tuple[str, Callable[[Any, BaseDatabaseWrapper], Any], Any]]:
    """For each field the attribute, how a value is written, and its default: ready to be written, or what makes it."""
    here = connections[DEFAULT_DB_ALIAS]
    plan = []
    for field in fields:
        write = _as_json_text if isinstance(field, JSONField) else field.get_db_prep_save
        is_made = field.has_default() and callable(field.default)
        plan.append((field.attname, write, field.default if is_made else write(field.get_default(), here)))
    return plan


def _as_json_text(value: Any, here: BaseDatabaseWrapper) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def mark_stored(row: Model, here: BaseDatabaseWrapper, key: Any) -> None:
    """Have the row know that it is one, by its key."""
    row.pk = key
    for name in _left(row):
        del row.__dict__[name]
    row._state.adding, row._state.db = False, here.alias


@cache
def _insertion(model: type[Model], left: tuple[str, ...], vendor: str) -> tuple[str, list[Any], bool]:
    """The statement for a row of a model, the fields that it takes, and whether it returns the key."""
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    fields = [field for field in fields if not field.generated and field.attname not in left]
    query = InsertQuery(model)
    query.insert_values(fields, [model()])
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.returning_fields = [meta.pk] if meta.auto_field else []
    ((sql, _),) = compiler.as_sql()
    return sql, fields, bool(compiler.returning_fields)
