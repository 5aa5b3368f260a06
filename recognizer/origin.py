"""Where a version comes from, in plain words first, then every fact that its file carries.

Left out on purpose: check sums, curves and figures, and any trust in the file: a fact that is missing or of another
kind than expected is not told."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from recognizer.fact_names import fact_name, in_words
from recognizer.words import dated, decimal, join_words, number

LONGEST_VALUE = 200
MOST_GENERATED = 1_000_000

# What a training did, by the provenance's `kind`
BEGINNINGS = {
    "scratch": gettext_lazy("Trained from fresh random weights: %(listed)s."),
    "retrain": gettext_lazy("Trained from fresh random weights, with what visitors drew: %(listed)s."),
    "fine-tune": gettext_lazy("Trained further from %(base)s, with what visitors drew: %(listed)s."),
}
IMAGES = {
    "mnist": ngettext_lazy("%(n)s image of MNIST", "%(n)s images of MNIST"),
    "generated": ngettext_lazy(
        "%(n)s image that the project drew by itself", "%(n)s images that the project drew by itself"
    ),
    "drawings": ngettext_lazy(
        "%(n)s drawing from this site whose label a person had accepted",
        "%(n)s drawings from this site whose labels a person had accepted",
    ),
}


def sentences(provenance: dict[str, Any]) -> list[str]:
    """What was done, with what, and when; as much of it as the file tells."""
    told = [_learned(provenance), _took(provenance), _watched(provenance)]
    return [sentence for sentence in told if sentence]


def _learned(provenance: dict[str, Any]) -> str:
    kind = provenance.get("kind")
    sentence = BEGINNINGS.get(kind if isinstance(kind, str) else "", gettext_lazy("Trained: %(listed)s."))
    counts = {part: _images(provenance, part) for part in IMAGES}
    # The first % chooses the form by the number, the second writes it.
    learned_from = [IMAGES[part] % n % {"n": number(n)} for part, n in counts.items() if n]
    return sentence % {"base": _base(provenance), "listed": join_words(learned_from)} if learned_from else ""


def generated_images(provenance: dict[str, Any]) -> int:
    """How many generated images a training asked for; 0 if the file does not tell."""
    asked = provenance.get("generated_images")
    return asked if isinstance(asked, int) and 0 <= asked <= MOST_GENERATED else 0


def _watched(provenance: dict[str, Any]) -> str:
    kept = _images(provenance, "validation")
    text = ngettext(
        "%(n)s more image was kept apart, to watch how it went.",
        "%(n)s more images were kept apart, to watch how it went.",
        kept,
    )
    return text % {"n": number(kept)} if kept else ""


def _took(provenance: dict[str, Any]) -> str:
    epochs, finished = _of(provenance, "settings").get("epochs"), _date(provenance.get("finished_at"))
    if not isinstance(epochs, int):
        return ""
    if not finished:
        return ngettext("It saw them once.", "It saw them %(n)s times.", epochs) % {"n": number(epochs)}
    text = ngettext(
        "It saw all of them once, and was done on %(day)s.",
        "It saw all of them %(n)s times, and was done on %(day)s.",
        epochs,
    )
    return text % {"n": number(epochs), "day": dated(finished, "day")}


def _base(provenance: dict[str, Any]) -> str:
    base = _of(provenance, "base").get("number")
    return _("version %(number)s") % {"number": base} if isinstance(base, int) else _("another version")


def _images(provenance: dict[str, Any], part: str) -> int:
    n = _of(_of(provenance, "data"), part).get("images")
    return n if isinstance(n, int) else 0


def _of(facts: dict[str, Any], name: str) -> dict[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, dict) else {}


def _date(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def details(facts: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Each fact as (name, value); what is nested has its parents' names in front."""
    rows = []
    for key, value in facts.items():
        name = f"{prefix}{fact_name(key)}"
        if isinstance(value, dict):
            rows += details(value, f"{name}: ")
        elif not (value is None or isinstance(value, list) or "sha256" in key):
            rows.append((name[:1].upper() + name[1:], _words(value)))
    return rows


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return number(value)
    return decimal(f"{value}") if isinstance(value, float) else in_words(str(value)[:LONGEST_VALUE])
