from django.db import migrations, models


class Migration(migrations.Migration):
    """What another index does as well, or nothing asks, is no longer written with each drawing.

    The index alone is dropped: Django would make SQLite's whole table anew for it."""

    dependencies = [("recognizer", "0013_rooms")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS recognizer_drawing_visitor_id_51890d5f",
                    "CREATE INDEX recognizer_drawing_visitor_id_51890d5f ON recognizer_drawing (visitor_id)",
                )
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
                )
            ],
        ),
        migrations.RemoveIndex(model_name="prediction", name="recognizer__digit_c80188_idx"),
        migrations.RemoveIndex(model_name="prediction", name="recognizer__confide_a06fd3_idx"),
    ]
