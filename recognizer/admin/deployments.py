"""What was live from when to when, by whom and why: a history to read.

Left out on purpose: changing it. Promoting and rolling back add to it, on the pages of the versions."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from recognizer import advice
from recognizer.admin.base import PageAdmin
from recognizer.admin.releasing import live_key
from recognizer.models import Deployment
from recognizer.told import told
from recognizer.words import ago, link

SHOWN_CHARACTERS = 120  # of the words in a row of the list; the page has all
# How the verdicts begin of releases from earlier days that asked no gate.
UNASKED = "It is shipped with the project and needs no gate."


@admin.register(Deployment)
class DeploymentAdmin(PageAdmin):
    page_template = "admin/recognizer/deployment/page.html"
    empty_words = gettext_lazy(
        "Nothing was live yet. The version that the project ships goes live with the first request."
    )
    change_list_template = "admin/recognizer/deployment/list.html"
    list_display = ["start", "what", "live", "lasted", "who", "gate", "why"]
    list_display_links = ["start"]
    list_filter = ["kind"]
    search_fields = ["=version__number", "reason", "verdict"]
    search_help_text = gettext_lazy("Number of a version, or words of the reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("version", "by", "previous__version")

    @display(description=gettext_lazy("When"), ordering="started_at")
    def start(self, deployment: Deployment) -> str | SafeString:
        return ago(deployment.started_at)

    @display(description=gettext_lazy("What"), ordering="version__number")
    def what(self, deployment: Deployment) -> SafeString:
        return link(deployment.version, f"{deployment.version} {deployment.get_kind_display()}")

    @display(description=gettext_lazy("Now"), label={"live": "success"}, ordering="is_live")
    def live(self, deployment: Deployment) -> tuple[str, str] | None:
        return ("live", _("live")) if deployment.is_live else None

    @display(description=gettext_lazy("Was live for"))
    def lasted(self, deployment: Deployment) -> str:
        return lasted(deployment)

    @display(description=gettext_lazy("By"), ordering="by__username", empty_value=gettext_lazy("the site itself"))
    def who(self, deployment: Deployment) -> str | None:
        return deployment.by and deployment.by.get_username()

    @display(description=gettext_lazy("Gate"), label={"passed": "success", "overridden": "danger"})
    def gate(self, deployment: Deployment) -> tuple[str, str] | None:
        if deployment.override:
            return "overridden", _("overridden")
        if not deployment.verdict or deployment.verdict.startswith(UNASKED):
            return None
        return "passed", _("passed")

    @display(description=gettext_lazy("Why"), ordering="reason")
    def why(self, deployment: Deployment) -> str | SafeString:
        words = " — ".join(filter(None, [told(deployment.reason), told(deployment.verdict)]))
        return format_html('<span title="{}">{}</span>', words, Truncator(words).chars(SHOWN_CHARACTERS))

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        may_roll_back = request.user.has_perm("recognizer.release_modelversion")
        leaving = live_key() if may_roll_back else None
        context = {"may_roll_back": may_roll_back, "leaving": leaving, **(extra_context or {})}
        return super().changelist_view(request, context)

    def page_context(self, request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
        may_release = request.user.has_perm("recognizer.release_modelversion")
        return {
            "lasted": lasted(deployment),
            "may_roll_back": may_release and deployment.is_live and deployment.previous_id,
            "leaving": deployment.pk,
            "may_promote": may_release and not deployment.version.deployments.filter(is_live=True).exists(),
            "gate": advice.of(deployment.version),
        }


def lasted(deployment: Deployment) -> str:
    end = deployment.ended_at or timezone.now()
    if end - deployment.started_at < timedelta(minutes=1):
        return _("less than a minute")
    return timesince(deployment.started_at, end, depth=1)
