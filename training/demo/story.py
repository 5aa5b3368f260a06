"""What became of each of the demo's drawings: what its visitor said it is, and what reviewers made of that.

Decided here, from the seed, and written down by `labels.py`. Left out on purpose: rows and moments on the calendar."""

from dataclasses import dataclass

import numpy as np

from recognizer.models import Label
from training.demo.people import Drawn

LABELLED_SHARE, MISTAKEN_SHARE = 0.75, 0.05
# Reviewers are this far behind, and leave something out even before that.
REVIEWED_UP_TO_DAYS = 5.0
REVIEWED_SHARE, REPLACED_SHARE, ADDED_SHARE, DISPUTED_SHARE = 0.92, 0.6, 0.15, 0.05
HIDDEN_SHARE = 0.25  # of what is no digit
REVIEWERS = 2

Labels = Label.State


@dataclass(frozen=True)
class Fate:
    """`claim` counts if it `is_labelled`. `verdict` is a label's state, `reads` what a reviewer put in the place of the
    claim, if `is_replaced`. A `disputed` label was rejected first, which was taken back. Days are counted back."""

    is_labelled: bool
    claim: int | None
    verdict: Labels
    days_ago: float
    reviewer: int
    reads: int | None = None
    is_replaced: bool = False
    is_disputed: bool = False
    is_hidden: bool = False

    @property
    def digit(self) -> int | None:
        return self.reads if self.is_replaced else self.claim

    @property
    def has_label(self) -> bool:
        return self.is_labelled or self.is_replaced

    @property
    def is_accepted(self) -> bool:
        return self.verdict == Labels.ACCEPTED and not self.is_hidden


def fates(drawn: list[Drawn], *, seed: int) -> list[Fate]:
    return [_fate(one, np.random.default_rng([seed, 4, number])) for number, one in enumerate(drawn)]


def _fate(drawn: Drawn, rng: np.random.Generator) -> Fate:
    is_labelled, claim = bool(rng.random() < LABELLED_SHARE), drawn.truth
    if is_labelled and rng.random() < MISTAKEN_SHARE:
        claim = int(rng.choice([digit for digit in range(10) if digit != drawn.truth]))
    looked_at = max(0.01, drawn.days_ago - float(rng.uniform(0.1, 2.5)))
    is_reviewed = looked_at > REVIEWED_UP_TO_DAYS and rng.random() < REVIEWED_SHARE
    who = {"days_ago": looked_at, "reviewer": int(rng.integers(REVIEWERS))}
    is_hidden = drawn.truth is None and bool(rng.random() < HIDDEN_SHARE)
    said = {"is_labelled": is_labelled, "claim": claim, "is_hidden": is_hidden, **who}
    if not is_reviewed:
        return Fate(verdict=Labels.UNREVIEWED, **said)
    if not is_labelled:
        added = {"reads": drawn.truth, "is_replaced": True} if rng.random() < ADDED_SHARE else {}
        return Fate(verdict=Labels.ACCEPTED if added else Labels.UNREVIEWED, **said, **added)
    if claim == drawn.truth:
        return Fate(verdict=Labels.ACCEPTED, **said, is_disputed=bool(rng.random() < DISPUTED_SHARE))
    if rng.random() < REPLACED_SHARE:
        return Fate(verdict=Labels.ACCEPTED, **said, reads=drawn.truth, is_replaced=True)
    return Fate(verdict=Labels.REJECTED, **said)
