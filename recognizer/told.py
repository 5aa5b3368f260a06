"""Sentences that rows keep, in the language of whoever reads them.

A row is written once and read by people of any language, so that it keeps its sentence in English, and `told` finds
the sentence's pattern again and says it in the reader's. Left out on purpose: what people typed, and what programs
answer; of those there are no patterns, and they stay as they are."""

import re
from functools import cache

from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from recognizer import sentences
from recognizer.words import NOUNS, counted, join_words

_PLACE = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"[+\-−]?\d{1,3}(,\d{3})*(\.\d+)?( %)?")
_DEEPEST = 4

_patterns: list[str] = []


def register(patterns: tuple[str, ...]) -> None:
    """Know these patterns from now on: msgids with named places. Those with the most words of their own go first."""
    _patterns[:] = sorted({*_patterns, *patterns}, key=lambda one: -len(_PLACE.sub("", one)))


def told(text: str, deep: int = 0) -> str:
    """The sentence in the reader's language, and so is what stands in its places; as it is, if it is not known."""
    if not text or deep > _DEEPEST or (get_language() or "en").startswith("en"):
        return text
    if _NUMBER.fullmatch(text):
        return _number(text)
    if (noun := _with_noun(text)) is not None:
        return noun
    for pattern in _patterns:
        if match := _compiled(pattern).fullmatch(text):
            places = {name: _in_place(name, words, deep) for name, words in match.groupdict().items()}
            return _(pattern) % places if places else _(pattern)
    return text


def _in_place(name: str, words: str, deep: int) -> str:
    """What stands in a place; one whose name begins with "list" holds several, as `join_words` puts them."""
    if not name.startswith("list"):
        return told(words, deep + 1)
    return join_words([told(one, deep + 1) for one in re.split(r", | and ", words)])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = _PLACE.split(pattern.replace("%%", "%"))
    whole = "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(whole, re.DOTALL)


def _with_noun(text: str) -> str | None:
    """What `counted` made: "1 drawing", "1,204 drawings"."""
    digits, _space, noun = text.partition(" ")
    one = noun if digits == "1" else noun.removesuffix("s")
    whole = digits.replace(",", "")
    return counted(int(whole), one) if whole.isdecimal() and one in NOUNS else None


def _number(text: str) -> str:
    """With the marks of the reader's language: a comma in English sets thousands apart."""
    return text.translate({ord(","): get_format("THOUSAND_SEPARATOR"), ord("."): get_format("DECIMAL_SEPARATOR")})


register(sentences.STORED)
