"""Which tables a backup holds, each described by its columns and what kind of value they have.

The description goes into the backup, so that reading one needs no models. Left out on purpose: how a database writes
such a value, which is `kinds.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from recognizer.models import Drawing, ModelVersion
from training.backups.errors import BackupError
from training.models import Export, Yardstick

# Apps and models whose rows no backup holds, and why
LEFT_OUT = {
    "sessions": "logins and sessions end by themselves: people log in again",
    "axes": "failed and past logins, with addresses, are not kept longer than the site keeps them",
    "recognizer.visitoraddress": "hashes of addresses are not kept longer than the site keeps them",
    "recognizer.drawingfacts": "made again from drawings, answers and labels",
    "training.exportpart": "the files of exports are left out: they can be exported again",
    "training.workerseen": "workers say themselves that they are there",
}
# Columns that name a file which no backup holds
EMPTIED = {(Export._meta.db_table, "file")}
# Columns that name a file which a backup holds, with the storage that it is in
FILES = {
    (Drawing._meta.db_table, "upload"): "uploads",
    (ModelVersion._meta.db_table, "weights"): "weights",
    (Yardstick._meta.db_table, "original"): "yardsticks",
    (Yardstick._meta.db_table, "records"): "yardsticks",
}
STORAGES = sorted(set(FILES.values()))
# A row that has something in this column has lost its file on purpose.
FILE_REMOVED = {(ModelVersion._meta.db_table, "weights"): "weights_removed_at"}

KINDS = {
    "integer": ("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField",
                "PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField"),
    "float": ("FloatField",),
    "boolean": ("BooleanField",),
    "text": ("CharField", "TextField", "FileField", "SlugField", "URLField", "EmailField"),
    "moment": ("DateTimeField",),
    "day": ("DateField",),
    "duration": ("DurationField",),
    "json": ("JSONField",),
    "bytes": ("BinaryField",),
    "uuid": ("UUIDField",),
    "address": ("GenericIPAddressField",),
}  # fmt: skip
_KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}


@dataclass(frozen=True)
class Table:
    """A table with its columns, (name, kind) each. `counted` is the column that the database numbers, if one is."""

    name: str
    key: str
    columns: tuple[tuple[str, str], ...]
    counted: str = ""

    @property
    def member(self) -> str:
        """Its file in a backup."""
        return f"rows/{self.name}.jsonl.gz"

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]


def kept() -> list[Table]:
    """The tables that a backup holds, in a fixed order."""
    return sorted((_described(model) for model in all_models() if is_kept(model)), key=lambda table: table.name)


def all_models() -> Iterator[type[models.Model]]:
    """Every model with a table of its own, those that only join two others included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def is_kept(model: type[models.Model]) -> bool:
    return model._meta.app_label not in LEFT_OUT and model._meta.label_lower not in LEFT_OUT


def kind_of(field: Any) -> str:
    """What kind of value a field's column has; that of the other side for a foreign key. Raises BackupError."""
    if field.is_relation:
        return kind_of(field.target_field)
    try:
        return _KIND_OF[field.get_internal_type()]
    except KeyError:
        raise BackupError(f"{field} is a {field.get_internal_type()}, which backups do not know yet") from None


def _described(model: type[models.Model]) -> Table:
    meta = model._meta
    columns = [(field.column, kind_of(field)) for field in meta.concrete_fields if not field.generated]
    return Table(meta.db_table, meta.pk.column, tuple(columns), meta.auto_field.column if meta.auto_field else "")
