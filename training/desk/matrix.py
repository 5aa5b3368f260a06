"""Which digit is taken for which, on this site's own drawings; each cell leads to the drawings that it counts.

Left out on purpose: what nobody has reviewed, and what is hidden."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from recognizer.words import commas
from training.desk.reading import NONE, Kept, Share

CLASSES = (*range(10), NONE)


def matrix(kept: Kept) -> dict[str, Any]:
    """A row for each true digit and one for what is none; a column for each answer and one for none."""
    counts: Counter[tuple[int, int]] = Counter()
    for row in kept.rows:
        for _version, _way, digit, answer, n in row.cells:
            counts[digit, answer] += n
    return {"n": counts.total(), "rows": [_row(kept, digit, counts) for digit in CLASSES], "columns": _names()}


def address(kept: Kept, **filters: str | int) -> str:
    """The list of the drawings that this page counts, narrowed down."""
    query = {**filters, "label": "accepted", "counted": kept.first.isoformat()}
    return f"{reverse('admin:recognizer_drawing_changelist')}?{urlencode(query)}"


def name(digit: int) -> str:
    return "none" if digit == NONE else str(digit)


def _shown(digit: int) -> str:
    return _("none") if digit == NONE else str(digit)


def _names() -> list[str]:
    return [_shown(digit) for digit in CLASSES]


def _row(kept: Kept, digit: int, counts: Counter) -> dict[str, Any]:
    n = sum(counts[digit, answer] for answer in CLASSES)
    return {
        "name": _shown(digit),
        "share": Share(counts[digit, digit], n),
        "cells": [_cell(kept, digit, answer, counts[digit, answer], n) for answer in CLASSES],
    }


def _cell(kept: Kept, digit: int, answer: int, count: int, n: int) -> dict[str, Any]:
    return {
        "count": count,
        "right": digit == answer,
        "share": f"{count / n:.3f}" if n else "0",
        "words": _("%(count)s of %(n)s %(true)s read as %(read)s")
        % {"count": commas(count), "n": commas(n), "true": _true(digit), "read": _read(answer)},
        "address": address(kept, means=name(digit), read=name(answer)) if count else "",
    }


def _true(digit: int) -> str:
    return _("that are no digit") if digit == NONE else _("drawings of a %(digit)s") % {"digit": digit}


def _read(digit: int) -> str:
    return _("no digit") if digit == NONE else str(digit)
