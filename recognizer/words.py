"""Rows, numbers and moments as people read them on the admin's pages, in lists and in templates alike.

Left out on purpose: sentences. Those stand on the pages that say them."""

from datetime import datetime, timedelta

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince


def link(row: Model | None, text: str | None = None) -> str | SafeString:
    """A link to the row's page in the admin."""
    if row is None:
        return ""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="d-link" href="{}">{}</a>', address, text or str(row))


def percent(share: float | None, digits: int = 1) -> str:
    return "" if share is None else f"{100 * share:.{digits}f} %"


def ago(moment: datetime | None) -> str | SafeString:
    """How long ago, in words, with the exact moment where the pointer rests."""
    if moment is None:
        return ""
    if timezone.now() - moment < timedelta(minutes=1):
        return _timed(moment, "just now")
    return _timed(moment, timesince(moment, depth=1) + " ago")


def since(moment: datetime) -> SafeString:
    """From when on: a day, or the time of today."""
    local = timezone.localtime(moment)
    return _timed(moment, f"{local:%H:%M} today" if local.date() == timezone.localdate() else f"{local:%-d %B %Y}")


def _timed(moment: datetime, words: str) -> SafeString:
    exact = timezone.localtime(moment)
    title = f"{exact:%Y-%m-%d %H:%M:%S %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', exact.isoformat(), title, words)


def join_words(words: list[str]) -> str:
    """Return them as in a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return the number with its noun: "1 drawing", "1,204 drawings"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
