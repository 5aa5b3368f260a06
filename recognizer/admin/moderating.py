"""The buttons on a drawing's page against abuse: hide it, block its visitor, ban its shape after a look at what goes.

Left out on purpose: what hiding and banning do. `recognizer.moderation` and `recognizer.bans` decide and write down."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import INPUT_CLASSES

from recognizer import bans, locks, moderation
from recognizer.admin import pictures
from recognizer.admin.base import PageAdmin, require
from recognizer.models import BannedShape, Decision, Drawing
from recognizer.words import counted

PERMISSION = "recognizer.moderate_drawing"
LONGEST_REASON = 500
MOST_PICTURES = 60


class Moderating(PageAdmin):
    """What `DrawingAdmin` adds to itself."""

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def get_urls(self) -> list:
        return [
            self.own_path("<int:drawing_id>/moderate/", require_POST(self.moderate_view), "moderate"),
            self.own_path("<int:drawing_id>/ban/", self.ban_view, "ban"),
            *super().get_urls(),
        ]

    def moderate_view(self, request: HttpRequest, drawing_id: int) -> HttpResponse:
        """Hide or show the drawing, or hide it and block its visitor, by the button that was pressed."""
        require(self.has_moderate_permission(request))
        drawing = get_object_or_404(Drawing.objects.select_related("visitor"), pk=drawing_id)
        decision, reason = request.POST.get("decision", ""), reason_in(request)
        if decision == "hide":
            done = moderation.hide([drawing.pk], by=request.user, reason=reason)
            self._say(request, done, _("The drawing is hidden."), _("The drawing was hidden before."))
        elif decision == "show":
            done = moderation.show([drawing.pk], by=request.user, reason=reason)
            drawing.refresh_from_db(fields=["hidden_as"])
            words = _("It is still hidden: %(hidden_as)s.") % {"hidden_as": drawing.get_hidden_as_display()}
            still = f" {words}" if drawing.hidden_as else ""
            self._say(
                request,
                done,
                _("No person hides the drawing any more.") + still,
                _("No person had hidden it.") + still,
            )
        elif decision == "hide_and_block":
            moderation.hide_and_block(drawing, by=request.user, reason=reason)
            self._say(
                request, 1, _("The drawing is hidden and %(visitor)s is blocked.") % {"visitor": drawing.visitor}, ""
            )
        else:
            self.message_user(
                request,
                _("%(decision)s is no decision: press one of the buttons.") % {"decision": f"{decision!r:.40}"},
                messages.ERROR,
            )
        return redirect("admin:recognizer_drawing_change", drawing_id)

    def ban_view(self, request: HttpRequest, drawing_id: int) -> HttpResponse:
        """What a ban of this drawing's shape would hide, and the ban itself once there is a reason."""
        require(self.has_moderate_permission(request))
        drawing = get_object_or_404(Drawing, pk=drawing_id)
        given = request.POST if request.method == "POST" else request.GET
        nearness = given.get("nearness", BannedShape.Nearness.SAME)
        if nearness not in BannedShape.Nearness.values:
            said = _("%(nearness)s is no nearness: choose one of the three.") % {"nearness": f"{nearness!r:.40}"}
            self.message_user(request, said, messages.ERROR)
            return redirect("admin:recognizer_drawing_ban", drawing_id)
        reason = reason_in(request)
        if request.method == "POST" and reason:
            shape = bans.ban(drawing, nearness, by=request.user, reason=reason)
            hidden = counted(shape.drawings.count(), "drawing")
            said = _("The shape is banned: %(hidden)s hidden for it. Those to come are hidden from the start.") % {
                "hidden": hidden
            }
            self.message_user(request, said, messages.SUCCESS)
            return redirect("admin:recognizer_bannedshape_change", shape.pk)
        if request.method == "POST":
            self.message_user(request, _("A ban needs a reason: write a sentence."), messages.ERROR)
        return self.page(request, "admin/recognizer/drawing/ban.html", **self._preview(drawing, nearness))

    @admin.action(description=gettext_lazy("Hide the drawings"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        hidden = moderation.hide(ids, by=request.user)
        said = _("%(drawings)s hidden. They can be shown again, here or on their pages.") % {
            "drawings": counted(hidden, "drawing")
        }
        self.message_user(request, said + _skipped(len(ids) - hidden, _("hidden by a person before")), _tone(hidden))

    @admin.action(description=gettext_lazy("Show the drawings again"), permissions=["moderate"])
    def show(self, request: HttpRequest, queryset: QuerySet) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        shown = moderation.show(ids, by=request.user)
        said = (_("%(drawings)s shown again.") % {"drawings": counted(shown, "drawing")}) + _skipped(
            len(ids) - shown, _("which no person had hidden")
        )
        if still := _still_hidden(ids):
            said += " " + _("%(drawings)s still hidden: a blocked visitor’s, or of a banned shape.") % {
                "drawings": counted(still, "drawing")
            }
        self.message_user(request, said, _tone(shown))

    def _preview(self, drawing: Drawing, nearness: str) -> dict[str, Any]:
        steps = bans.preview(bytes(drawing.seen))
        chosen = steps[nearness]
        rows = Drawing.objects.with_answers().in_bulk(chosen.ids[:MOST_PICTURES])
        return {
            "title": _("Ban the shape of %(drawing)s") % {"drawing": drawing},
            "drawing": drawing,
            "seen": pictures.seen(drawing, "d-canvas"),
            "steps": steps.values(),
            "chosen": chosen,
            "items": [
                {"row": rows[pk], "picture": pictures.seen(rows[pk], "d-thumb")}
                for pk in chosen.ids[:MOST_PICTURES]
                if pk in rows
            ],
            "unknown": bans.shapes.without_fingerprint().exists(),
            "input_classes": input_classes(),
            "longest_reason": LONGEST_REASON,
        }

    def _say(self, request: HttpRequest, done: int, new: str, old: str) -> None:
        self.message_user(request, new if done else old, messages.SUCCESS if done else messages.WARNING)


def reason_in(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:LONGEST_REASON]


def input_classes() -> str:
    """How unfold styles a line of text."""
    return " ".join(INPUT_CLASSES)


def why_hidden(drawing: Drawing) -> Decision | None:
    """The decision that a drawing is hidden by."""
    kind = Decision.Kind
    about = {
        Drawing.Hidden.BY_PERSON: {"kind": kind.HIDE, "drawing": drawing},
        Drawing.Hidden.VISITOR: {"kind": kind.BLOCK, "visitor": drawing.visitor_id},
        Drawing.Hidden.SHAPE: {"kind": kind.BAN, "shape": drawing.banned_shape_id},
    }.get(drawing.hidden_as)
    return about and Decision.objects.filter(**about).select_related("by", "shape").first()


def _still_hidden(ids: list[int]) -> int:
    pages = locks.pages(ids)
    return sum(Drawing.objects.filter(pk__in=page).exclude(hidden_as="").count() for page in pages)


def _skipped(count: int, why: str) -> str:
    if not count:
        return ""
    return " " + _("%(drawings)s skipped, %(why)s.") % {"drawings": counted(count, "drawing"), "why": why}


def _tone(changed: int) -> int:
    return messages.SUCCESS if changed else messages.WARNING
