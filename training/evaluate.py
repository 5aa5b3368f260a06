"""How right a list of answers is: counts only, no network and no images.

Left out on purpose: any average that hides n. A rejected image, answered None or -1, counts as not correct."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

CLASSES = 10
REJECTED = -1


@dataclass(frozen=True)
class Score:
    """per_digit[d] is the share of the images of d that were read as d, None if there are none.

    confusion[d][a] counts the images of d that were answered a; rejected ones are in no column.
    """

    n: int
    correct: int
    rejected: int
    per_digit: list[float | None]
    confusion: list[list[int]]

    @property
    def accuracy(self) -> float | None:
        """correct / n, None without any image."""
        return self.correct / self.n if self.n else None


def score(predictions: Iterable[int | None], labels: Iterable[int]) -> Score:
    """Compare answers (n,), 0 to 9 or None or -1, with labels (n,), 0 to 9; raise ValueError for any other value."""
    answers = np.array([REJECTED if answer is None else int(answer) for answer in predictions], np.int64)
    truth = np.array([int(label) for label in labels], np.int64)
    if len(answers) != len(truth):
        raise ValueError(f"{len(truth)} labels need as many predictions, not {len(answers)}")
    check_range("predictions", answers, REJECTED)
    check_range("labels", truth, 0)
    confusion = np.zeros((CLASSES, CLASSES), np.int64)
    read = answers != REJECTED
    np.add.at(confusion, (truth[read], answers[read]), 1)
    return from_counts(confusion, np.bincount(truth, minlength=CLASSES))


def from_counts(confusion: np.ndarray, images: np.ndarray) -> Score:
    """The score of a confusion matrix (10, 10), or of the sum of several, where there are images[d] images of d."""
    right = confusion.diagonal()
    return Score(
        n=int(images.sum()),
        correct=int(right.sum()),
        rejected=int(images.sum() - confusion.sum()),
        per_digit=[float(r / n) if n else None for r, n in zip(right, images, strict=True)],
        confusion=confusion.tolist(),
    )


def check_range(name: str, values: np.ndarray, least: int) -> None:
    wrong = values[(values < least) | (values >= CLASSES)]
    if len(wrong):
        raise ValueError(f"{name} must be {least} to {CLASSES - 1}, not {wrong[0]}")
