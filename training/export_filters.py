"""Which drawings somebody wants: a few conditions that narrow each other down, as a form, a command or a row say them.

Left out on purpose: conditions on people. Whose drawings they are is nobody's to choose by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models import Drawing, Label, ModelVersion
from recognizer.words import dated, join_words
from training.data.exports import ExportError

STATES: dict[str, Callable[[], QuerySet[Drawing]]] = {
    "accepted": lambda: Drawing.objects.accepted(),
    "reviewed": lambda: Drawing.objects.visible().filter(label__state__in=[Label.State.ACCEPTED, Label.State.REJECTED]),
    "rejected": lambda: Drawing.objects.visible().filter(label__state=Label.State.REJECTED),
    "unreviewed": lambda: Drawing.objects.awaiting_review(),
    "labelled": lambda: (
        Drawing.objects.visible().filter(label__isnull=False).exclude(label__state=Label.State.REJECTED)
    ),
    "all": lambda: Drawing.objects.visible(),
}
STATE_WORDS = {
    "accepted": gettext_lazy("with a digit that a reviewer accepted"),
    "reviewed": gettext_lazy("with a label that a reviewer decided on: accepted or rejected, digits and what is none"),
    "rejected": gettext_lazy("with a label that a reviewer rejected: it is probably wrong"),
    "unreviewed": gettext_lazy("with a label that nobody has reviewed: a visitor's claim"),
    "labelled": gettext_lazy("with a label that was not rejected: claims of visitors as well as accepted ones"),
    "all": gettext_lazy("with and without a label"),
}
PEOPLE_WORDS = {
    True: gettext_lazy("of held-out visitors, who never train"),
    False: gettext_lazy("of visitors who are not held out"),
}


@dataclass(frozen=True)
class Filters:
    """`held_out` None means everybody; `digits` empty means any; days are UTC and both included; `version` is the
    number of the version that answered. Raises ExportError for a value that cannot be."""

    state: str = "accepted"
    held_out: bool | None = None
    digits: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None
    version: int | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ExportError(
                _("%(state)s is no state of drawings; there are: %(known)s")
                % {"state": f"{self.state!r:.40}", "known": ", ".join(STATES)}
            )
        if wrong := [digit for digit in self.digits if digit not in range(10)]:
            raise ExportError(_("%(wrong)s is no digit: choose from 0 to 9") % {"wrong": f"{wrong[0]!r:.40}"})
        if self.since and self.until and self.since > self.until:
            raise ExportError(
                _("no day lies between %(since)s and %(until)s: swap them") % {"since": self.since, "until": self.until}
            )

    def check(self) -> None:
        """Raise ExportError for a version that is not there. (Apart: an old export's version may be gone by now.)"""
        if self.version is not None and not ModelVersion.objects.filter(number=self.version).exists():
            raise ExportError(_("there is no version %(version)s that could have answered") % {"version": self.version})

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Filters":
        """What `as_json` wrote."""
        days = {name: date.fromisoformat(found[name]) for name in ("since", "until") if found.get(name)}
        return cls(**found | {"digits": tuple(found.get("digits", ()))} | days)

    def as_json(self) -> dict[str, Any]:
        """Only what is chosen."""
        chosen = {"state": self.state, "held_out": self.held_out, "digits": list(self.digits), "version": self.version}
        days = {name: day.isoformat() for name, day in (("since", self.since), ("until", self.until)) if day}
        return {name: value for name, value in (chosen | days).items() if value not in (None, [])}

    def rows(self) -> QuerySet[Drawing]:
        """The drawings that are meant, in no order."""
        rows = STATES[self.state]().real().filter(prediction__isnull=False)
        if self.held_out is not None:
            rows = rows.filter(visitor__held_out=self.held_out)
        if self.digits:
            rows = rows.filter(label__digit__in=self.digits)
        if self.since:
            rows = rows.filter(created_at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(created_at__lt=_midnight(self.until) + timedelta(days=1))
        if self.version is not None:
            rows = rows.filter(prediction__version__number=self.version)
        return rows

    def words(self) -> str:
        """What is meant, in a sentence without its end: "drawings with a digit that a reviewer accepted, ..."."""
        parts = [_("drawings %(state)s") % {"state": STATE_WORDS[self.state]}]
        if self.held_out is not None:
            parts.append(PEOPLE_WORDS[self.held_out])
        if self.digits:
            parts.append(_("labelled %(digit)s") % {"digit": join_words([str(digit) for digit in self.digits])})
        if self.since or self.until:
            parts.append(
                " ".join(
                    _day(words, day)
                    for words, day in ((_("from %(day)s"), self.since), (_("to %(day)s"), self.until))
                    if day
                )
            )
        if self.version is not None:
            parts.append(_("answered by version %(version)s") % {"version": self.version})
        return ", ".join(map(str, parts))


def _day(words: str, day: date) -> str:
    return words % {"day": dated(day, "day")}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
