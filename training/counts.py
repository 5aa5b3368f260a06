"""What a chunk of a measurement comes to, and what chunks come to together.

Left out on purpose: rows. `measurements.py` keeps counts in them, and adds them up."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recognizer.recognition import Recognition
from training import frozen
from training.evaluate import CLASSES

# Kept of each measurement, as a contact sheet has place for.
MOST_MISTAKES = 60


@dataclass
class Counts:
    """What a chunk, or all chunks together, come to: images by digit and answer, images by digit, and the mistakes in
    which the right digit got least, as [place or id, digit, answer, share]."""

    confusion: np.ndarray = field(default_factory=lambda: np.zeros((CLASSES, CLASSES), np.int64))
    images: np.ndarray = field(default_factory=lambda: np.zeros(CLASSES, np.int64))
    listed: frozen.ListSum = field(default_factory=frozen.ListSum)
    mistakes: list[list[Any]] = field(default_factory=list)

    def add(self, place: int, digit: int, answer: Recognition) -> None:
        self.images[digit] += 1
        if answer.digit is not None:
            self.confusion[digit, answer.digit] += 1
        if answer.digit != digit:
            self.mistakes.append([place, digit, answer.digit, round(answer.probabilities[digit], 4)])

    def worst(self) -> list[list[Any]]:
        return sorted(self.mistakes, key=lambda mistake: (mistake[3], mistake[0]))[:MOST_MISTAKES]
