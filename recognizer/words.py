"""Rows, numbers and moments as people read them on the admin's pages, in lists and in templates alike.

Left out on purpose: sentences. Those stand on the pages that say them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, npgettext, npgettext_lazy, pgettext

from recognizer.ink import InkError

# Whole phrases, since other languages decline the unit behind "ago".
AGO = {
    "year": ngettext_lazy("%(num)d year ago", "%(num)d years ago", "num"),
    "month": ngettext_lazy("%(num)d month ago", "%(num)d months ago", "num"),
    "week": ngettext_lazy("%(num)d week ago", "%(num)d weeks ago", "num"),
    "day": ngettext_lazy("%(num)d day ago", "%(num)d days ago", "num"),
    "hour": ngettext_lazy("%(num)d hour ago", "%(num)d hours ago", "num"),
    "minute": ngettext_lazy("%(num)d minute ago", "%(num)d minutes ago", "num"),
}
# What is `counted`, so that the catalogs have it
NOUNS = {
    "accepted drawing": npgettext_lazy("counted", "accepted drawing", "accepted drawings"),
    "day": npgettext_lazy("counted", "day", "days"),
    "decision": npgettext_lazy("counted", "decision", "decisions"),
    "drawing": npgettext_lazy("counted", "drawing", "drawings"),
    "earlier line": npgettext_lazy("counted", "earlier line", "earlier lines"),
    "item": npgettext_lazy("counted", "item", "items"),
    "job": npgettext_lazy("counted", "job", "jobs"),
    "label": npgettext_lazy("counted", "label", "labels"),
    "measurement": npgettext_lazy("counted", "measurement", "measurements"),
    "more digit": npgettext_lazy("counted", "more digit", "more digits"),
    "newly accepted label": npgettext_lazy("counted", "newly accepted label", "newly accepted labels"),
    "other": npgettext_lazy("counted", "other", "others"),
    "part": npgettext_lazy("counted", "part", "parts"),
    "reviewed answer": npgettext_lazy("counted", "reviewed answer", "reviewed answers"),
    "reviewed drawing": npgettext_lazy("counted", "reviewed drawing", "reviewed drawings"),
    "visitor": npgettext_lazy("counted", "visitor", "visitors"),
    "voice": npgettext_lazy("counted", "voice", "voices"),
    "worker": npgettext_lazy("counted", "worker", "workers"),
}


def link(row: Model | None, text: str | None = None) -> str | SafeString:
    """A link to the row's page in the admin."""
    if row is None:
        return ""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="d-link" href="{}">{}</a>', address, text or str(row))


def percent(share: float | None, digits: int = 1) -> str:
    return "" if share is None else f"{number(100 * share, digits)} %"


def of_ink(error: InkError) -> str:
    """What is wrong with ink, in the reader's language; the ink itself knows only English."""
    values = {name: _written(value) for name, value in error.values.items()}
    return _(error.template) % values


def _written(value: object) -> object:
    if isinstance(value, float):
        value = f"{value:g}"
    elif not isinstance(value, int | Decimal):
        return value
    return number_format(value, force_grouping=isinstance(value, int))


def number(value: float, digits: int = 0) -> str:
    """In the reader's language: "1,204" or "1.204"; `digits` behind the point."""
    return number_format(f"{value:.{digits}f}", decimal_pos=digits, force_grouping=True)


def commas(whole: int) -> str:
    """A whole number with its thousands set apart, also where `number` is the name of something else."""
    return number(whole)


def decimal(text: str) -> str:
    """A number that is rounded to a text already, with the decimal mark of the reader's language."""
    return text.replace(".", get_format("DECIMAL_SEPARATOR"))


def dated(moment: date, kind: str) -> str:
    """A day or a moment in the order of the reader's language: `kind` is "day", "month", "short" or "minute"."""
    kinds = {
        "day": pgettext("date format", "j F Y"),
        "month": pgettext("date format", "j F"),
        "short": pgettext("date format", "j M"),
        "long": pgettext("date format", "j M Y"),
        "minute": pgettext("date format", "j F Y, H:i"),
    }
    return date_format(moment, kinds[kind])


def ago(moment: datetime | None) -> str | SafeString:
    """How long ago, in words, with the exact moment where the pointer rests."""
    if moment is None:
        return ""
    if timezone.now() - moment < timedelta(minutes=1):
        return _timed(moment, _("just now"))
    return _timed(moment, timesince(moment, depth=1, time_strings=AGO))


def since(moment: datetime) -> SafeString:
    """From when on: a day, or the time of today."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return _timed(moment, _("%(time)s today") % {"time": f"{local:%H:%M}"})
    return _timed(moment, date_format(local, pgettext("date format", "j F Y")))


def _timed(moment: datetime, words: str) -> SafeString:
    exact = timezone.localtime(moment)
    title = f"{exact:%Y-%m-%d %H:%M:%S %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', exact.isoformat(), title, words)


def join_words(words: list[str]) -> str:
    """Return them as in a sentence: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return _("%(words)s and %(last)s") % {"words": ", ".join(words[:-1]), "last": words[-1]}


def counted(n: int, one: str) -> str:
    """Return the number with its noun, which is one of NOUNS: "1 drawing", "1,204 drawings"."""
    return f"{commas(n)} {npgettext('counted', one, one + 's', n)}"
