"""Keeps `DrawingFacts`: triggers of the database copy what changes, in the transaction that changes it.

So whoever writes drawings, predictions or labels, in whatever way, cannot leave the facts behind. A migration on SQLite
makes tables anew and loses their triggers, so that they are put back after every one, and the facts with them. Left out
on purpose: what the facts are for, which is the lists of the admin."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Max, Min

from recognizer.models import Drawing, DrawingFacts, Label, Prediction

REBUILDING_CACHE_KIB = 256 * 1024
DRAWINGS_AT_ONCE = 20_000
# A view of this name is there while facts may be missing, so that who was interrupted goes on the next time.
UNFINISHED = "recognizer_facts_unfinished"

OF_DRAWING = ("visitor_id", "source", "created_at", "hidden_as")
FACTS, DRAWING = DrawingFacts._meta.db_table, Drawing._meta.db_table
PREDICTION, LABEL = Prediction._meta.db_table, Label._meta.db_table
_SET_PREDICTION = "version_id = NEW.version_id, read = NEW.digit, confidence = NEW.confidence"

# name: what fires it, and what it does; the same words for SQLite and PostgreSQL.
# PostgreSQL fires triggers once a statement is done: where that inserts a drawing together with its prediction, the
# facts have both from the start, and not all of their indexes are written twice.
TRIGGERS = {
    "facts_drawing_new": (
        f"INSERT ON {DRAWING}",
        f"INSERT INTO {FACTS} (drawing_id, {', '.join(OF_DRAWING)}, version_id, read, confidence, state) "
        f"SELECT NEW.id, {', '.join(f'NEW.{name}' for name in OF_DRAWING)}, p.version_id, p.digit, p.confidence, '' "
        f"FROM (SELECT 1) AS new LEFT JOIN {PREDICTION} p ON p.drawing_id = NEW.id",
    ),
    "facts_drawing_changed": (
        f"UPDATE OF {', '.join(OF_DRAWING)} ON {DRAWING}",
        f"UPDATE {FACTS} SET {', '.join(f'{name} = NEW.{name}' for name in OF_DRAWING)} WHERE drawing_id = NEW.id",
    ),
    "facts_drawing_gone": (f"DELETE ON {DRAWING}", f"DELETE FROM {FACTS} WHERE drawing_id = OLD.id"),
    "facts_prediction_new": (
        f"INSERT ON {PREDICTION}",
        f"UPDATE {FACTS} SET {_SET_PREDICTION} WHERE drawing_id = NEW.drawing_id AND version_id IS NULL",
    ),
    "facts_prediction_changed": (
        f"UPDATE OF version_id, digit, confidence ON {PREDICTION}",
        f"UPDATE {FACTS} SET {_SET_PREDICTION} WHERE drawing_id = NEW.drawing_id",
    ),
    "facts_prediction_gone": (
        f"DELETE ON {PREDICTION}",
        f"UPDATE {FACTS} SET version_id = NULL, read = NULL, confidence = NULL WHERE drawing_id = OLD.drawing_id",
    ),
    "facts_label_new": (
        f"INSERT ON {LABEL}",
        f"UPDATE {FACTS} SET state = NEW.state, means = NEW.digit WHERE drawing_id = NEW.drawing_id",
    ),
    "facts_label_changed": (
        f"UPDATE OF state, digit ON {LABEL}",
        f"UPDATE {FACTS} SET state = NEW.state, means = NEW.digit WHERE drawing_id = NEW.drawing_id",
    ),
    "facts_label_gone": (
        f"DELETE ON {LABEL}",
        f"UPDATE {FACTS} SET state = '', means = NULL WHERE drawing_id = OLD.drawing_id",
    ),
}

REBUILD = f"""
    INSERT INTO {FACTS} (drawing_id, {", ".join(OF_DRAWING)}, version_id, read, confidence, state, means)
    SELECT d.id, {", ".join(f"d.{name}" for name in OF_DRAWING)},
           p.version_id, p.digit, p.confidence, COALESCE(l.state, ''), l.digit
    FROM {DRAWING} d LEFT JOIN {PREDICTION} p ON p.drawing_id = d.id LEFT JOIN {LABEL} l ON l.drawing_id = d.id
    WHERE d.id BETWEEN %s AND %s"""


def before_migrations(plan: list | None = None, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """On SQLite a table cannot be made anew while triggers of others name it."""
    if plan and connections[using].vendor == "sqlite":
        remove(connections[using])


def after_migrations(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Put the triggers back where they are missing, and the facts right."""
    connection = connections[using]
    tables = connection.introspection.table_names(include_views=True)
    if FACTS not in tables:
        return
    found = _triggers(connection)
    if UNFINISHED in tables or set(found) != set(TRIGGERS):
        install(connection)
        rebuild(connection)
    elif found != {name: _kept_as(connection, name) for name in TRIGGERS}:
        _word_anew(connection)


def install(connection: Any) -> None:
    """Let the database keep the facts from now on."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _drop(connection, cursor)
        cursor.execute(f"CREATE VIEW {UNFINISHED} AS SELECT 1 AS one")
        for name, (event, statement) in TRIGGERS.items():
            for words in _words(connection, name, event, statement):
                cursor.execute(words)


def remove(connection: Any) -> None:
    """Let the database keep them no longer."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _drop(connection, cursor)


def rebuild(connection: Any) -> None:
    """Work all facts out anew, so many drawings at a time; what others change meanwhile is kept by the triggers."""
    with _room_to_work(connection):
        _rebuild(connection)


@contextmanager
def _room_to_work(connection: Any) -> Iterator[None]:
    """SQLite: memory for the indexes, which else are read and written again for each drawing; and no writing over of
    rows that are written again at once."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        kept = [(name, cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("cache_size", "secure_delete")]
        cursor.execute(f"PRAGMA cache_size = -{REBUILDING_CACHE_KIB}")
        cursor.execute("PRAGMA secure_delete = OFF")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in kept:
                cursor.execute(f"PRAGMA {name} = {value}")


def _rebuild(connection: Any) -> None:
    ids = Drawing.objects.using(connection.alias).order_by().aggregate(first=Min("pk"), last=Max("pk"))
    first, last = ids["first"] or 0, ids["last"] or 0
    with connection.cursor() as cursor:
        around = (
            f"(drawing_id < %s OR drawing_id > %s) AND NOT EXISTS (SELECT 1 FROM {DRAWING} d WHERE d.id = drawing_id)"
        )
        cursor.execute(f"DELETE FROM {FACTS} WHERE {around}", [first, last])
    for start in range(first, last + 1, DRAWINGS_AT_ONCE):
        rebuild_part(connection, start, min(start + DRAWINGS_AT_ONCE - 1, last))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW IF EXISTS {UNFINISHED}")


def rebuild_part(connection: Any, first: int, last: int) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A trigger that has not run yet waits for this, and finds the row that is made here.
            cursor.execute(f"LOCK TABLE {FACTS} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"DELETE FROM {FACTS} WHERE drawing_id BETWEEN %s AND %s", [first, last])
        cursor.execute(REBUILD, [first, last])


def _words(connection: Any, name: str, event: str, statement: str) -> list[str]:
    if connection.vendor == "sqlite":
        return [f"CREATE TRIGGER {name} AFTER {event} BEGIN {statement}; END"]
    return [_function(name, statement), f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW EXECUTE FUNCTION {name}()"]


def _function(name: str, statement: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${_body(statement)}$$"


def _body(statement: str) -> str:
    return f" BEGIN {statement}; RETURN NULL; END "


def _word_anew(connection: Any) -> None:
    """Put today's words into the place of an earlier release's; what those have kept stays as it is. On PostgreSQL
    nobody waits for it."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name, (event, statement) in TRIGGERS.items():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER {name}")
                cursor.execute(*_words(connection, name, event, statement))
            else:
                cursor.execute(_function(name, statement))


def _triggers(connection: Any) -> dict[str, str]:
    """The words of those that are there, as the database has kept them."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'facts_%%'")
        else:
            cursor.execute(
                "SELECT tgname, prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE NOT tgisinternal AND tgname LIKE 'facts_%%'"
            )
        return dict(cursor.fetchall())


def _kept_as(connection: Any, name: str) -> str:
    """The words of a trigger as the database keeps them."""
    event, statement = TRIGGERS[name]
    if connection.vendor == "sqlite":
        return _words(connection, name, event, statement)[0]
    return _body(statement)


def _drop(connection: Any, cursor: Any) -> None:
    cursor.execute(f"DROP VIEW IF EXISTS {UNFINISHED}")
    for name in TRIGGERS:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
