"""Stores a drawing with its prediction in one statement, where nothing stands against it.

The statement itself looks whether its visitor is still there and not blocked, and whether the banned shapes are those
that this process knows. Left out on purpose: what happens where something does, which is `drawings.store`."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from recognizer import prepared
from recognizer.models import BannedShape, Drawing, Prediction, Visitor
from recognizer.visitors import Known

_CHANGED_AT = BannedShape._meta.get_field("changed_at")


def insert(
    drawing: Mapping[str, Any], prediction: Mapping[str, Any], visitor: Known, *, shapes_stamp: datetime | None
) -> int | None:
    """Insert both for the visitor, what they have by the names of their columns; return the drawing's key, or None,
    with nothing inserted, where the visitor is gone or blocked, or banned shapes have changed since `shapes_stamp`.
    Raises IntegrityError."""
    here = connections[DEFAULT_DB_ALIAS]
    known = [*visitor, _CHANGED_AT.get_db_prep_save(shapes_stamp, here)]
    if here.vendor == "postgresql":
        sql, fields, others = _both(here.vendor)
        values = [*known, *prepared.filled(fields, drawing, here), *prepared.filled(others, prediction, here)]
        with transaction.atomic() if here.in_atomic_block else nullcontext():
            made = prepared.run(here, sql, values)
        return made[0] if made else None
    sql, fields = _drawing(here.vendor)
    with transaction.atomic():
        made = prepared.run(here, sql, [*prepared.filled(fields, drawing, here), *known])
        if made:
            sql, others = _prediction(here.vendor)
            prepared.run(here, sql, [made[0], *prepared.filled(others, prediction, here)], returns=False)
    return made[0] if made else None


@cache
def _both(vendor: str) -> tuple[str, tuple[Field, ...], tuple[Field, ...]]:
    """The values are those of `_known`, of a drawing's fields and of a prediction's."""
    here = connections[DEFAULT_DB_ALIAS]
    fields, others = _fields(Drawing, "visitor"), _fields(Prediction, "drawing")
    key = _quoted(here, Drawing._meta.pk.column)
    sql = (
        f"WITH known AS ({_known(here)} FOR NO KEY UPDATE), "
        f"made AS ({_into(here, Drawing, 'visitor', fields)} "
        f"SELECT known.{key}, {_typed(here, fields)} FROM known RETURNING {key}) "
        f"{_into(here, Prediction, 'drawing', others)} "
        f"SELECT made.{key}, {_typed(here, others)} FROM made RETURNING {_columns(here, Prediction, ['drawing'])}"
    )
    return sql, fields, others


@cache
def _drawing(vendor: str) -> tuple[str, tuple[Field, ...]]:
    """The values are those of a drawing's fields and of `_known`."""
    here = connections[DEFAULT_DB_ALIAS]
    fields, key = _fields(Drawing, "visitor"), _quoted(here, Drawing._meta.pk.column)
    marks = ", ".join(["%s"] * len(fields))
    known = f"SELECT known.{key}, {marks} FROM ({_known(here)}) AS known"
    return f"{_into(here, Drawing, 'visitor', fields)} {known} RETURNING {key}", fields


@cache
def _prediction(vendor: str) -> tuple[str, tuple[Field, ...]]:
    """The values are the drawing's key and those of a prediction's other fields."""
    here = connections[DEFAULT_DB_ALIAS]
    others = _fields(Prediction, "drawing")
    marks = ", ".join(["%s"] * (len(others) + 1))
    return f"{_into(here, Prediction, 'drawing', others)} VALUES ({marks})", others


def _known(here: BaseDatabaseWrapper) -> str:
    """The visitor of a key and a key hash, unless blocked, or the last change of a banned shape was another."""
    key, key_hash, blocked_at = (_columns(here, Visitor, [name]) for name in ("id", "key_hash", "blocked_at"))
    shapes, changed_at = _quoted(here, BannedShape._meta.db_table), _columns(here, BannedShape, ["changed_at"])
    latest = f"(SELECT {changed_at} FROM {shapes} ORDER BY {changed_at} DESC LIMIT 1)"
    is_same = "IS" if here.vendor == "sqlite" else "IS NOT DISTINCT FROM"
    mark = _typed(here, [_CHANGED_AT])
    return (
        f"SELECT {key} FROM {_quoted(here, Visitor._meta.db_table)} "
        f"WHERE {key} = %s AND {key_hash} = %s AND {blocked_at} IS NULL AND {latest} {is_same} {mark}"
    )


def _fields(model: type[Model], link: str) -> tuple[Field, ...]:
    """All that are given a value, but for the foreign key that the statement finds."""
    return tuple(field for field in model._meta.local_concrete_fields if field.name != link and not field.generated
                 and field is not model._meta.auto_field)  # fmt: skip


def _into(here: BaseDatabaseWrapper, model: type[Model], link: str, fields: tuple[Field, ...]) -> str:
    names = _columns(here, model, [link, *(field.name for field in fields)])
    return f"INSERT INTO {_quoted(here, model._meta.db_table)} ({names})"


def _columns(here: BaseDatabaseWrapper, model: type[Model], names: list[str]) -> str:
    return ", ".join(_quoted(here, model._meta.get_field(name).column) for name in names)


def _typed(here: BaseDatabaseWrapper, fields: tuple[Field, ...]) -> str:
    """Placeholders; PostgreSQL has to be told the type of a value that it does not put into a column at once. Without
    the longest length, to which a text would be cut off silently."""
    if here.vendor == "sqlite":
        return ", ".join(["%s"] * len(fields))
    return ", ".join(f"%s::{field.db_type(here).partition('(')[0]}" for field in fields)


def _quoted(here: BaseDatabaseWrapper, name: str) -> Any:
    return here.ops.quote_name(name)
