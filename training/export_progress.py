"""An export in words, for its page and the list: the same for the first look and for each later one.

Left out on purpose: any writing; the figures are those that the worker last wrote into the row."""

from datetime import timedelta
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from recognizer.told import told
from recognizer.words import commas, counted
from training import exporting
from training.data.exports import FORMATS
from training.export_filters import Filters
from training.live import duration
from training.models import Export

State = Export.State


def shown(export: Export) -> dict[str, Any]:
    """All that changes on an export's page, ready for JSON; `fields` are texts by name."""
    return {
        "state": export.state,
        "ended": export.finished_at is not None,
        "cancelling": is_cancelling(export),
        "has_file": has_file(export),
        "done": round(share(export), 4),
        "fields": {
            "state": state_words(export),
            "percent": f"{100 * share(export):.0f} %",
            "drawings": drawings(export),
            "elapsed": _elapsed(export),
            "remaining": _remaining(export),
            "size": size(export),
            "attempt": str(export.attempt) if export.attempt else _("not begun"),
            "message": told(export.message) or _("Waits for a worker that is free."),
            "sha256": export.sha256,
        },
    }


def has_file(export: Export) -> bool:
    """Whether it can be downloaded: it may be finished and its file removed, or about to be."""
    return bool(export.file) and not export.outdated


def share(export: Export) -> float:
    """How much is done, from 0 to 1."""
    if export.state == State.SUCCEEDED:
        return 1.0
    return min(1.0, (export.done + export.lost) / export.total) if export.total else 0.0


def is_cancelling(export: Export) -> bool:
    return export.cancel_requested and export.finished_at is None


def state_words(export: Export) -> str:
    if export.state == State.SUCCEEDED and not has_file(export):
        return _("file removed")
    return _("cancelling") if is_cancelling(export) else export.get_state_display()


def size(export: Export) -> str:
    return "" if export.size_bytes is None else filesizeformat(export.size_bytes)


def which(export: Export) -> str:
    """Which drawings, as a sentence."""
    words = Filters.from_json(export.filters).words()
    return f"{words[:1].upper()}{words[1:]}."


def about(export: Export) -> str:
    """What the file says of itself, or would if its format had a place for it."""
    filters, kind = Filters.from_json(export.filters), FORMATS[export.format]
    day = (export.finished_at or timezone.now()).date()
    with override("en"):  # as the file has it, whoever reads the page
        return exporting.about(filters, kind, day=day)(export.done)


def drawings(export: Export) -> str:
    if export.total is None:
        return _("not counted yet")
    if export.state == State.SUCCEEDED:
        return counted(export.done, "drawing")
    return _("%(done)s of %(total)s") % {"done": commas(export.done), "total": commas(export.total)}


def _elapsed(export: Export) -> str:
    seconds = _seconds(export)
    return "" if seconds is None else duration(seconds)


def _remaining(export: Export) -> str:
    done, seconds = share(export), _seconds(export)
    if export.state != State.RUNNING or not 0 < done < 1 or not seconds:
        return ""
    return _("about %(seconds)s") % {"seconds": duration(seconds * (1 - done) / done)}


def _seconds(export: Export) -> float | None:
    if export.started_at is None or export.state == State.QUEUED:
        return None
    return ((export.finished_at or timezone.now()) - export.started_at) / timedelta(seconds=1)
