"""Numbers and moments as the public pages write them.

Left out on purpose: the visitor's time zone, which only the browser knows; `times.js` puts it in."""

from datetime import UTC, datetime

from django import template
from django.conf import settings
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from recognizer import words
from recognizer.rooms import codes

register = template.Library()


@register.filter
def percent(share: float, digits: int = 2) -> str:
    return words.percent(share, digits)


@register.filter
def confidence(share: float) -> str:
    """As the drawing page has it: no network is certain, so that nothing reads as 100."""
    return "> 99 %" if share > 0.995 else words.percent(share, 0)


@register.filter
def count(number: int) -> str:
    return words.number(number)


@register.filter
def moment(at: datetime) -> SafeString:
    """A time in UTC that the page's script turns into the visitor's own."""
    return _time(at, "minute", pgettext("date format", r"j M Y, H:i \U\T\C"))


@register.filter
def day(at: datetime) -> SafeString:
    return _time(at, "day", pgettext("date format", "j M Y"))


def _time(at: datetime, precision: str, written: str) -> SafeString:
    utc = at.astimezone(UTC)
    pattern = '<time datetime="{}" data-local="{}">{}</time>'
    return format_html(pattern, utc.isoformat(), precision, date_format(utc, written))


@register.simple_tag
def asks_for_opinions() -> bool:
    """Whether visitors are asked what others have drawn; a tag, since pages of errors know no request."""
    return bool(settings.LABEL_AGREEMENT)


@register.filter
def room_code(code: str) -> str:
    return codes.spaced(code)


@register.filter
def unlocalised(number: float) -> str:
    """As a script reads it, whatever the language."""
    return f"{number:g}"


@register.filter
def times(number: float, factor: float) -> str:
    """For lengths in SVG."""
    return f"{number * float(factor):.2f}"
