"""All rooms, those that were deleted included: who runs them, and how much is in them or went with them.

Left out on purpose: running them. That is the teacher's desk, outside the admin, where superusers may do all of it."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from recognizer.admin.base import PageAdmin
from recognizer.models import Room
from recognizer.words import ago

STYLES = {"open": "success", "closed": "", "deleting": "warning", "deleted": "danger"}


@admin.register(Room)
class RoomAdmin(PageAdmin):
    page_template = "admin/recognizer/room/page.html"
    empty_words = gettext_lazy("There are no rooms yet. Whoever is in the group “teacher” makes them at the desk.")
    list_display = ["name_or_number", "state_words", "who", "member_count", "when"]
    list_display_links = ["name_or_number"]
    list_filter = ["state"]
    search_fields = ["name", "=code"]
    search_help_text = gettext_lazy("Name or code")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("owner", "deleted_by", "version")
        return rows.annotate(members=Count("memberships"))

    def page_context(self, request: HttpRequest, row: Room) -> dict[str, Any]:
        return {"drawings": row.drawings.count(), "versions": row.versions.order_by("number")}

    @display(description=gettext_lazy("Room"), ordering="name")
    def name_or_number(self, room: Room) -> str:
        return room.name or _("room %(number)d") % {"number": room.pk}

    @display(description=gettext_lazy("State"), ordering="state", label=STYLES)
    def state_words(self, room: Room) -> tuple[str, str]:
        return room.state, room.get_state_display()

    @display(description=gettext_lazy("Teacher"), ordering="owner__username", empty_value="–")
    def who(self, room: Room) -> str | None:
        return room.owner and room.owner.get_username()

    @display(description=gettext_lazy("Members"), ordering="members")
    def member_count(self, room: Room) -> int:
        return room.members

    @display(description=gettext_lazy("Made"), ordering="pk")
    def when(self, room: Room) -> str | SafeString:
        return ago(room.created_at)
