"""Packs the lists of snapshots into parts, and makes room for what is known of drawings deleted since."""

import struct

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

PART = 4096
RECORD = struct.Struct("<QB")
LABELS = 11


def pack(apps, schema_editor):
    Snapshot, SnapshotPart = apps.get_model("training", "Snapshot"), apps.get_model("training", "SnapshotPart")
    for snapshot in Snapshot.objects.order_by("pk").iterator(1):
        items = sorted(snapshot.items)
        for number, start in enumerate(range(0, len(items), PART)):
            some = items[start : start + PART]
            SnapshotPart.objects.create(
                snapshot=snapshot,
                number=number,
                first_id=some[0][0],
                last_id=some[-1][0],
                records=b"".join(RECORD.pack(*item) for item in some),
            )
        labels = [label for _, label in items]
        snapshot.per_label = [labels.count(label) for label in range(LABELS)]
        snapshot.save(update_fields=["per_label"])
    # PostgreSQL changes no table while checks of it are put off to the end of the transaction.
    schema_editor.connection.check_constraints()


def unpack(apps, schema_editor):
    Snapshot, SnapshotPart = apps.get_model("training", "Snapshot"), apps.get_model("training", "SnapshotPart")
    for snapshot in Snapshot.objects.order_by("pk").iterator(1):
        parts = SnapshotPart.objects.filter(snapshot=snapshot).order_by("number").values_list("records", flat=True)
        snapshot.items = [list(record) for part in parts for record in RECORD.iter_unpack(bytes(part))]
        snapshot.save(update_fields=["items"])
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [("training", "0007_exports")]

    operations = [
        migrations.AlterField(
            model_name="snapshot",
            name="items",
            field=models.JSONField(default=list, help_text="[drawing id, digit] pairs in the order of the ids."),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="left_out",
            field=models.PositiveIntegerField(default=0, help_text="Drawings of visitors who had more than that."),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="per_label",
            field=models.JSONField(default=list, help_text="How many drawings of each digit, and last of no digit."),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="visitor_most",
            field=models.PositiveIntegerField(
                help_text="The most drawings of one visitor; null: no bound.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.CreateModel(
            name="DeletedDrawing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("drawing_id", models.PositiveBigIntegerField(unique=True, verbose_name="drawing")),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("visitor", "the visitor"),
                            ("admin", "an admin"),
                            ("unknown", "somebody past the site"),
                        ],
                        max_length=10,
                        verbose_name="deleted by",
                    ),
                ),
                ("deleted_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("snapshots", models.ManyToManyField(related_name="deleted_drawings", to="training.snapshot")),
            ],
            options={"ordering": ["-pk"]},
        ),
        migrations.CreateModel(
            name="SnapshotPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("first_id", models.PositiveBigIntegerField()),
                ("last_id", models.PositiveBigIntegerField()),
                ("records", models.BinaryField()),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="training.snapshot"
                    ),
                ),
            ],
            options={
                "ordering": ["snapshot", "number"],
                "indexes": [models.Index(fields=["first_id", "last_id"], name="snapshot_part_ids")],
                "constraints": [models.UniqueConstraint(fields=("snapshot", "number"), name="snapshot_part_once")],
            },
        ),
        migrations.RunPython(pack, unpack),
        migrations.RemoveField(model_name="snapshot", name="items"),
    ]
