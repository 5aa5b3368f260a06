"""Statements of the busiest request, worded by Django once a process: wording one costs more than running it.

What runs is what the query set or the row would have run. Left out on purpose: signals of `save`, which nothing here
listens to, and everything that is asked seldom."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

# Stand for the one value that differs: nothing that is asked for is one of these.
TEXT, NUMBER = "prepared:value", -7_346_501_822


class Prepared:
    """A query for one value, a text or a number: `build` makes its query set of tuples for any such value."""

    def __init__(self, build: Callable[[Any], QuerySet], mark: str | int) -> None:
        self._build, self._mark = build, mark
        self._compiled: dict[str, Callable[[Any], Any]] = {}

    def first(self, value: Any) -> Any:
        """The first row for this value as a tuple, in the order of the query's columns; None if there is none."""
        ask = self._compiled.get(connection.vendor)
        if ask is None:
            ask = self._compiled[connection.vendor] = self._compile()
        return ask(value)

    def _compile(self) -> Callable[[Any], tuple | None]:
        compiler = self._build(self._mark).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if list(params).count(self._mark) != 1:
            raise ValueError(f"the query has its value {list(params).count(self._mark)} times, not once: {sql}")
        at = params.index(self._mark)
        converters = compiler.get_converters([column[0] for column in compiler.select])

        def ask(value: Any) -> tuple | None:
            with connection.cursor() as cursor:
                cursor.execute(sql, (*params[:at], value, *params[at + 1 :]))
                row = cursor.fetchone()
            return tuple(next(compiler.apply_converters([row], converters))) if row else None

        return ask


def insert(row: Model) -> None:
    """Insert a new row, and give it the key that the database made for it. Raises IntegrityError.

    What is left to the database's own defaults is read from there when it is asked for."""
    left = [name for name, value in row.__dict__.items() if isinstance(value, DatabaseDefault)]
    sql, fields, returns_key = _insertion(type(row), tuple(left), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if returns_key:
            row.pk = cursor.fetchone()[0]
    for name in left:
        del row.__dict__[name]
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insertion(model: type[Model], left: tuple[str, ...], vendor: str) -> tuple[str, list[Any], bool]:
    """The statement for a row of a model, the fields that it takes, and whether it returns the key."""
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    fields = [field for field in fields if not field.generated and field.attname not in left]
    query = InsertQuery(model)
    query.insert_values(fields, [model()])
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = [meta.pk] if meta.auto_field else []
    ((sql, _),) = compiler.as_sql()
    return sql, fields, bool(compiler.returning_fields)
