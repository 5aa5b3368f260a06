"""Numbers and moments as the public pages write them.

Left out on purpose: the visitor's time zone, which only the browser knows; `times.js` puts it in."""

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from recognizer import words

register = template.Library()


@register.filter
def percent(share: float, digits: int = 2) -> str:
    return words.percent(share, digits)


@register.filter
def confidence(share: float) -> str:
    """As the drawing page has it: what is not certain never reads as 0 or 100."""
    if 0.995 < share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.005 else words.percent(share, 0)


@register.filter
def count(number: int) -> str:
    return f"{number:,}"


@register.filter
def moment(at: datetime) -> SafeString:
    """A time in UTC that the page's script turns into the visitor's own."""
    utc = at.astimezone(UTC)
    return format_html('<time datetime="{}" data-local="minute">{:%-d %b %Y, %H:%M} UTC</time>', utc.isoformat(), utc)


@register.filter
def day(at: datetime) -> SafeString:
    utc = at.astimezone(UTC)
    return format_html('<time datetime="{}" data-local="day">{:%-d %b %Y}</time>', utc.isoformat(), utc)


@register.filter
def times(number: float, factor: float) -> str:
    """For lengths in SVG."""
    return f"{number * float(factor):.2f}"
