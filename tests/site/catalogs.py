"""The catalogs of translations as tests read them, and languages that exist in tests only.

Left out on purpose: judging. The tests say what a catalog has to be."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import polib

from tests.conftest import PROJECT_DIR

HOMES = ("locale", "recognizer/locale", "training/locale", "digits_site/locale")
# What a translation must not touch: placeholders and tags
FIXED = re.compile(r"(%\(\w+\)[sd]|%[sd%]|</?\w[^>]*>|&\w+;)")
Key = tuple[str | None, str]


def catalogs(ending: str = "po", root: Path = PROJECT_DIR) -> list[Path]:
    """Of German, every one that there is."""
    return sorted(path for home in HOMES for path in (root / home / "de/LC_MESSAGES").glob(f"*.{ending}"))


def key(entry: polib.POEntry | polib.MOEntry) -> Key:
    return entry.msgctxt or None, entry.msgid


def said(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return [entry.msgstr_plural[n] for n in sorted(entry.msgstr_plural)] if entry.msgid_plural else [entry.msgstr]


def asked(entry: polib.POEntry) -> list[str]:
    """The English form of each of `said`."""
    return [entry.msgid, *[entry.msgid_plural] * (len(said(entry)) - 1)] if entry.msgid_plural else [entry.msgid]


def write_language(code: str, folder: Path, say: Callable[[str], str]) -> None:
    """A catalog of every text of the site, in a language made up by `say`; dates keep their order."""
    for domain in ("django", "djangojs"):
        made = polib.POFile()
        made.metadata = {
            "Content-Type": "text/plain; charset=UTF-8",
            "Language": code,
            "Plural-Forms": "nplurals=2; plural=(n != 1);",
        }
        for entry in _once(path for path in catalogs() if path.stem == domain):
            made.append(_said(entry, say))
        home = folder / code / "LC_MESSAGES"
        home.mkdir(parents=True, exist_ok=True)
        made.save_as_mofile(str(home / f"{domain}.mo"))


def longer(text: str) -> str:
    """Bracketed, and two fifths longer in words of the usual length: what a wordier language would need."""
    letters = len(FIXED.sub("", text)) * 2 // 5
    return f"[{text}{(' weiteres' * 40)[:letters]}]"


def hebrew(text: str) -> str:
    """Its letters as Hebrew ones, which run from right to left."""
    parts = FIXED.split(text)
    return "".join(part if i % 2 else re.sub("[A-Za-zÀ-ž]", _hebrew_letter, part) for i, part in enumerate(parts))


def _hebrew_letter(letter: re.Match[str]) -> str:
    return chr(0x05D0 + ord(letter[0].lower()) % 26)


def _once(paths: Iterable[Path]) -> list[polib.POEntry]:
    found = {key(entry): entry for path in paths for entry in polib.pofile(str(path)) if not entry.obsolete}
    return list(found.values())


def _said(entry: polib.POEntry, say: Callable[[str], str]) -> polib.POEntry:
    if entry.msgctxt == "date format":
        say = str
    forms = {0: say(entry.msgid), 1: say(entry.msgid_plural)} if entry.msgid_plural else {}
    return polib.POEntry(
        msgctxt=entry.msgctxt,
        msgid=entry.msgid,
        msgid_plural=entry.msgid_plural,
        msgstr="" if forms else say(entry.msgid),
        msgstr_plural=forms,
    )
