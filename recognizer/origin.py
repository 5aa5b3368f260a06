"""Where a version comes from, in plain words first, then every fact that its file carries.

Left out on purpose: check sums, curves and figures, and any trust in the file: a fact that is missing or of another
kind than expected is not told."""

from datetime import datetime
from typing import Any

LONGEST_VALUE = 200
MOST_GENERATED = 1_000_000

# What a training did, by the provenance's `kind`
BEGINNINGS = {
    "scratch": "Trained from fresh random weights",
    "retrain": "Trained from fresh random weights, with what visitors drew",
    "fine-tune": "Trained further from {base}, with what visitors drew",
}
IMAGES = {
    "mnist": "{n} images of MNIST",
    "generated": "{n} images that the project drew by itself",
    "drawings": "{n} drawings from this site whose labels a person had accepted",
}


def sentences(provenance: dict[str, Any]) -> list[str]:
    """What was done, with what, and when; as much of it as the file tells."""
    told = [_learned(provenance), _took(provenance), _watched(provenance)]
    return [sentence for sentence in told if sentence]


def _learned(provenance: dict[str, Any]) -> str:
    kind = provenance.get("kind")
    beginning = BEGINNINGS.get(kind if isinstance(kind, str) else "", "Trained").format(base=_base(provenance))
    counts = {part: _images(provenance, part) for part in IMAGES}
    learned_from = [IMAGES[part].format(n=f"{n:,}") for part, n in counts.items() if n]
    listed = " and ".join([", ".join(learned_from[:-1]), learned_from[-1]] if learned_from[1:] else learned_from)
    return f"{beginning}: {listed}." if learned_from else ""


def generated_images(provenance: dict[str, Any]) -> int:
    """How many generated images a training asked for; 0 if the file does not tell."""
    asked = provenance.get("generated_images")
    return asked if isinstance(asked, int) and 0 <= asked <= MOST_GENERATED else 0


def _watched(provenance: dict[str, Any]) -> str:
    kept = _images(provenance, "validation")
    return f"{kept:,} more images were kept apart, to watch how it went." if kept else ""


def _took(provenance: dict[str, Any]) -> str:
    epochs, finished = _of(provenance, "settings").get("epochs"), _date(provenance.get("finished_at"))
    if not isinstance(epochs, int):
        return ""
    times = "once" if epochs == 1 else f"{epochs:,} times"
    return f"It saw all of them {times}, and was done on {finished:%-d %B %Y}." if finished else f"It saw them {times}."


def _base(provenance: dict[str, Any]) -> str:
    number = _of(provenance, "base").get("number")
    return f"version {number}" if isinstance(number, int) else "another version"


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
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict):
            rows += details(value, f"{name}, ")
        elif not (value is None or isinstance(value, list) or "sha256" in key):
            rows.append((name[:1].upper() + name[1:], _words(value)))
    return rows


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)[:LONGEST_VALUE]
