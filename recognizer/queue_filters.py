"""Which labels a review queue is narrowed down to, as an address says it, so that any page can link to a queue.

Left out on purpose: the order, and who gets which. `recognizer.queue` has them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.models import Drawing, Label, Visitor

NONE = "none"
DIGITS = (*"0123456789", NONE)
ANSWERS = {"wrong": gettext_lazy("read otherwise than labelled"), "unsure": gettext_lazy("read with low confidence")}
LONGEST_NUMBER = 18


class FilterError(ValueError):
    """The address asks for what there is not; the message says what, and what there is."""


@dataclass(frozen=True)
class Filters:
    """Nothing narrows down what is empty."""

    claimed: str = ""
    read: str = ""
    answer: str = ""
    source: str = ""
    visitor: str = ""
    version: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Filters":
        """Read an address; the list of drawings calls `claimed` `means`. Raises FilterError."""
        if not isinstance(query, Mapping):
            text = _("filters is %(value)s: send an object with the names of filters.")
            raise FilterError(text % {"value": f"{query!r:.40}"})
        values = {name: str(query.get(name) or "") for name in cls.__dataclass_fields__}
        values["claimed"] = values["claimed"] or str(query.get("means") or "")
        for name, value in values.items():
            if value:
                _check(name, value)
        return cls(**values)

    def as_query(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def labels(self) -> QuerySet[Label]:
        """The labels that await review, of drawings that nobody has hidden."""
        rows = Label.objects.filter(state=Label.State.UNREVIEWED, drawing__hidden_as="")
        rows = rows.exclude(drawing__visitor__in=Visitor.objects.going().values("pk"))
        for name, value in self.as_query().items():
            rows = rows.filter(_condition(name, value))
        return rows

    def words(self) -> str:
        """What is in it, to follow "labels": empty for all."""
        return ", ".join(_words(name, value) for name, value in self.as_query().items())


def _check(name: str, value: str) -> None:
    known = {"claimed": DIGITS, "read": DIGITS, "answer": tuple(ANSWERS), "source": tuple(Drawing.Source.values)}
    if name in known and value not in known[name]:
        raise FilterError(
            _("%(name)s is %(value)s: it can be %(known)s.")
            % {"name": name, "value": f"{value!r:.40}", "known": ", ".join(known[name])}
        )
    if name not in known and not (value.isdecimal() and len(value) <= LONGEST_NUMBER):
        raise FilterError(
            _("%(name)s is %(value)s: it has to be a number.") % {"name": name, "value": f"{value!r:.40}"}
        )


def _condition(name: str, value: str) -> Q:
    digit = None if value == NONE else value
    return {
        "claimed": lambda: Q(digit=digit),
        "read": lambda: Q(drawing__prediction__isnull=False, drawing__prediction__digit=digit),
        "answer": lambda: _answered(value),
        "source": lambda: Q(drawing__source=value),
        "visitor": lambda: Q(drawing__visitor=value),
        "version": lambda: Q(drawing__prediction__version__number=value),
    }[name]()


def _answered(value: str) -> Q:
    if value == "unsure":
        return Q(drawing__prediction__confidence__lt=settings.LOW_CONFIDENCE)
    read = "drawing__prediction__digit"
    same = Q(**{read: F("digit")}) | Q(**{f"{read}__isnull": True}, digit__isnull=True)
    return Q(drawing__prediction__isnull=False) & ~same


def _words(name: str, value: str) -> str:
    digit = _("not a digit") if value == NONE else value
    return {
        "claimed": _("claimed to be %(digit)s") % {"digit": digit},
        "read": _("read as %(digit)s") % {"digit": digit},
        "answer": str(ANSWERS.get(value, "")),
        "source": f"{dict(Drawing.Source.choices).get(value, '')}",
        "visitor": _("of visitor %(value)s") % {"value": value},
        "version": _("answered by version %(value)s") % {"value": value},
    }[name]
