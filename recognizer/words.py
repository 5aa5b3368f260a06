"""Rows, numbers and moments as people read them on the admin's pages, in lists and in templates alike.

Left out on purpose: sentences. Those stand on the pages that say them."""

from datetime import date, datetime, timedelta

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, npgettext_lazy

# Lengths of time as they stand in "3 days ago": other languages decline them there.
AGES = {
    "year": npgettext_lazy("ago", "%(num)d year", "%(num)d years", "num"),
    "month": npgettext_lazy("ago", "%(num)d month", "%(num)d months", "num"),
    "week": npgettext_lazy("ago", "%(num)d week", "%(num)d weeks", "num"),
    "day": npgettext_lazy("ago", "%(num)d day", "%(num)d days", "num"),
    "hour": npgettext_lazy("ago", "%(num)d hour", "%(num)d hours", "num"),
    "minute": npgettext_lazy("ago", "%(num)d minute", "%(num)d minutes", "num"),
}
# What `counted` counts: named here so that the catalogs have them.
NOUNS = (
    npgettext_lazy("counted", "accepted drawing", "accepted drawings"),
    npgettext_lazy("counted", "day", "days"),
    npgettext_lazy("counted", "decision", "decisions"),
    npgettext_lazy("counted", "drawing", "drawings"),
    npgettext_lazy("counted", "earlier line", "earlier lines"),
    npgettext_lazy("counted", "item", "items"),
    npgettext_lazy("counted", "job", "jobs"),
    npgettext_lazy("counted", "label", "labels"),
    npgettext_lazy("counted", "measurement", "measurements"),
    npgettext_lazy("counted", "more digit", "more digits"),
    npgettext_lazy("counted", "newly accepted label", "newly accepted labels"),
    npgettext_lazy("counted", "other", "others"),
    npgettext_lazy("counted", "part", "parts"),
    npgettext_lazy("counted", "reviewed answer", "reviewed answers"),
    npgettext_lazy("counted", "reviewed drawing", "reviewed drawings"),
    npgettext_lazy("counted", "visitor", "visitors"),
    npgettext_lazy("counted", "voice", "voices"),
    npgettext_lazy("counted", "worker", "workers"),
    npgettext_lazy("counted", "image", "images"),
    npgettext_lazy("counted", "version", "versions"),
)


def link(row: Model | None, text: str | None = None) -> str | SafeString:
    """A link to the row's page in the admin."""
    if row is None:
        return ""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="d-link" href="{}">{}</a>', address, text or str(row))


def commas(number: float) -> str:
    """A whole number with its thousands set apart, as the reader's language does it."""
    return number_format(number, force_grouping=True)


def decimal(text: str) -> str:
    """A number that was rounded to a text, with the decimal mark of the reader's language."""
    return text.replace(".", get_format("DECIMAL_SEPARATOR"))


def percent(share: float | None, digits: int = 1) -> str:
    return "" if share is None else decimal(f"{100 * share:.{digits}f} %")


def dated(moment: date, kind: str) -> str:
    """A day or moment, in the order of the reader's language: `kind` is "day", "month", "short" or "minute"."""
    kinds = {"day": _("j F Y"), "month": _("j F"), "short": _("j M"), "minute": _("j F Y, H:i")}
    return date_format(moment, kinds[kind])


def age(moment: datetime) -> str:
    return timesince(moment, depth=1, time_strings=AGES)


def ago(moment: datetime | None) -> str | SafeString:
    """How long ago, in words, with the exact moment where the pointer rests."""
    if moment is None:
        return ""
    if timezone.now() - moment < timedelta(minutes=1):
        return _timed(moment, _("just now"))
    return _timed(moment, _("%(age)s ago") % {"age": age(moment)})


def since(moment: datetime) -> SafeString:
    """From when on: a day, or the time of today."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return _timed(moment, _("%(time)s today") % {"time": f"{local:%H:%M}"})
    return _timed(moment, dated(local, "day"))


def _timed(moment: datetime, words: str) -> SafeString:
    exact = timezone.localtime(moment)
    title = f"{exact:%Y-%m-%d %H:%M:%S %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', exact.isoformat(), title, words)


def join_words(words: list[str]) -> str:
    """Return them as in a sentence: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return _("%(most)s and %(last)s") % {"most": ", ".join(words[:-1]), "last": words[-1]}


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return the number with its noun: "1 drawing", "1,204 drawings"."""
    return f"{commas(n)} {npgettext('counted', one, many or one + 's', n)}"
