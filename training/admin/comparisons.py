"""The desk for comparisons: a form that compares any two versions, and the report with the gate's verdict first.

Left out on purpose: reading images and judging (`comparing.py`, `gate.py`), and making a version live, which the
versions' desk does."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from recognizer import advice
from recognizer.admin.base import LONGEST_KEY, PageAdmin, require
from recognizer.models import Deployment, ModelVersion
from recognizer.told import told
from recognizer.words import ago, link
from training import comparisons, tasks
from training.admin.comparison_page import report
from training.models import Comparison

VIEW_PERMISSION = "recognizer.view_modelversion"
RELEASE_PERMISSION = "recognizer.release_modelversion"
STYLES = {"queued": "info", "running": "primary", "passes": "success", "fails": "danger", "failed": "warning"}
WORDS = {
    Comparison.State.FAILED: gettext_lazy("could not be made"),
    Comparison.State.QUEUED: gettext_lazy("queued"),
    Comparison.State.RUNNING: gettext_lazy("running"),
}


@admin.register(Comparison)
class ComparisonAdmin(PageAdmin):
    """Whoever may look at versions may compare them: nothing is changed by that."""

    page_template = "admin/training/comparison/page.html"
    empty_words = gettext_lazy(
        "No versions have been compared yet. Each version that a job makes is compared with the live one."
    )
    change_list_template = "admin/training/comparison/list.html"
    list_display = ["name", "state_label", "words", "who", "when"]
    list_display_links = ["name"]
    list_filter = ["passed", "state"]
    search_fields = ["=candidate__number", "=champion__number"]
    search_help_text = gettext_lazy("Number of a version")
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Comparison | None = None) -> bool:
        return request.user.has_perm(VIEW_PERMISSION)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW_PERMISSION)

    def has_delete_permission(self, request: HttpRequest, obj: Comparison | None = None) -> bool:
        # A comparison goes with either of its versions; the admin asks here whether it may.
        return request.user.has_perm("recognizer.delete_modelversion")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("candidate", "champion", "asked_by")
        return rows.defer("results", "rules", "traceback")  # large, and no row of the list shows them

    def get_urls(self) -> list:
        return [
            self.own_path("compare/", self.compare_view, "compare"),
            self.own_path("<int:comparison_id>/progress/", self.progress_view, "progress"),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("Comparison"), ordering="pk")
    def name(self, row: Comparison) -> str:
        return _("%(candidate)s with %(champion)s") % {"candidate": row.candidate, "champion": row.champion}

    @display(description=gettext_lazy("Gate"), label=STYLES, ordering="passed")
    def state_label(self, row: Comparison) -> tuple[str, str]:
        return state(row)

    @display(description=gettext_lazy("Verdict"))
    def words(self, row: Comparison) -> str:
        return told(row.verdict or row.message) or _("Waits for a worker.")

    @display(description=gettext_lazy("By"), ordering="asked_by__username", empty_value=gettext_lazy("the site itself"))
    def who(self, row: Comparison) -> str | None:
        return row.asked_by and row.asked_by.get_username()

    @display(description=gettext_lazy("When"), ordering="created_at")
    def when(self, row: Comparison) -> str | SafeString:
        return ago(row.created_at)

    def page_context(self, request: HttpRequest, row: Comparison) -> dict[str, Any]:
        live = Deployment.objects.filter(is_live=True).first()
        against_live = live is not None and live.version_id == row.champion_id
        said = advice.of(row.candidate) if against_live else None
        return {
            "title": capfirst(
                _("%(candidate)s compared with %(champion)s") % {"candidate": row.candidate, "champion": row.champion}
            ),
            "state": state(row),
            "report": report(row, drawings=request.user.has_perm("recognizer.view_drawing")),
            "may_delete": False,
            "against_live": against_live,
            "gate": said,
            "outdated": told(said.words) if said and said.passed is None and row.state == Comparison.State.DONE else "",
            "may_release": against_live and request.user.has_perm(RELEASE_PERMISSION),
            "job": link(getattr(row.candidate, "job", None)),
        }

    def progress_view(self, request: HttpRequest, comparison_id: int) -> HttpResponse:
        """Answer what the page asks each second while the comparison is being made."""
        require(self.has_view_permission(request))
        row = get_object_or_404(Comparison, pk=comparison_id)
        share = row.done / row.total if row.total else 0.0
        return JsonResponse({"ended": not row.is_unfinished, "share": round(share, 4), "message": row.message})

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """A form with two versions; sent, it compares them, or leads to the comparison that is being made already."""
        require(self.has_view_permission(request))
        if request.method == "POST" and (row := self._request(request)):
            return redirect("admin:training_comparison_change", row.pk)
        versions = list(ModelVersion.objects.of_the_site().order_by("-number"))
        live = Deployment.objects.filter(is_live=True).select_related("version").first()
        newest = next((version for version in versions if not live or version.pk != live.version_id), None)
        chosen = {"candidate": newest and newest.pk, "champion": live and live.version_id}
        asked = request.POST if request.method == "POST" else request.GET
        return self.page(
            request,
            "admin/training/comparison/compare.html",
            title=_("Compare two versions"),
            versions=versions,
            live=live,
            chosen={side: _key(asked.get(side, "")) or key for side, key in chosen.items()},
        )

    def _request(self, request: HttpRequest) -> Comparison | None:
        """The comparison that was asked for; None, with a message, if it cannot be."""
        keys = {side: _key(request.POST.get(side, "")) for side in ("candidate", "champion")}
        found = ModelVersion.objects.in_bulk([key for key in keys.values() if key])
        try:
            if None in (pair := [found.get(key) for key in keys.values()]):
                raise comparisons.ComparisonError(
                    _("Choose two versions of the list: one of these is gone, or was none.")
                )
            row = comparisons.request(*pair, by=request.user)
        except comparisons.ComparisonError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        if not tasks.enqueue_comparison(row):
            said = _(
                "The comparison is stored and stays queued: the broker does not answer. It is made once it is back."
            )
            self.message_user(request, said, messages.WARNING)
        return row


def state(row: Comparison) -> tuple[str, str]:
    """The style and the word of what a comparison came to."""
    if row.state == Comparison.State.DONE:
        return ("passes", _("passes")) if row.passed else ("fails", _("fails"))
    return row.state, WORDS[row.state]


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY else None
