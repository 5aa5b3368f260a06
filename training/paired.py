"""What two versions answered for the same images, counted: who was right where the other was not, digit by digit.

Left out on purpose: which is better (`gate.py`), and where images come from (`comparing.py`). Only counts are kept and
a bounded number of flips, so that a million drawings take no more memory than ten."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from recognizer.recognition import Recognition
from training import mcnemar
from training.calibration import BINS

CLASSES = 10
SIDES = ("candidate", "champion")


@dataclass
class Calibration:
    """How sure the answers were and how often right, in 15 bins of equal width; what was rejected claims nothing."""

    n: list[int] = field(default_factory=lambda: [0] * BINS)
    confidence: list[float] = field(default_factory=lambda: [0.0] * BINS)
    right: list[int] = field(default_factory=lambda: [0] * BINS)

    def see(self, answer: Recognition, label: int) -> None:
        if answer.digit is None:
            return
        place = min(int(answer.confidence * BINS), BINS - 1)
        self.n[place] += 1
        self.confidence[place] += answer.confidence
        self.right[place] += answer.digit == label

    @property
    def error(self) -> float | None:
        """The expected calibration error of Naeini, Cooper and Hauskrecht (2015); None without any answer."""
        away = np.abs(np.array(self.right) - np.array(self.confidence)).sum()
        return float(away / sum(self.n)) if sum(self.n) else None


@dataclass
class Flips:
    """The images that one version reads right and the other does not: all counted, the surest mistakes kept."""

    most: int
    count: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)

    def see(self, flip: dict[str, Any], *, sureness: float) -> None:
        self.count += 1
        self.kept.append(flip | {"sureness": round(sureness, 6)})
        if len(self.kept) >= 2 * self.most + 1:
            self.trim()

    def trim(self) -> None:
        """Keep the mistakes that were made with most confidence; of equal ones those that came first."""
        self.kept.sort(key=lambda flip: (-flip["sureness"], flip["id"]))
        del self.kept[self.most :]


@dataclass
class Paired:
    """One data set read by both. `images[d]` counts the images of d, `right[side][d]` those that a side read as d.

    `sha256` is of every id, label and image that was read, `highest_id` the largest id."""

    dataset: str
    images: list[int]
    right: dict[str, list[int]]
    rejected: dict[str, int]
    calibration: dict[str, Calibration]
    both: int = 0
    only_candidate: int = 0
    only_champion: int = 0
    neither: int = 0
    gained: Flips = field(default_factory=lambda: Flips(0))
    lost: Flips = field(default_factory=lambda: Flips(0))
    sha256: str = ""
    highest_id: int | None = None

    @classmethod
    def empty(cls, dataset: str, *, most_flips: int = 0) -> "Paired":
        return cls(
            dataset=dataset,
            images=[0] * CLASSES,
            right={side: [0] * CLASSES for side in SIDES},
            rejected=dict.fromkeys(SIDES, 0),
            calibration={side: Calibration() for side in SIDES},
            gained=Flips(most_flips),
            lost=Flips(most_flips),
        )

    @property
    def n(self) -> int:
        return sum(self.images)

    @property
    def p(self) -> float:
        """McNemar's: how probable so lopsided a difference is between two versions that are equally good."""
        return mcnemar.p_value(self.only_candidate, self.only_champion)

    def correct(self, side: str) -> int:
        return sum(self.right[side])

    def accuracy(self, side: str) -> float | None:
        return self.correct(side) / self.n if self.n else None

    def see(self, key: int, label: int, candidate: Recognition, champion: Recognition) -> None:
        """Count an image with the answers that both gave for it."""
        self.images[label] += 1
        for side, answer in zip(SIDES, (candidate, champion), strict=True):
            self.right[side][label] += answer.digit == label
            self.rejected[side] += answer.digit is None
            self.calibration[side].see(answer, label)
        self._place(key, label, candidate, champion)

    def _place(self, key: int, label: int, candidate: Recognition, champion: Recognition) -> None:
        is_right = (candidate.digit == label, champion.digit == label)
        if is_right == (True, True):
            self.both += 1
        elif is_right == (False, False):
            self.neither += 1
        elif is_right == (True, False):
            self.only_candidate += 1
            self.gained.see(_flip(key, label, candidate, champion), sureness=champion.confidence)
        else:
            self.only_champion += 1
            self.lost.see(_flip(key, label, candidate, champion), sureness=candidate.confidence)

    def as_json(self) -> dict[str, Any]:
        """All of it, with the figures that follow from the counts."""
        self.gained.trim()
        self.lost.trim()
        derived = {
            "n": self.n,
            "p": self.p,
            "correct": {side: self.correct(side) for side in SIDES},
            "calibration_error": {side: self.calibration[side].error for side in SIDES},
        }
        return asdict(self) | derived

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Paired":
        fields = {name: kept[name] for name in cls.__dataclass_fields__}
        fields["calibration"] = {side: Calibration(**bins) for side, bins in kept["calibration"].items()}
        return cls(**fields | {name: Flips(**kept[name]) for name in ("gained", "lost")})


def find(pairs: Iterable[Paired], dataset: str) -> Paired:
    """The data set of that name; one without an image if it was not read."""
    return next((paired for paired in pairs if paired.dataset == dataset), Paired.empty(dataset))


def _flip(key: int, label: int, candidate: Recognition, champion: Recognition) -> dict[str, Any]:
    return {
        "id": key,
        "label": label,
        "candidate": candidate.digit,
        "champion": champion.digit,
        "candidate_confidence": round(candidate.confidence, 6),
        "champion_confidence": round(champion.confidence, 6),
    }
