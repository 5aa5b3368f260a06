"""Which digits and which ways of drawing them need more drawings, by a rule that the page states.

A digit has enough once its share read right is known to a few points either way. A way is what a row can tell of a
style: in how many strokes, or from a picture. Left out on purpose: finer styles, which the nearest people show."""

from collections import Counter, defaultdict
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.figures import Z_95
from recognizer.models import Drawing
from recognizer.words import commas
from training.daily import MOST_STROKES, UPLOADED
from training.desk.matrix import address, name
from training.desk.reading import NONE, Kept, Share

DIGIT_POINTS, WAY_POINTS = 3.0, 5.0
MOST_WAYS = 8
# A way that fewer people use is no style, but an accident.
LEAST_SHARE = 0.02
WAYS = {
    UPLOADED: gettext_lazy("from a picture"),
    1: gettext_lazy("in one stroke"),
    2: gettext_lazy("in two strokes"),
    MOST_STROKES: gettext_lazy("in three strokes or more"),
}


def needs(kept: Kept) -> dict[str, Any]:
    """`digits` all ten, `ways` those that are read wrongly most often, each with what is missing."""
    counts: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for row in kept.rows:
        for _version, way, digit, answer, n in row.cells:
            if digit != NONE:
                counts[digit, way][answer] += n
    digits = [_digit(kept, digit, counts) for digit in range(10)]
    ways = [_way(kept, *key, answers) for key, answers in counts.items() if _is_a_way(key, counts)]
    ways = sorted((way for way in ways if way["share"].wrong), key=lambda way: -way["share"].wrong)
    missing = [row for row in digits if row["missing"]]
    return {
        "n": sum(row["share"].n for row in digits),
        "digits": digits,
        "ways": ways[:MOST_WAYS],
        "short_of": sorted(missing, key=lambda row: -row["missing"]),
        "digit_points": f"{DIGIT_POINTS:g}",
        "way_points": f"{WAY_POINTS:g}",
    }


def missing(share: Share, *, points: float) -> int:
    """How many more drawings it takes for the share to be known to so many points either way, with 95 % confidence.

    Two right and two wrong are added, as in Agresti and Coull (1998), so that a few that were all right are not
    enough."""
    likely = (share.right + 2) / (share.n + 4)
    return max(0, ceil(Z_95**2 * likely * (1 - likely) / (points / 100) ** 2) - share.n)


def _digit(kept: Kept, digit: int, counts: dict[tuple[int, int], Counter[int]]) -> dict[str, Any]:
    answers: Counter[int] = Counter()
    for way in WAYS:
        answers.update(counts.get((digit, way), {}))
    share = Share(answers[digit], answers.total())
    return {
        "digit": digit,
        "share": share,
        "missing": missing(share, points=DIGIT_POINTS),
        **_taken(kept, digit, answers),
    }


def _way(kept: Kept, digit: int, way: int, answers: Counter[int]) -> dict[str, Any]:
    share = Share(answers[digit], answers.total())
    needed = missing(share, points=WAY_POINTS)
    # The list goes by the source: in how many strokes a drawing was made, its rows do not say.
    source = Drawing.Source.UPLOAD if way == UPLOADED else Drawing.Source.STROKES
    taken = _taken(kept, digit, answers, source=source, is_whole=way == UPLOADED)
    return {"words": f"{digit} {WAYS[way]}", "share": share, "missing": needed, **taken}


def _taken(kept: Kept, digit: int, answers: Counter[int], *, is_whole: bool = True, **filters: str) -> dict[str, Any]:
    """What the digit is taken for most often, with the list of those drawings; and how often, if that list is theirs
    alone."""
    wrong = [(n, answer) for answer, n in answers.items() if answer != digit and n]
    if not wrong:
        return {"taken_for": "", "taken_address": ""}
    n, answer = max(wrong)
    said = _("no digit") if answer == NONE else str(answer)
    words = f"{said} ({commas(n)})" if is_whole else said
    return {"taken_for": words, "taken_address": address(kept, means=digit, read=name(answer), **filters)}


def _is_a_way(key: tuple[int, int], counts: dict[tuple[int, int], Counter[int]]) -> bool:
    of_digit = sum(counts.get((key[0], way), Counter()).total() for way in WAYS)
    return counts[key].total() >= LEAST_SHARE * of_digit
