"""Bulk reviews: a preview of what a filter holds, the button that accepts it, and the page that follows and undoes it.

Left out on purpose: the work, which is `recognizer.bulk`. The list of drawings and the queue have the first button."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer import bulk
from recognizer.admin import pictures
from recognizer.admin.base import PageAdmin, require
from recognizer.models import BulkReview, Drawing, Visitor
from recognizer.queue_filters import FilterError, Filters
from recognizer.words import ago, commas, link, percent

PERMISSION = "recognizer.bulk_review_label"
State = BulkReview.State
STYLES = {State.RUNNING: "info", State.DONE: "success", State.UNDONE: "warning", State.PREVIEWED: ""}
REFUSED = gettext_lazy("That cannot be done with a bulk review that is %(state)s.")


@admin.register(BulkReview)
class BulkReviewAdmin(PageAdmin):
    page_template = "admin/recognizer/bulkreview/page.html"
    empty_words = gettext_lazy(
        "Nothing was accepted in bulk. Narrow the review queue or the list of drawings down, and begin there."
    )
    list_display = ["when", "state_words", "what", "size", "who"]
    list_display_links = ["when"]
    list_filter = ["state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("by").defer("ids", "claims")

    def get_urls(self) -> list:
        steps = {"confirm": bulk.confirm, "cancel": _cancel, "undo": bulk.undo}
        return [
            self.own_path("preview/", require_POST(self.preview_view), "preview"),
            self.own_path("<int:review_id>/progress/", self.progress_view, "progress"),
            *(self.own_path(f"<int:review_id>/{name}/", self._step(does), name) for name, does in steps.items()),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("When"), ordering="pk")
    def when(self, review: BulkReview) -> str | SafeString:
        return ago(review.created_at)

    @display(description=gettext_lazy("State"), label=STYLES, ordering="state")
    def state_words(self, review: BulkReview) -> str | tuple[str, str]:
        words = review.get_state_display()
        return (review.state, words) if review.state in STYLES else words

    @display(description=gettext_lazy("Labels"))
    def what(self, review: BulkReview) -> str:
        return Filters(**review.filters).words() or _("all that awaited review")

    @display(description=gettext_lazy("Done"), ordering="total")
    def size(self, review: BulkReview) -> str:
        return _("%(done)s of %(total)s") % {"done": commas(review.done), "total": commas(review.total)}

    @display(description=gettext_lazy("By"), ordering="by__username", empty_value=gettext_lazy("somebody who is gone"))
    def who(self, review: BulkReview) -> str | None:
        return review.by and review.by.get_username()

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        require(request.user.has_perm(PERMISSION))
        try:
            review = bulk.preview(Filters.from_query(request.POST), by=request.user)
        except FilterError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:recognizer_drawing_review")
        return redirect("admin:recognizer_bulkreview_change", review.pk)

    def progress_view(self, request: HttpRequest, review_id: int) -> HttpResponse:
        require(self.has_view_permission(request))
        return JsonResponse(_progress(get_object_or_404(BulkReview, pk=review_id)))

    def _step(self, does: Any) -> Any:
        def view(request: HttpRequest, review_id: int) -> HttpResponse:
            require(request.user.has_perm(PERMISSION))
            review = get_object_or_404(BulkReview, pk=review_id)
            if not does(review.pk, by=request.user):
                self.message_user(request, REFUSED % {"state": review.get_state_display()}, messages.WARNING)
            return redirect("admin:recognizer_bulkreview_change", review_id)

        return require_POST(view)

    def page_context(self, request: HttpRequest, review: BulkReview) -> dict[str, Any]:
        may = request.user.has_perm(PERMISSION)
        shown = _summary(review) if review.state == State.PREVIEWED else {}
        return {
            "title": _("Accept in bulk"),
            "filter": Filters(**review.filters).words() or _("all that await review"),
            "progress": _progress(review),
            "limit": settings.BULK_MOST if review.total >= settings.BULK_MOST else None,
            "may_confirm": may and review.state == State.PREVIEWED and review.total,
            "may_cancel": may and review.state == State.RUNNING,
            "may_undo": may and review.state in (State.DONE, State.CANCELLED),
            **shown,
        }


def _cancel(review_id: int, *, by: Any) -> bool:
    """Whoever stops it decides nothing: what is accepted stays in the name of who confirmed it."""
    return bulk.cancel(review_id)


def _progress(review: BulkReview) -> dict[str, Any]:
    left, is_back = review.position - review.done, review.state in (State.UNDOING, State.UNDONE)
    said = _("%(done)s of %(total)s taken back.") if is_back else _("%(done)s of %(total)s accepted.")
    words = [said % {"done": commas(review.done), "total": commas(review.total)}]
    if left > 0 and is_back:
        words.append(_("Others were never accepted, or have changed since and were left alone."))
    elif left > 0:
        words.append(_("%(left)s had changed since and were left alone.") % {"left": commas(left)})
    return {
        "share": f"{review.position / review.total if review.total else 1:.3f}",
        "words": " ".join(words),
        "state": review.get_state_display(),
        "ended": review.state not in bulk.UNDER_WAY,
    }


def _summary(review: BulkReview) -> dict[str, Any]:
    found = bulk.summary(review)
    names = Visitor.objects.in_bulk([pk for pk, _ in found.largest])
    known = sum(count for _, count in found.claims) or 1
    largest = [(link(names.get(pk)), count, percent(count / known)) for pk, count in found.largest]
    return {
        "summary": found,
        "largest": largest,
        "contradicted": percent(found.contradicted / known),
        "warn_visitor": bool(found.largest) and found.largest[0][1] > bulk.MUCH * known and known > bulk.SUSPECT,
        "warn_network": found.contradicted > bulk.MUCH * known,
        "sample": _pictures(found.sample),
        "suspect": _pictures(found.suspect),
    }


def _pictures(ids: list[int]) -> list[dict[str, Any]]:
    rows = Drawing.objects.select_related("label").in_bulk(ids)
    known = [rows[pk] for pk in ids if pk in rows and hasattr(rows[pk], "label")]
    return [{"row": row, "picture": pictures.thumbnail(row), "answer": str(row.label)} for row in known]
