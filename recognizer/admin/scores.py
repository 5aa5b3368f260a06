"""What a version scored, made ready to show: figures with their n, and the confusion matrix as shaded cells.

Left out on purpose: measuring, which is training's."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import figures
from recognizer.models import Evaluation, ModelVersion
from recognizer.words import commas, decimal, percent

DATASET_NAMES = {
    Evaluation.MNIST_TEST: gettext_lazy("MNIST test images"),
    Evaluation.DRAWINGS: gettext_lazy("reviewed drawings of held-out visitors"),
    Evaluation.ANSWERED: gettext_lazy("reviewed drawings that it answered"),
}


def name(dataset: str) -> str:
    return DATASET_NAMES.get(dataset, dataset)


def latest(version: ModelVersion, dataset: str) -> Evaluation | None:
    """The newest of a version that came with its evaluations as `measured`, the oldest first."""
    return next((row for row in reversed(version.measured) if row.dataset == dataset), None)


def figure(evaluation: Evaluation | None) -> str:
    """The accuracy with its n, or that there is none."""
    if evaluation is None or not evaluation.n:
        return _("not measured")
    return _("%(accuracy)s of %(n)s") % {"accuracy": percent(evaluation.accuracy, 2), "n": commas(evaluation.n)}


def interval(correct: int | None, n: int | None) -> str:
    """Between which shares the true one lies, with 95 % confidence; nothing without any image."""
    if not n:
        return ""
    low, high = figures.wilson(correct, n)
    return (
        _("%(low)s to %(high)s") % {"low": decimal(f"{100 * low:.1f}"), "high": percent(high)}
        if high - low >= 0.01
        else _("%(low)s to %(high)s") % {"low": decimal(f"{100 * low:.2f}"), "high": percent(high, 2)}
    )


def counted_of(evaluation: Evaluation) -> str:
    """Which images were counted, in words: two figures of one name may be of other ones."""
    meant = evaluation.meant
    if not meant.get("images"):
        return ""
    words = _("images %(digest)s") % {"digest": meant["images"][:8]}
    if meant.get("last_drawing"):
        words = _("drawings up to number %(number)s, list %(digest)s") % {
            "number": commas(meant["last_drawing"]),
            "digest": meant["images"][:8],
        }
    return words


def shown(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation with all that its card shows."""
    return {
        "row": evaluation,
        "name": name(evaluation.dataset),
        "figure": figure(evaluation),
        "interval": interval(evaluation.correct, evaluation.n),
        "counted": counted_of(evaluation),
        "matrix": matrix(evaluation),
    }


def matrix(evaluation: Evaluation) -> list[dict[str, Any]]:
    """A row for each true digit: its cells with their share of the row, how many there are, and the share read right.

    A drawing that was taken for no digit is in no cell; it counts in the share read right, where that is known."""
    return [
        _matrix_row(digit, counts, evaluation.per_digit[digit], images)
        for digit, (counts, images) in enumerate(
            zip(evaluation.confusion, figures.images_per_digit(evaluation), strict=True)
        )
    ]


def _matrix_row(digit: int, counts: list[int], recall: float | None, images: int | None) -> dict[str, Any]:
    answered = sum(counts)
    cells = [
        {
            "count": count,
            "share": f"{count / answered:.3f}" if answered else "0",
            "right": answer == digit,
            "answer": answer,
        }
        for answer, count in enumerate(counts)
    ]
    return {
        "digit": digit,
        "cells": cells,
        "answered": answered,
        "recall": percent(recall),
        "images": images,
        "interval": interval(counts[digit], images),
    }
