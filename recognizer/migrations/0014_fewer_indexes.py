from collections.abc import Callable

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def dropped(name: str, table: str, column: str) -> migrations.RunPython:
    """An index less. Others go on reading and writing the table: PostgreSQL would else wait for them with the table
    locked, and they for it."""

    def run(statement: str) -> Callable[[object, BaseDatabaseSchemaEditor], None]:
        def forward(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
            editor.execute(statement % {"by": "CONCURRENTLY" if editor.connection.vendor == "postgresql" else ""})

        return forward

    return migrations.RunPython(
        run(f"DROP INDEX %(by)s IF EXISTS {name}"),
        run(f"CREATE INDEX %(by)s IF NOT EXISTS {name} ON {table} ({column})"),
    )


class Migration(migrations.Migration):
    """What another index does as well, or nothing asks, is no longer written with each drawing.

    The indexes alone are dropped: Django would make SQLite's whole table anew for one of a foreign key."""

    atomic = False
    dependencies = [("recognizer", "0013_rooms")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                dropped("recognizer_drawing_visitor_id_51890d5f", "recognizer_drawing", "visitor_id"),
                dropped("recognizer__digit_c80188_idx", "recognizer_prediction", "digit"),
                dropped("recognizer__confide_a06fd3_idx", "recognizer_prediction", "confidence"),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="drawing",
                    name="visitor",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=models.deletion.CASCADE,
                        related_name="drawings",
                        to="recognizer.visitor",
                    ),
                ),
                migrations.RemoveIndex(model_name="prediction", name="recognizer__digit_c80188_idx"),
                migrations.RemoveIndex(model_name="prediction", name="recognizer__confide_a06fd3_idx"),
            ],
        ),
    ]
