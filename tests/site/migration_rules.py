"""Which changes of tables the code of the release before does not live with, found in the migrations themselves.

While a release is brought out, processes of the old and of the new code run on the tables of the new one. Left out on
purpose: what RunPython does to rows. That is tried, in test_migrations.py, by writing rows as the old code does."""

import re
from collections.abc import Iterator

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

GONE = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
DANGEROUS_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME|SET\s+NOT\s+NULL)\b", re.IGNORECASE)


def problems(migration: migrations.Migration, released: ProjectState) -> list[str]:
    """What is wrong with a migration, in sentences; `released` are the models of the release before.

    One that takes away what no released code uses any more says so: `unused_since = "0.2: nothing reads it"`."""
    if getattr(migration, "unused_since", ""):
        return []
    return [
        f"{migration.app_label}.{migration.name}: {said}"
        for operation in _flat(migration.operations)
        for said in _said(operation, migration.app_label, released)
    ]


def _flat(operations: list[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _said(operation: Operation, app: str, released: ProjectState) -> Iterator[str]:
    what = operation.describe()
    if isinstance(operation, migrations.RunSQL):
        if DANGEROUS_SQL.search(str(operation.sql)):
            yield f"{what} takes away or renames what the release before uses"
        return
    is_renamed = isinstance(operation, migrations.RenameModel)
    model = operation.old_name if is_renamed else getattr(operation, "model_name", getattr(operation, "name", ""))
    old = released.models.get((app, model.lower()))
    if old is not None:
        yield from _said_of_a_table(operation, what, old)


def _said_of_a_table(operation: Operation, what: str, old: object) -> Iterator[str]:
    if isinstance(operation, GONE):
        yield f"{what}: the release before still uses it; take it away one release after nothing does"
    elif isinstance(operation, migrations.AddField) and _has_to_be_given(operation.field):
        yield f"{what}: the release before does not give it a value; make it null, or give it a db_default"
    elif isinstance(operation, migrations.AlterField):
        yield from _narrower(what, old.fields.get(operation.name), operation.field)
    elif isinstance(operation, migrations.AddConstraint) and _names(operation.constraint) <= set(old.fields):
        yield f"{what}: rows of the release before may break it; add it one release after the code that keeps it"


def _has_to_be_given(field: models.Field) -> bool:
    return not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)


def _narrower(what: str, before: models.Field | None, after: models.Field) -> Iterator[str]:
    if before is None:
        return
    if before.null and not after.null:
        yield f"{what}: the release before writes null there"
    if type(before) is not type(after):
        yield f"{what}: the release before expects {type(before).__name__} and not {type(after).__name__}"
    if (after.max_length or 1e9) < (before.max_length or 1e9):
        yield f"{what}: the release before writes up to {before.max_length or 'any number of'} characters there"
    if after.unique and not before.unique:
        yield f"{what}: the release before may write the same twice"


def _names(constraint: models.BaseConstraint) -> set[str]:
    """The fields that a constraint is about."""
    names = set(getattr(constraint, "fields", ()))
    return names | {name.split("__")[0] for name in _in_condition(getattr(constraint, "condition", None))}


def _in_condition(condition: object) -> Iterator[str]:
    for child in getattr(condition, "children", ()):
        if isinstance(child, tuple):
            yield child[0]
        else:
            yield from _in_condition(child)
