"""What a page's frame needs of the languages: the scripts' texts, and the names to choose from.

Left out on purpose: the texts themselves, which Django's own tags translate."""

from django import template
from django.conf import settings

from recognizer import languages

register = template.Library()


@register.simple_tag
def catalog_address() -> str:
    return languages.catalog_address()


@register.simple_tag
def language_names() -> list[tuple[str, str]]:
    """Code and name of each language, every name in its own language."""
    return list(settings.LANGUAGES)
