"""The list of banned shapes with what they look like and how much they hide, and the button that lifts a ban.

Left out on purpose: banning, which begins on the page of a drawing."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer import bans
from recognizer.admin import moderating, pictures
from recognizer.admin.base import PageAdmin, require
from recognizer.models import BannedShape, Drawing
from recognizer.words import ago, link

MOST_DRAWINGS = 60


@admin.register(BannedShape)
class BannedShapeAdmin(PageAdmin):
    page_template = "admin/recognizer/bannedshape/page.html"
    empty_words = gettext_lazy(
        "No shape is banned. A drawing that the same hands send again and again is banned from its page: "
        "what looks like it is hidden then, and what comes later as well."
    )
    list_display = ["picture", "state", "near", "hidden", "who", "why", "since"]
    list_display_links = ["picture"]
    list_filter = ["nearness"]
    search_fields = ["reason"]
    search_help_text = gettext_lazy("Words of the reason")

    def has_view_permission(self, request: HttpRequest, obj: BannedShape | None = None) -> bool:
        return request.user.has_perm("recognizer.view_drawing")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("by", "drawing").annotate(hidden_count=Count("drawings"))

    def get_urls(self) -> list:
        lift = self.own_path("<int:shape_id>/lift/", require_POST(self.lift_view), "lift")
        return [lift, *super().get_urls()]

    @display(description=gettext_lazy("Shape"), ordering="pk")
    def picture(self, shape: BannedShape) -> SafeString:
        return format_html('<span class="d-with-number">{} <span>{}</span></span>', seen(shape, "d-thumb"), shape.pk)

    @display(description=gettext_lazy("Now"), label={"banned": "danger", "lifted": ""}, ordering="lifted_at")
    def state(self, shape: BannedShape) -> tuple[str, str]:
        return ("lifted", _("lifted")) if shape.lifted_at else ("banned", _("banned"))

    @display(description=gettext_lazy("Nearness"), ordering="nearness")
    def near(self, shape: BannedShape) -> str:
        return shape.get_nearness_display()

    @display(description=gettext_lazy("Hides"), ordering="hidden_count")
    def hidden(self, shape: BannedShape) -> int:
        return shape.hidden_count

    @display(description=gettext_lazy("By"), ordering="by__username")
    def who(self, shape: BannedShape) -> str:
        return shape.by.get_username() if shape.by else ""

    @display(description=gettext_lazy("Why"))
    def why(self, shape: BannedShape) -> str:
        return shape.reason

    @display(description=gettext_lazy("Since"), ordering="created_at")
    def since(self, shape: BannedShape) -> str | SafeString:
        return ago(shape.created_at)

    def page_context(self, request: HttpRequest, shape: BannedShape) -> dict[str, Any]:
        rows = Drawing.objects.filter(banned_shape=shape).with_answers().order_by("-pk")[:MOST_DRAWINGS]
        return {
            "seen": seen(shape, "d-canvas"),
            "came_from": link(shape.drawing) if shape.drawing else _("a drawing that was deleted since"),
            "items": [{"row": row, "picture": pictures.thumbnail(row)} for row in rows],
            "decisions": shape.decisions.select_related("by").order_by("-pk"),
            "may_lift": request.user.has_perm(moderating.PERMISSION) and shape.lifted_at is None,
            "longest_reason": moderating.LONGEST_REASON,
            "input_classes": moderating.input_classes(),
        }

    def lift_view(self, request: HttpRequest, shape_id: int) -> HttpResponse:
        require(request.user.has_perm(moderating.PERMISSION))
        shape = get_object_or_404(BannedShape, pk=shape_id)
        if bans.lift(shape, by=request.user, reason=moderating.reason_in(request)):
            said = _("The ban is lifted. What was hidden for it alone is shown again.")
            self.message_user(request, said, messages.SUCCESS)
        else:
            self.message_user(request, _("The ban was lifted before."), messages.WARNING)
        return redirect("admin:recognizer_bannedshape_change", shape_id)


def seen(shape: BannedShape, css_class: str) -> SafeString:
    """What the network saw of the drawing that was banned."""
    return pictures.image(bytes(shape.seen), css_class, str(shape))
