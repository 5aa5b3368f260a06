"""What a version scored, made ready to show: figures with their n, and the confusion matrix as shaded cells.

Left out on purpose: measuring, which is training's."""

from typing import Any

from recognizer.models import Evaluation, ModelVersion
from recognizer.words import percent

DATASET_NAMES = {
    Evaluation.MNIST_TEST: "MNIST test images",
    Evaluation.DRAWINGS: "reviewed drawings of held-out visitors",
    Evaluation.ANSWERED: "reviewed drawings that it answered",
}


def name(dataset: str) -> str:
    return DATASET_NAMES.get(dataset, dataset)


def latest(version: ModelVersion, dataset: str) -> Evaluation | None:
    """The newest of a version that came with its evaluations as `measured`, the oldest first."""
    return next((row for row in reversed(version.measured) if row.dataset == dataset), None)


def figure(evaluation: Evaluation | None) -> str:
    """The accuracy with its n, or that there is none."""
    if evaluation is None or not evaluation.n:
        return "not measured"
    return f"{percent(evaluation.accuracy, 2)} of {evaluation.n:,}"


def shown(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation with all that its card shows."""
    return {
        "row": evaluation,
        "name": name(evaluation.dataset),
        "figure": figure(evaluation),
        "matrix": matrix(evaluation),
    }


def matrix(evaluation: Evaluation) -> list[dict[str, Any]]:
    """A row for each true digit: its cells with their share of the row, how many there are, and the share read right.

    A drawing that was taken for no digit is in no cell; it counts in the share read right, where that is known."""
    return [
        _matrix_row(digit, counts, evaluation.per_digit[digit]) for digit, counts in enumerate(evaluation.confusion)
    ]


def _matrix_row(digit: int, counts: list[int], recall: float | None) -> dict[str, Any]:
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
    return {"digit": digit, "cells": cells, "answered": answered, "recall": percent(recall)}
