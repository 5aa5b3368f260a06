"""The desk for evaluations: every figure that was ever measured, with its n, its interval, and which images it is of.

Left out on purpose: measuring, which is training's."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from recognizer.admin import scores
from recognizer.admin.base import PageAdmin
from recognizer.models import Evaluation
from recognizer.words import ago, link


@admin.register(Evaluation)
class EvaluationAdmin(PageAdmin):
    page_template = "admin/recognizer/evaluation/page.html"
    empty_words = gettext_lazy(
        "No version was measured yet. A training ends with measuring; others are measured by themselves."
    )
    list_display = ["what", "of", "accuracy", "between", "rejected", "counted", "when"]
    list_display_links = ["what"]
    list_filter = ["dataset", "version"]
    search_fields = ["=version__number", "dataset"]
    search_help_text = gettext_lazy("Number of a version, or name of a data set")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("version")

    @display(description=gettext_lazy("Measured on"), ordering="dataset")
    def what(self, row: Evaluation) -> str:
        return scores.name(row.dataset)

    @display(description=gettext_lazy("Version"), ordering="version__number")
    def of(self, row: Evaluation) -> str | SafeString:
        return link(row.version)

    @display(description=gettext_lazy("Read right"))
    def accuracy(self, row: Evaluation) -> str:
        return scores.figure(row)

    @display(description=gettext_lazy("95 % sure"))
    def between(self, row: Evaluation) -> str:
        return scores.interval(row.correct, row.n)

    @display(description=gettext_lazy("Counted"))
    def counted(self, row: Evaluation) -> str:
        return scores.counted_of(row)

    @display(description=gettext_lazy("When"), ordering="created_at")
    def when(self, row: Evaluation) -> str | SafeString:
        return ago(row.created_at)

    def page_context(self, request: HttpRequest, row: Evaluation) -> dict[str, Any]:
        measurement = getattr(row, "measurement", None)
        return {"evaluation": scores.shown(row), "measurement": measurement and measurement.pk}
