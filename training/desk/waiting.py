"""Labels that wait for a person, and what the next training can learn from.

Left out on purpose: the queue itself, whose address is looked up by name and may not be there."""

from datetime import timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from training.desk.reading import Kept

QUEUE = "admin:recognizer_drawing_review"
LONG = timedelta(days=7)


def waiting(kept: Kept) -> dict[str, Any]:
    since = kept.totals["waiting_since"]
    return {
        "n": kept.totals["waiting"] or 0,
        "since": since,
        "is_long": bool(since and timezone.now() - since > LONG),
        "learnable": kept.totals["learnable"] or 0,
        "address": queue(),
    }


def queue() -> str:
    """The review queue, or the list of what waits where there is none."""
    try:
        return reverse(QUEUE)
    except NoReverseMatch:
        return f"{reverse('admin:recognizer_drawing_changelist')}?label=unreviewed"
