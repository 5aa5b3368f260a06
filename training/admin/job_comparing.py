"""Jobs compared: the action of the list, and the page, whose address says which jobs it compares.

Left out on purpose: comparing versions image by image, which is the comparisons' desk."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.admin.base import require
from training import side_by_side
from training.models import TrainingJob

# Across this many the chart's lines are told apart; see LINES in charts.js
SHAPES = ["●", "▲", "■", "◆"]


class CompareDesk:
    """The part of the jobs' admin that shows some of them side by side."""

    @admin.action(
        description=format_lazy(
            gettext_lazy("Compare {fewest} to {most} jobs"), fewest=side_by_side.FEWEST, most=side_by_side.MOST
        ),
        permissions=["view"],
    )
    def compare(self, request: HttpRequest, queryset: QuerySet[TrainingJob]) -> HttpResponse:
        ids = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)[:100])
        return HttpResponseRedirect(f"{reverse('admin:training_trainingjob_compare')}?ids={ids}")

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """The jobs of ?ids=3,7 side by side; what is wrong with that stands above the list."""
        require(self.has_view_permission(request))
        try:
            jobs = side_by_side.chosen(request.GET.get("ids", ""))
        except side_by_side.SelectionError as error:
            self.message_user(request, _("Nothing was compared. %(error)s") % {"error": error}, messages.ERROR)
            return redirect("admin:training_trainingjob_changelist")
        results = side_by_side.epochs_of(jobs)
        return self.page(
            request,
            "admin/training/trainingjob/compare.html",
            title=_("Compare %(job)s") % {"job": ", ".join(str(job) for job in jobs)},
            jobs=list(zip(jobs, SHAPES, strict=False)),
            settings=side_by_side.settings_of(jobs),
            outcomes=side_by_side.outcomes(jobs, results),
            measures=side_by_side.curves(jobs, results),
            any_epoch=any(results.values()),
            unfinished=[job for job in jobs if job.state in TrainingJob.UNFINISHED],
        )
