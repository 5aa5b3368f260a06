"""The demo's visitors and what they draw, in memory: each with some favourite ways of writing, and a screen.

Everything follows from the seed but the moment from which the days are counted back. Left out on purpose: rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from recognizer import submissions
from recognizer.submissions import Submission
from training.generated import no_digits
from training.generated.hand import Hand, Lines
from training.generated.material import a_style

DAYS = 45
DRAWINGS_OF_A_VISITOR = 9
HELD_OUT_EVERY = 5
NO_DIGIT_SHARE = 0.06
FAVOURITE_SHARE = 0.7
SCREENS_PX = (280, 320, 360, 480, 640)
MS_A_POINT = 16
KINDS_OF_NONE = ("letter", "word", "scribble", "number")
HAND = Hand()


@dataclass(frozen=True)
class Person:
    """`favourites` has a skeleton for each digit; days are counted back from now."""

    side_px: int
    share: float
    first_day: float
    favourites: dict[int, tuple]
    held_out: bool


@dataclass(frozen=True)
class Drawn:
    """`truth` is what the person meant, None for no digit."""

    person: int
    truth: int | None
    days_ago: float
    submission: Submission = field(repr=False)


def people(count: int, *, seed: int) -> list[Person]:
    """So many visitors; a few of them draw much, most of them little."""
    made = []
    for number in range(count):
        rng = np.random.default_rng([seed, 1, number])
        favourites = {digit: a_style(digit, rng)[1] for digit in range(10)}
        side, share, day = int(rng.choice(SCREENS_PX)), float(rng.lognormal(0, 0.8)), float(rng.uniform(0.5, DAYS))
        made.append(Person(side, share, day, favourites, held_out=number % HELD_OUT_EVERY == 0))
    return made


def drawings(
    those: list[Person], count: int, *, seed: int, progress: Callable[[int, int], object] = lambda done, total: None
) -> list[Drawn]:
    """What they draw, the oldest first."""
    rng = np.random.default_rng([seed, 2])
    shares = np.array([one.share for one in those])
    chosen = rng.choice(len(those), count, p=shares / shares.sum())
    made = []
    for number, person in enumerate(chosen.tolist()):
        made.append(_drawn(person, those[person], np.random.default_rng([seed, 3, number])))
        progress(number + 1, count)
    return sorted(made, key=lambda drawn: -drawn.days_ago)


def _drawn(number: int, person: Person, rng: np.random.Generator) -> Drawn:
    truth = None if rng.random() < NO_DIGIT_SHARE else int(rng.integers(10))
    lines = _lines(person, truth, rng)
    # Somebody comes back within some days, most often soon.
    days_ago = max(0.02, person.first_day - float(rng.exponential(4.0)))
    strokes = _on_canvas(lines, person.side_px, rng)
    return Drawn(number, truth, days_ago, submissions.of_strokes(strokes, person.side_px, person.side_px))


def _lines(person: Person, truth: int | None, rng: np.random.Generator) -> Lines:
    if truth is None:
        return no_digits.KINDS[KINDS_OF_NONE[int(rng.integers(len(KINDS_OF_NONE)))]][1](rng)
    is_favourite = rng.random() < FAVOURITE_SHARE
    return HAND.write(person.favourites[truth] if is_favourite else a_style(truth, rng)[1], rng)


def _on_canvas(lines: Lines, side_px: int, rng: np.random.Generator) -> list[list[list[float]]]:
    """Lines as strokes [x, y, ms] somewhere in the middle of a square canvas, as large as people draw."""
    points = np.concatenate(lines)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(0.45, 0.78) * side_px / max(float(size.max()), 1.0)
    corner = (side_px - size * scale) / 2 + rng.normal(0, 0.03 * side_px, 2)
    strokes, ms = [], 0
    for line in lines:
        placed = np.clip((line - low) * scale + corner, 0, side_px).round(1)
        strokes.append([[x, y, ms + MS_A_POINT * at] for at, (x, y) in enumerate(placed.tolist())])
        ms += MS_A_POINT * len(line) + int(rng.integers(120, 400))
    return strokes
