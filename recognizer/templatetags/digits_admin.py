"""The words and links of the admin's own pages, for templates."""

import json
from typing import Any

from django import template
from django.db.models import Model
from django.utils.safestring import SafeString

from recognizer import words
from recognizer.told import told

register = template.Library()
register.filter("ago", words.ago)
register.filter("as_percent", words.percent)
register.filter("since", words.since)
register.filter("commas", words.commas)
register.filter("admin_link", words.link)
register.filter("told", told)


@register.filter
def unlocalised(number: float | str) -> str:
    """As a style sheet and a form read it, whatever the language; what is written out already stays."""
    return number if isinstance(number, str) else f"{number:g}"


@register.filter
def pretty_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.simple_tag
def admin_link(row: Model | None, text: str | None = None) -> str | SafeString:
    return words.link(row, text)
