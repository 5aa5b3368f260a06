"""What a site holds: whether the demo content is there, and whether anything real is.

Left out on purpose: doing something about it."""

from django.db.models import QuerySet

from recognizer.models import Drawing, ModelVersion, Visitor
from recognizer.words import counted, join_words
from training.models import TrainingJob


class DemoError(Exception):
    """The demo content cannot be made or removed; the message says why, and what to do."""


def is_there() -> bool:
    return Visitor.objects.filter(is_demo=True).exists()


def check_empty() -> None:
    """Raise DemoError unless nobody has drawn, trained or seeded here."""
    if is_there():
        raise DemoError("There is demo content already: `manage.py seed_demo --remove` removes it.")
    found = [counted(rows.count(), name) for name, rows in _real().items() if rows.exists()]
    if found:
        raise DemoError(
            f"This site holds {join_words(found)}, and demo content is for an empty one: it never mixes with what is "
            "real. Seed another site, for example with DATA_DIR=data/demo before the command."
        )


def _real() -> dict[str, QuerySet]:
    return {
        "real drawing": Drawing.objects.real(),
        "real job": TrainingJob.objects.filter(is_demo=False),
        "trained version": ModelVersion.objects.filter(is_demo=False, source=ModelVersion.Source.TRAINED),
    }
