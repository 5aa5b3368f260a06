"""The list of those who draw, with how much they drew and how their labels fared.

Left out on purpose: who they are. A visitor is a random cookie, and the admin knows no more."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from recognizer.admin import pictures
from recognizer.admin.base import PageAdmin
from recognizer.models import Drawing, Label, Visitor
from recognizer.words import ago

MOST_DRAWINGS = 60


@admin.register(Visitor)
class VisitorAdmin(PageAdmin):
    page_template = "admin/recognizer/visitor/page.html"
    empty_words = "Nobody has drawn yet. A visitor appears here with the first drawing that is submitted."
    list_display = ["name", "use", "drawing_count", "label_count", "accepted_count", "rejected_count", "first", "last"]
    list_display_links = ["name"]
    list_filter = ["held_out"]
    search_fields = ["=pk", "imported_as"]
    search_help_text = "Number of a visitor, or data set"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        label = "drawings__label"
        return (
            super()
            .get_queryset(request)
            .annotate(
                drawing_count=Count("drawings"),
                label_count=Count(label),
                accepted_count=Count(label, filter=Q(**{f"{label}__state": Label.State.ACCEPTED})),
                rejected_count=Count(label, filter=Q(**{f"{label}__state": Label.State.REJECTED})),
                last_drawn_at=Max("drawings__created_at"),
            )
        )

    @display(description="Visitor", ordering="pk")
    def name(self, visitor: Visitor) -> str:
        return str(visitor)

    @display(description="Used for", label={"measuring": "info", "training": ""}, ordering="held_out")
    def use(self, visitor: Visitor) -> str:
        return "measuring" if visitor.held_out else "training"

    @display(description="Drawings", ordering="drawing_count")
    def drawing_count(self, visitor: Visitor) -> int:
        return visitor.drawing_count

    @display(description="Labels", ordering="label_count")
    def label_count(self, visitor: Visitor) -> int:
        return visitor.label_count

    @display(description="Accepted", ordering="accepted_count")
    def accepted_count(self, visitor: Visitor) -> int:
        return visitor.accepted_count

    @display(description="Rejected", ordering="rejected_count")
    def rejected_count(self, visitor: Visitor) -> int:
        return visitor.rejected_count

    @display(description="First came", ordering="created_at")
    def first(self, visitor: Visitor) -> str | SafeString:
        return ago(visitor.created_at)

    @display(description="Last drew", ordering="last_drawn_at")
    def last(self, visitor: Visitor) -> str | SafeString:
        return ago(visitor.last_drawn_at)

    def page_context(self, request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
        rows = Drawing.objects.of(visitor).with_answers()[:MOST_DRAWINGS]
        return {"drawings": [{"row": row, "picture": pictures.thumbnail(row)} for row in rows]}
