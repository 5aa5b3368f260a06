"""The desks for what jobs learned from: each snapshot with who and what is in it, and the drawings deleted since.

Left out on purpose: making and deleting. Jobs make snapshots, and what is deleted is kept as a number only."""

from math import ceil
from typing import Any

import numpy as np
from django.contrib import admin
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from recognizer.admin import notes, pictures
from recognizer.admin.base import PageAdmin, Rows
from recognizer.models import Drawing, ModelVersion
from recognizer.words import ago, commas, counted, link
from training import deletions, live, packing
from training.admin.snapshot_pages import SnapshotPages
from training.models import DeletedDrawing, Snapshot, TrainingJob

MOST_JOBS = 50
MOST_PICTURES, MOST_PARTS = 48, 8
LABELS = [*map(str, range(10)), gettext_lazy("none")]
# What a list shows: the columns that a row of it needs, and not its version's whole provenance
WITH_VERSION = (
    "state", "kind", "cancel_requested", "finished_at", "is_demo", "snapshot", "version__number", "version__is_demo",
)  # fmt: skip


@admin.register(Snapshot)
class SnapshotAdmin(SnapshotPages, PageAdmin):
    page_template = "admin/training/snapshot/page.html"
    empty_words = gettext_lazy(
        "No snapshots yet. A job that learns from accepted drawings freezes their list here when it begins: start one "
        "under Training jobs."
    )
    list_display = ["name", "count_", "visitor_count", "left_out_", "deleted_count", "learned", "when"]
    list_display_links = ["name"]
    search_fields = ["=pk", "sha256__startswith"]
    search_help_text = gettext_lazy("Number or SHA-256")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        jobs = TrainingJob.objects.select_related("version").only(*WITH_VERSION)
        return (
            super()
            .get_queryset(request)
            .annotate(deleted=Count("deleted_drawings"))
            .prefetch_related(Prefetch("jobs", jobs, to_attr="used_by"))
        )

    @display(description=gettext_lazy("Snapshot"), ordering="pk")
    def name(self, snapshot: Snapshot) -> str:
        return _("snapshot %(snapshot)s") % {"snapshot": snapshot.pk}

    @display(description=gettext_lazy("Drawings"), ordering="count")
    def count_(self, snapshot: Snapshot) -> str:
        return commas(snapshot.count)

    @display(description=gettext_lazy("Visitors"), ordering="visitors")
    def visitor_count(self, snapshot: Snapshot) -> str:
        return commas(snapshot.visitors)

    @display(description=gettext_lazy("Left out"), ordering="left_out")
    def left_out_(self, snapshot: Snapshot) -> str:
        return commas(snapshot.left_out)

    @display(description=gettext_lazy("Deleted since"), ordering="deleted")
    def deleted_count(self, snapshot: Snapshot) -> str:
        return commas(snapshot.deleted)

    @display(description=gettext_lazy("Versions that learned from it"))
    def learned(self, snapshot: Snapshot) -> str | SafeString:
        return _links([job.version for job in snapshot.used_by if job.version])

    @display(description=gettext_lazy("Frozen"), ordering="created_at")
    def when(self, snapshot: Snapshot) -> str | SafeString:
        return ago(snapshot.created_at)

    def page_context(self, request: HttpRequest, snapshot: Snapshot) -> dict[str, Any]:
        return {
            "title": _("Snapshot %(snapshot)s") % {"snapshot": snapshot.pk},
            "bars": _bars(snapshot.per_label),
            "cap": _cap(snapshot),
            "jobs": [(job, live.state_words(job)) for job in snapshot.used_by[:MOST_JOBS]],
            "more_jobs": max(0, len(snapshot.used_by) - MOST_JOBS),
            "may_look": request.user.has_perm("recognizer.view_drawing"),
            "pictures": _examples(snapshot) if request.user.has_perm("recognizer.view_drawing") else [],
        }


class DeletedRows(Rows):
    """The list with the versions of all its rows looked up at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        learned_by = deletions.versions_of(self.result_list)
        for deleted in self.result_list:
            deleted.learned_by = learned_by[deleted.pk]


@admin.register(DeletedDrawing)
class DeletedDrawingAdmin(PageAdmin):
    page_template = "admin/training/deleteddrawing/page.html"
    empty_words = gettext_lazy(
        "No drawing that a job learned from was deleted. When one is, its number appears here with the versions that "
        "learned from it; nothing else of it is kept."
    )
    list_display = ["name", "by", "when", "listed", "learned"]
    list_display_links = ["name"]
    list_filter = ["by", ("snapshots", RelatedOnlyFieldListFilter)]
    search_fields = ["=drawing_id"]
    search_help_text = gettext_lazy("Number of a drawing")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        snapshots = Prefetch("snapshots", Snapshot.objects.order_by("pk"), to_attr="listed_in")
        return super().get_queryset(request).prefetch_related(snapshots)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Rows]:
        return DeletedRows

    @display(description=gettext_lazy("Drawing"), ordering="drawing_id")
    def name(self, deleted: DeletedDrawing) -> str:
        return _("drawing %(drawing_id)s") % {"drawing_id": deleted.drawing_id}

    @display(description=gettext_lazy("Deleted"), ordering="deleted_at")
    def when(self, deleted: DeletedDrawing) -> str | SafeString:
        return ago(deleted.deleted_at)

    @display(description=gettext_lazy("Snapshots that list it"))
    def listed(self, deleted: DeletedDrawing) -> str | SafeString:
        return _links(deleted.listed_in, _("snapshot %(number)s"))

    @display(description=gettext_lazy("Versions that learned from it"))
    def learned(self, deleted: DeletedDrawing) -> str | SafeString:
        return _links(deleted.learned_by)

    def page_context(self, request: HttpRequest, deleted: DeletedDrawing) -> dict[str, Any]:
        return {"snapshots": deleted.listed_in, "versions": deletions.versions_of([deleted])[deleted.pk]}


def _links(rows: list, words: str = "%(row)s") -> str | SafeString:
    texts = [(link(row, words % {"row": row, "number": row.pk}),) for row in rows]
    return format_html_join(", ", "{}", texts) or _("none")


def _bars(per_label: list[int]) -> list[dict[str, Any]]:
    """A bar for each digit, and for "no digit", as long as its share of the most frequent one."""
    most = max(per_label, default=0) or 1
    return [
        {"label": label, "count": commas(count), "share": f"{count / most:.4f}"}
        for label, count in zip(LABELS, per_label, strict=False)
    ]


def _cap(snapshot: Snapshot) -> str:
    if snapshot.visitor_most is None:
        return _("nobody had more than their share: all drawings are in it")
    of_one = counted(snapshot.visitor_most, "drawing")
    return _("at most %(of_one)s of any visitor; %(drawings)s of those who had more left out") % {
        "of_one": of_one,
        "drawings": counted(snapshot.left_out, "drawing"),
    }


def _examples(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Some of its drawings that are still there, from all over it, in the order of the labels that they had then."""
    parts = ceil(snapshot.count / packing.PART)
    numbers = np.unique(np.linspace(0, max(parts - 1, 0), MOST_PARTS).astype(int))
    labels: dict[int, int] = {}
    for part in snapshot.parts.filter(number__in=numbers.tolist()):
        records = packing.unpacked(part)
        some = np.linspace(0, len(records) - 1, MOST_PICTURES // len(numbers)).astype(int)
        labels |= dict(records[np.unique(some)].tolist())
    rows = Drawing.objects.filter(pk__in=list(labels)).with_answers()
    ordered = sorted(rows, key=lambda row: (labels[row.pk], row.pk))
    return [{"row": row, "picture": pictures.thumbnail(row)} for row in ordered]


def _of_deleted(version: ModelVersion) -> str | SafeString:
    deleted = deletions.learned_from_deleted(version)
    count = deleted.count()
    if not count:
        return ""
    snapshots = sorted(set(deleted.values_list("snapshots", flat=True)))
    address = f"{reverse('admin:training_deleteddrawing_changelist')}?snapshots__in={','.join(map(str, snapshots))}"
    said = ngettext(
        '<a class="d-link" href="{address}">{count} drawing that it learned from has</a> been deleted since.',
        '<a class="d-link" href="{address}">{count} drawings that it learned from have</a> been deleted since.',
        count,
    )
    by_base = "" if version.base_id is None else " " + _("Those of the versions that it builds on are counted too.")
    return format_html(said + "{by_base}", address=address, count=commas(count), by_base=by_base)


notes.of_versions.append(_of_deleted)
