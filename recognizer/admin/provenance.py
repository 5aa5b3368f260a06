"""A version's provenance in rows to read: every fact that its file carries, under its name in plain words.

Left out on purpose: knowing the facts. Later trainings may record more, and it shows here without a change."""

from typing import Any

from django.utils.translation import gettext as _

from recognizer.fact_names import fact_name, in_words
from recognizer.figures import IN_PROVENANCE
from recognizer.words import commas, decimal

LONGEST_VALUE = 300


def facts(provenance: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return (name, value) rows; what is nested has its parents' names in front. Evaluations have their own cards.

    Of a list of results, such as one an epoch, the last one is shown; the file as it is stands below the rows."""
    rows = []
    for key, value in provenance.items():
        name = f"{prefix}{fact_name(key)}"
        if key == IN_PROVENANCE:
            continue
        if isinstance(value, dict):
            rows += facts(value, f"{name}: ")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            rows += facts(value[-1], _("%(name)s, the last of %(count)s") % {"name": name, "count": len(value)} + ": ")
        else:
            rows.append((name[:1].upper() + name[1:], _words(value)))
    return rows


def _words(value: Any) -> str:
    if value is None or value == []:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return commas(value)
    if isinstance(value, float):
        return decimal(f"{value:.6g}")
    if isinstance(value, list):
        value = ", ".join(_words(item) for item in value)
    text = str(value)
    return in_words(text) if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " …"
