"""Day by day: drawings, corrections and visitors, and the shares of wrong and of rejected answers.

A correction counts on the day of its drawing. Left out on purpose: visitors of a whole period, which those of its days
do not add up to."""

from typing import Any

from django.utils.translation import gettext as _

from recognizer.words import commas, dated, percent
from training.desk.reading import Kept, Share
from training.models import DayFigures


def days(kept: Kept) -> dict[str, Any]:
    """`rows` the table, the newest first; `chart` the numbers of a day, on average over a step of several."""
    rows = [_row(step, inside) for step, inside in kept.in_steps()]
    is_daily = kept.size == 1
    chart = {
        "days": [row["short"] for row in rows],
        "unit": _("a day") if is_daily else _("a day, on average"),
        **{name: [row[name] for row in rows] for name in ("drawings", "corrections", "visitors")},
    }
    totals = {name: sum(getattr(row, name) for row in kept.rows) for name in ("drawings", "hidden", "wrong")}
    return {"rows": rows[::-1], "chart": chart, "is_daily": is_daily, **totals}


def shares(kept: Kept) -> dict[str, Any]:
    """The shares of wrong and rejected answers, of the whole period and step by step."""
    wrong, rejected = _wrong(kept.rows), _rejected(kept.rows)
    rows = [
        {
            "words": step.words,
            "short": dated(step.first, "short"),
            "wrong": _wrong(inside),
            "rejected": _rejected(inside),
        }
        for step, inside in kept.in_steps()
    ]
    chart = {
        "days": [row["short"] for row in rows],
        "wrong": [_point(row["wrong"]) for row in rows],
        "rejected": [_point(row["rejected"]) for row in rows],
    }
    return {"wrong": wrong, "rejected": rejected, "rows": rows[::-1], "chart": chart}


def _row(step: Any, inside: list[DayFigures]) -> dict[str, Any]:
    length = (step.last - step.first).days + 1

    def a_day(name: str) -> float:
        total = sum(getattr(row, name) for row in inside)
        return total if length == 1 else round(total / length, 1)

    figures = {"drawings": a_day("drawings"), "corrections": a_day("wrong"), "visitors": a_day("visitors")}
    return {"words": step.words, "short": dated(step.first, "short"), "labels": a_day("labelled"), **figures}


def _wrong(rows: list[DayFigures]) -> Share:
    return Share(sum(row.wrong for row in rows), sum(row.labelled for row in rows))


def _rejected(rows: list[DayFigures]) -> Share:
    return Share(sum(row.rejected for row in rows), sum(row.answered for row in rows))


def _point(share: Share) -> dict[str, Any] | None:
    if not share.n:
        return None
    return {
        "y": round(share.value, 4),
        "words": _("%(value)s: %(right)s of %(n)s")
        % {"value": percent(share.value), "right": commas(share.right), "n": commas(share.n)},
    }
