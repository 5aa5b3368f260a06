"""The desk for measurements: a form that starts them, a page that follows one, a button that ends it.

Left out on purpose: counting, which the workers do, and every change of a state, which is `measurements.py`'s."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer.admin import scores
from recognizer.admin.base import PageAdmin, require
from recognizer.models import Evaluation, ModelVersion
from recognizer.told import told
from recognizer.words import ago, commas, counted, link
from training import frozen, measurements, mistake_pictures, tasks
from training.models import Measurement

State = Measurement.State
STYLES = {
    State.QUEUED: "info",
    State.RUNNING: "primary",
    State.SUCCEEDED: "success",
    State.FAILED: "danger",
    State.CANCELLED: "warning",
}


@admin.register(Measurement)
class MeasurementAdmin(PageAdmin):
    page_template = "admin/training/measurement/page.html"
    change_list_template = "admin/training/measurement/list.html"
    empty_words = gettext_lazy(
        "Nothing was measured in parts yet. Versions are measured by themselves on what they were never measured on; "
        "all workers share that."
    )
    list_display = ["name", "of", "on", "state_label", "progress_bar", "result", "when"]
    list_display_links = ["name"]
    list_filter = ["state", "dataset"]
    search_fields = ["=version__number", "dataset"]
    search_help_text = gettext_lazy("Number of a version, or name of a data set")
    actions = None

    def has_start_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.start_measurement")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("version", "evaluation", "by")

    def get_urls(self) -> list:
        return [
            self.own_path("start/", require_POST(self.start_view), "start"),
            self.own_path("<int:measurement_id>/progress/", self.progress_view, "progress"),
            self.own_path("<int:measurement_id>/cancel/", require_POST(self.cancel_view), "cancel"),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("Measurement"), ordering="pk")
    def name(self, row: Measurement) -> str:
        return str(row)

    @display(description=gettext_lazy("Version"), ordering="version__number")
    def of(self, row: Measurement) -> str | SafeString:
        return link(row.version)

    @display(description=gettext_lazy("On"), ordering="dataset")
    def on(self, row: Measurement) -> str:
        return scores.name(row.dataset)

    @display(description=gettext_lazy("State"), label=STYLES, ordering="state")
    def state_label(self, row: Measurement) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=gettext_lazy("Progress"))
    def progress_bar(self, row: Measurement) -> SafeString:
        return format_html(
            '<span class="d-progress is-small" style="display: block"><span style="--share: {}"></span></span>'
            '<span class="d-subtle">{}</span>',
            f"{share(row):.3f}", words(row),
        )  # fmt: skip

    @display(description=gettext_lazy("Read right"))
    def result(self, row: Measurement) -> str | SafeString:
        return link(row.evaluation, scores.figure(row.evaluation)) if row.evaluation else ""

    @display(description=gettext_lazy("Asked for"), ordering="created_at")
    def when(self, row: Measurement) -> str | SafeString:
        return ago(row.created_at)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        may_start = self.has_start_permission(request)
        choices = {
            "versions": ModelVersion.objects.of_the_site().order_by("-number").values_list("number", flat=True)[:100]
        }
        context = {"may_start": may_start, "datasets": measurements.datasets(), **choices} if may_start else {}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def page_context(self, request: HttpRequest, row: Measurement) -> dict[str, Any]:
        return {
            "live": self._live(row),
            "dataset": scores.name(row.dataset),
            "counted": scores.counted_of(row),
            "interval": scores.interval(row.evaluation.correct, row.evaluation.n) if row.evaluation else "",
            "figure": scores.figure(row.evaluation),
            "pictures": mistake_pictures.pictures(row) if _may_see(request, row) else [],
            "may_start": self.has_start_permission(request),
        }

    def _live(self, row: Measurement) -> dict[str, Any]:
        ended = row.state not in measurements.UNFINISHED
        return {
            "ended": ended,
            "state": row.get_state_display(),
            "share": round(share(row), 4),
            "words": words(row),
            "message": told(row.message),
        }

    def progress_view(self, request: HttpRequest, measurement_id: int) -> HttpResponse:
        """Answer what the page asks each second."""
        require(self.has_view_permission(request))
        return JsonResponse(self._live(get_object_or_404(Measurement, pk=measurement_id)))

    def cancel_view(self, request: HttpRequest, measurement_id: int) -> HttpResponse:
        require(self.has_start_permission(request))
        row = get_object_or_404(Measurement, pk=measurement_id)
        if measurements.cancel(row.pk, by=request.user):
            self.log_change(request, row, "Cancelled")
            self.message_user(request, _("The measurement is cancelled."), messages.SUCCESS)
            tasks.enqueue_measurements()
        else:
            said = _("Nothing to cancel: the measurement %(state)s already.") % {"state": row.get_state_display()}
            self.message_user(request, said, messages.WARNING)
        return redirect("admin:training_measurement_change", measurement_id)

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Start measuring one version or all on one data set or all."""
        require(self.has_start_permission(request))
        number, dataset = request.POST.get("version", ""), request.POST.get("dataset", "")
        chosen = ModelVersion.objects.order_by("number")
        if number == "all":
            chosen = chosen.of_the_site().filter(weights_removed_at=None)
        else:
            is_number = number.isascii() and number.isdecimal() and len(number) < 9
            chosen = chosen.filter(number=int(number)) if is_number else chosen.none()
        try:
            if not chosen:
                raise measurements.MeasurementError(
                    _("There is no version %(number)s: choose one of the list.") % {"number": f"{number[:20]!r}"}
                )
            made = [measurements.start(row, name, by=request.user) for row in chosen for name in _names(dataset)]
        except measurements.MeasurementError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:training_measurement_changelist")
        tasks.enqueue_measurements()
        said = _("%(measurements)s queued; all workers share them.") % {
            "measurements": counted(len(made), "measurement")
        }
        self.message_user(request, said, messages.SUCCESS)
        if len(made) == 1:
            return redirect("admin:training_measurement_change", made[0].pk)
        return redirect("admin:training_measurement_changelist")


def share(row: Measurement) -> float:
    """How much of it is done, from 0 to 1."""
    if row.state == State.SUCCEEDED:
        return 1.0
    return row.chunks_done / row.chunks if row.chunks else 0.0


def words(row: Measurement) -> str:
    if not row.chunks:
        return _("not begun")
    return _("%(done)s of %(total)s images, %(chunks_done)s of %(parts)s") % {
        "done": commas(row.done),
        "total": commas(row.total),
        "chunks_done": commas(row.chunks_done),
        "parts": counted(row.chunks, "part"),
    }


def _names(dataset: str) -> list[str]:
    if dataset:
        return [dataset]
    return [name for name in measurements.datasets() if name != Evaluation.DRAWINGS or frozen.last_id()]


def _may_see(request: HttpRequest, row: Measurement) -> bool:
    """Whether somebody may see the pictures: visitors' drawings take a permission of their own."""
    return row.dataset != Evaluation.DRAWINGS or request.user.has_perm("recognizer.view_drawing")
