"""The pages below a snapshot: its drawings a page at a time, and how a version reads the corrections among them.

Left out on purpose: filters of the list of drawings. A snapshot's list is packed, and no query can look into it; here
its own order leads to any page at once."""

from math import ceil
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer import versions
from recognizer.admin import pictures
from recognizer.admin.base import require
from recognizer.models import Drawing
from recognizer.words import percent
from training import corrections, listed
from training.models import Snapshot, TrainingJob
from training.wilson import interval

PAGE = 60
LABELS = [*map(str, range(10)), gettext_lazy("no digit")]
MOST_WRONG = 60


class SnapshotPages:
    """Adds the pages to the snapshots' admin."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:snapshot_id>/drawings/", self.drawings_view, "drawings"),
            self.own_path("<int:snapshot_id>/corrections/", self.corrections_view, "corrections"),
            *super().get_urls(),
        ]

    def drawings_view(self, request: HttpRequest, snapshot_id: int) -> HttpResponse:
        snapshot = self._snapshot(request, snapshot_id)
        label = _number(request, "label", most=len(LABELS) - 1)
        count = snapshot.count if label is None else (snapshot.per_label or [0] * 11)[label]
        pages = max(1, ceil(count / PAGE))
        page = min(max(1, _number(request, "page") or 1), pages)
        records = listed.page(snapshot, start=(page - 1) * PAGE, count=PAGE, label=label)
        context = {
            "title": _("Drawings of snapshot %(snapshot)s") % {"snapshot": snapshot.pk},
            "snapshot": snapshot,
            "label": label,
            "chips": [(number, name) for number, name in enumerate(LABELS)],
            "items": _items(records),
            "count": count,
            "page_number": page,
            "pages": pages,
            "before": page - 1 if page > 1 else None,
            "behind": page + 1 if page < pages else None,
        }
        return self.page(request, "admin/training/snapshot/drawings.html", **context)

    def corrections_view(self, request: HttpRequest, snapshot_id: int) -> HttpResponse:
        """How the version of the number `version`, which learnt from the snapshot, reads its corrections now."""
        snapshot = self._snapshot(request, snapshot_id)
        jobs = TrainingJob.objects.filter(snapshot=snapshot, version__number=_number(request, "version") or 0)
        job = jobs.select_related("version").first()
        if job is None:
            raise Http404(f"no such version learnt from snapshot {snapshot_id}")
        context = {
            "title": _("Corrections that version %(version)s learnt") % {"version": job.version.number},
            "snapshot": snapshot,
        }
        context |= {"version": job.version, "most": settings.READINGS_AT_ONCE}
        try:
            context |= _counted(corrections.count(job.version, snapshot))
        except versions.VersionError as error:
            context["problem"] = str(error)
        return self.page(request, "admin/training/snapshot/corrections.html", **context)

    def _snapshot(self, request: HttpRequest, snapshot_id: int) -> Snapshot:
        require(self.has_view_permission(request) and request.user.has_perm("recognizer.view_drawing"))
        return get_object_or_404(Snapshot, pk=snapshot_id)


def _items(records: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """The drawings in the list's order; of one that was deleted its number is left."""
    rows = Drawing.objects.with_answers().in_bulk([pk for pk, _ in records])
    return [
        {
            "id": pk,
            "row": rows.get(pk),
            "picture": pictures.thumbnail(rows[pk]) if pk in rows else "",
            "label": LABELS[label],
            "is_correction": pk in rows and rows[pk].prediction.digit != corrections.as_digit(label),
        }
        for pk, label in records
    ]


def _counted(found: corrections.Corrections) -> dict[str, Any]:
    low, high = interval(found.right, found.count) if found.count else (None, None)
    some = found.wrong[:MOST_WRONG]
    wrong = [{"row": row, "picture": pictures.thumbnail(row), "reading": reading} for row, reading in some]
    return {
        "found": found,
        "share": percent(found.share),
        "between": _("%(low)s to %(high)s") % {"low": percent(low), "high": percent(high)} if found.count else "",
        "wrong": wrong,
        "more_wrong": len(found.wrong) - len(wrong),
    }


def _number(request: HttpRequest, name: str, *, most: int = 10**9) -> int | None:
    """The number that the address has under a name; None if it is none that there can be."""
    text = request.GET.get(name, "")
    number = int(text) if text.isdecimal() and len(text) < 10 else None
    return number if number is not None and number <= most else None
