"""Does confidence mean what it says: how often answers of a confidence were right, with the distance between the two.

Naeini, Cooper, Hauskrecht: Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015), in ten bins. Left out
on purpose: drawings that were read as no digit, whose confidence speaks of no digit."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from recognizer.words import counted, decimal
from training.daily import BINS
from training.desk.reading import Kept, Share, point

# With fewer reviewed answers the live version's curve says nothing, and all versions' together are shown.
ENOUGH = 50
CLOSE_POINTS = 2.0

Bin = tuple[int, int, float]


def reliability(kept: Kept, live: int | None, number: int | None) -> dict[str, Any]:
    """`sentence`, `chart` and `rows`; of the live version if it has answered enough, else of all together."""
    bins = _bins(kept, live) if live is not None else {}
    of_live = sum(n for n, *_ in bins.values()) >= ENOUGH
    if not of_live:
        bins = _bins(kept, None)
    n = sum(count for count, *_ in bins.values())
    whose = _("version %(number)s") % {"number": number} if of_live else _("all versions together")
    rows = [_row(place, *bins[place]) for place in sorted(bins)]
    return {"n": n, "whose": whose, "rows": rows, "sentence": _sentence(bins, n, whose) if n else "", **_chart(rows)}


def expected_error(bins: dict[int, Bin]) -> float:
    """How far confidence is from the share that was right, on average over the answers."""
    return sum(abs(right - confidence) for _, right, confidence in bins.values()) / sum(n for n, *_ in bins.values())


def _bins(kept: Kept, version: int | None) -> dict[int, Bin]:
    found: dict[int, Bin] = {}
    for row in kept.rows:
        for of, place, *figures in row.bins:
            if version in (None, of):
                found[place] = tuple(map(sum, zip(found.get(place, (0, 0, 0.0)), figures, strict=True)))
    return found


def _row(place: int, n: int, right: int, confidence: float) -> dict[str, Any]:
    low = 100 * place // BINS
    return {
        "words": _("%(low)s to %(high)s %%") % {"low": low, "high": low + 100 // BINS},
        "confidence": confidence / n,
        "share": Share(right, n),
    }


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"chart": [point(round(row["confidence"], 4), row["share"], words=row["words"]) for row in rows]}


def _sentence(bins: dict[int, Bin], n: int, whose: str) -> str:
    error = 100 * expected_error(bins)
    lean = 100 * sum(confidence - right for _, right, confidence in bins.values()) / n
    return _(
        "%(whose)s: %(leaning)s. Confidence and share read right lie %(error)s points "
        "apart on average (expected calibration error, %(reviewed_answers)s)."
    ) % {
        "whose": capfirst(whose),
        "leaning": _leaning(lean),
        "error": decimal(f"{error:.1f}"),
        "reviewed_answers": counted(n, "reviewed answer"),
    }


def _leaning(points: float) -> str:
    if abs(points) < CLOSE_POINTS:
        return _("about as sure as it is right")
    return _("too sure of itself") if points > 0 else _("more often right than it says")
