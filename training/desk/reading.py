"""What all cards read from: the kept figures of a period, its days in steps, and shares with their intervals.

Left out on purpose: what any of it means. Two queries, however much has been drawn."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import figures
from recognizer.admin import scores
from recognizer.models import ModelVersion
from recognizer.words import dated, percent
from training.models import DayFigures

RANGES = {"7": 7, "30": 30, "90": 90, "all": None}
USUAL = "30"
# The verdict is about these days, whatever the page shows, and looks for a version before as far back.
VERDICT_DAYS, LOOKED_BACK_DAYS = 30, 120
NONE = DayFigures.NONE
SIZES = (1, 7, 28)
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Share:
    """How many of `n` were right; everything that pages say of such a share."""

    right: int
    n: int

    @property
    def value(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's interval, 95 %; anything is possible without any."""
        return figures.wilson(self.right, self.n) if self.n else (0.0, 1.0)

    @property
    def words(self) -> str:
        return percent(self.value)

    @property
    def interval(self) -> str:
        return scores.interval(self.right, self.n)

    @property
    def wrong(self) -> int:
        return self.n - self.right


@dataclass(frozen=True)
class Step:
    """Days that make up one point of a chart, both ends included."""

    first: date
    last: date

    @property
    def middle(self) -> float:
        return (number_of(self.first) + number_of(self.last) + 1) / 2

    @property
    def words(self) -> str:
        if self.first == self.last:
            return dated(self.first, "long")
        return _("%(first)s to %(last)s") % {"first": dated(self.first, "short"), "last": dated(self.last, "long")}


class Kept:
    """The kept figures, read once for all cards of a page."""

    def __init__(self, key: str) -> None:
        self.key = key if key in RANGES else USUAL
        self.today = timezone.localdate()
        self.totals = DayFigures.objects.aggregate(
            first=Min("day"), waiting=Sum("waiting"), waiting_since=Min("waiting_since"), learnable=Sum("learnable"),
            drawings=Sum("drawings"),
        )  # fmt: skip
        days = RANGES[self.key]
        self.first = self.today - timedelta(days=days - 1) if days else self.totals["first"] or self.today
        since = min(self.first, self.today - timedelta(days=LOOKED_BACK_DAYS - 1))
        self.all_rows = list(DayFigures.objects.filter(day__gte=since).order_by("day"))

    @cached_property
    def rows(self) -> list[DayFigures]:
        """The days of the period that have any drawing, the oldest first."""
        return self.between(self.first, self.today)

    def between(self, first: date, last: date) -> list[DayFigures]:
        return [row for row in self.all_rows if first <= row.day <= last]

    @property
    def words(self) -> str:
        days = RANGES[self.key]
        if days:
            return _("last %(days)s days") % {"days": days}
        return _("since %(first)s") % {"first": dated(self.first, "day")}

    @cached_property
    def size(self) -> int:
        """How many days make up a point of a chart: one, seven where the period is long, 28 where it is very long."""
        length = (self.today - self.first).days + 1
        return SIZES[0] if length <= 45 else SIZES[1] if length <= 800 else SIZES[2]

    def steps(self, size: int | None = None) -> list[Step]:
        """The period in steps of so many days, the first of them with what is left over."""
        length, size = (self.today - self.first).days + 1, size or self.size
        ends = range(length % size or size, length + 1, size)
        return [Step(max(self.first, self._day(end - size)), self._day(end - 1)) for end in ends]

    def in_steps(self, size: int | None = None) -> Iterator[tuple[Step, list[DayFigures]]]:
        for step in self.steps(size):
            yield step, [row for row in self.rows if step.first <= row.day <= step.last]

    def _day(self, passed: int) -> date:
        return self.first + timedelta(days=passed)


def by_version(rows: Iterable[DayFigures]) -> dict[int, Share]:
    """How each version's own answers were, on drawings that were accepted as a digit."""
    right, n = Counter(), Counter()
    for row in rows:
        for version, _way, digit, answer, count in row.cells:
            if digit != NONE:
                n[version] += count
                right[version] += count * (digit == answer)
    return {version: Share(right[version], n[version]) for version in n}


def all_versions(rows: Iterable[DayFigures]) -> Share:
    shares = by_version(rows).values()
    return Share(sum(share.right for share in shares), sum(share.n for share in shares))


def numbers() -> dict[int, int]:
    """The versions' numbers by their keys."""
    return dict(ModelVersion.objects.values_list("pk", "number"))


def number_of(day: date) -> int:
    """Days since 1970, as the charts' axes have them."""
    return (day - EPOCH).days


def place_of(moment: datetime) -> float:
    """The same of a moment, on the clock of the site's time zone."""
    local = timezone.localtime(moment)
    return round(number_of(local.date()) + (local.hour * 60 + local.minute) / 1440, 4)


def point(x: float, share: Share, **more: Any) -> dict[str, Any]:
    """A point of a chart, with its whisker."""
    low, high = share.bounds
    return {"x": x, "y": round(share.value, 4), "low": round(low, 4), "high": round(high, 4), "n": share.n, **more}
