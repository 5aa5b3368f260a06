"""The desk for clean-ups: what would be removed and why, a button to do it at once, and what was removed before.

Left out on purpose: the rule and the removing, which are `removable.py` and `retention.py`."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer.admin.base import PageAdmin, require
from recognizer.words import ago, counted
from training import removable, retention
from training.models import CleanUp

LIST = "admin:training_cleanup_changelist"
STYLES = {
    "announced": "info",
    "at work": "primary",
    "cut short": "warning",
    "done": "success",
    "done in part": "warning",
}
WORDS = {
    "announced": gettext_lazy("announced"),
    "at work": gettext_lazy("at work"),
    "cut short": gettext_lazy("cut short"),
    "done": gettext_lazy("done"),
    "done in part": gettext_lazy("done in part"),
}


@admin.register(CleanUp)
class CleanUpAdmin(PageAdmin):
    page_template = "admin/training/cleanup/page.html"
    empty_words = gettext_lazy("Nothing was removed yet. Each list of what was removed, and why, will stay here.")
    change_list_template = "admin/training/cleanup/list.html"
    list_display = ["when", "state", "what", "freed", "who"]
    list_display_links = ["when"]
    actions = None

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("training.run_cleanup")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("by")

    def get_urls(self) -> list:
        return [self.own_path("run/", require_POST(self.run_view), "run"), *super().get_urls()]

    @display(description=gettext_lazy("When"), ordering="created_at")
    def when(self, row: CleanUp) -> str | SafeString:
        return ago(row.created_at)

    @display(description=gettext_lazy("State"), label=STYLES)
    def state(self, row: CleanUp) -> tuple[str, str]:
        return state(row), WORDS[state(row)]

    @display(description=gettext_lazy("What"))
    def what(self, row: CleanUp) -> str:
        return counted(len(row.items), "item")

    @display(description=gettext_lazy("Freed"))
    def freed(self, row: CleanUp) -> str:
        return filesizeformat(row.freed_bytes) if row.ended_at else ""

    @display(description=gettext_lazy("By"), ordering="by__username")
    def who(self, row: CleanUp) -> str:
        return who(row)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        items = retention.plan()
        largest = max((item.size_bytes for item in items), default=0) or 1
        announced = CleanUp.objects.filter(is_open=True).first()
        shown = {
            "plan": [(item, f"{item.size_bytes / largest:.3f}") for item in items],
            "plan_bytes": sum(item.size_bytes for item in items),
            "fingerprint": retention.fingerprint(items),
            "due_at": retention.due_at(announced) if announced else None,
            "now": timezone.now(),
            "is_automatic": settings.RETENTION_AUTOMATIC,
            "notice_hours": settings.RETENTION_NOTICE_HOURS,
            "rules": removable.rules(),
            "may_run": self.has_run_permission(request),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def page_context(self, request: HttpRequest, row: CleanUp) -> dict[str, Any]:
        due_at = retention.due_at(row) if row.is_open else None
        return {"state": WORDS[state(row)], "style": STYLES[state(row)], "who": who(row), "due_at": due_at}

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Remove what stood on the list that somebody saw."""
        require(self.has_run_permission(request))
        try:
            done = retention.clean_up(by=request.user, seen=request.POST.get("seen", ""))
        except retention.RetentionError as error:
            self.message_user(request, str(error), messages.WARNING)
            return redirect(LIST)
        if done is None:
            self.message_user(request, _("There is nothing to remove."), messages.WARNING)
            return redirect(LIST)
        self.log_change(request, done, f"Removed files: {filesizeformat(done.freed_bytes)} freed")
        self.message_user(
            request, _("%(freed_bytes)s freed.") % {"freed_bytes": filesizeformat(done.freed_bytes)}, messages.SUCCESS
        )
        return redirect("admin:training_cleanup_change", done.pk)


def state(row: CleanUp) -> str:
    if row.ended_at:
        return "done" if all(item["outcome"] == retention.REMOVED for item in row.items) else "done in part"
    if row.began_at is None:
        return "announced"
    return "cut short" if retention.is_stale(row) else "at work"


def who(row: CleanUp) -> str:
    return row.by.get_username() if row.by else _("the site or the shell")
