"""What SQLite's planner knows of the tables that grow: without it, the review queue is sorted anew for every page.

Left out on purpose: PostgreSQL, which looks after its own."""

from django.db import connection

from recognizer.models import DrawingFacts, Label

TABLES = (Label, DrawingFacts)


def renew() -> None:
    """Let the planner count the rows behind each index."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for model in TABLES:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
