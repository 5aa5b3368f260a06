"""The audit trail: who decided what about labels, drawings, visitors and shapes, with a button that takes it back.

Left out on purpose: deciding. The queue, the pages of drawings and visitors, and bulk reviews do that."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer import bulk, decisions, trail
from recognizer.admin import moderating, pictures, review, sections
from recognizer.admin.base import LONGEST_KEY, PageAdmin, require
from recognizer.admin.filters import ChoiceFilter
from recognizer.admin.paging import BoundedPaginator
from recognizer.decisions import DecisionError
from recognizer.models import BulkReview, Decision, Drawing, Label
from recognizer.told import told
from recognizer.words import ago, counted, link

Kind = Decision.Kind
STYLES = {Kind.ACCEPT: "success", Kind.REJECT: "danger", Kind.RELABEL: "info", Kind.HIDE: "warning"}
MOST_OF_A_DRAWING = 50
MOST_OF_A_PRESS = 24


class KindFilter(ChoiceFilter):
    title = gettext_lazy("decision")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: PageAdmin) -> list[tuple[str, str]]:
        return Decision.Kind.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ByFilter(ChoiceFilter):
    title = gettext_lazy("person")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: PageAdmin) -> list[tuple[str, str]]:
        staff = get_user_model().objects.filter(is_staff=True).order_by("username")
        return [("none", _("the site itself")), *((str(user.pk), user.get_username()) for user in staff)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "none":
            return queryset.filter(by=None)
        return queryset.filter(by=self.value()) if self.value() else queryset


class SinceFilter(ChoiceFilter):
    title = gettext_lazy("date")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: PageAdmin) -> list[tuple[str, str]]:
        return [("1", _("last 24 hours")), ("7", _("last 7 days")), ("30", _("last 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(self.value())))


@admin.register(Decision)
class DecisionAdmin(PageAdmin):
    page_template = "admin/recognizer/decision/page.html"
    change_list_template = "admin/recognizer/decision/list.html"
    empty_words = gettext_lazy(
        "Nobody has decided on anything yet. Each review, each hiding and each block is kept here."
    )
    list_display = ["when", "what", "about", "change", "who", "why", "taken_back"]
    list_display_links = ["when"]
    list_filter = [KindFilter, ByFilter, SinceFilter]
    search_fields = ["drawing_id"]  # which ones says get_search_results
    search_help_text = gettext_lazy("Number of a drawing")
    paginator = BoundedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("drawing", "visitor", "shape", "by", "undone_by__by")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        for word in search_term.split():
            is_number = word.isdecimal() and len(word) <= LONGEST_KEY
            queryset = queryset.filter(drawing=word) if is_number else queryset.none()
        return queryset, False

    def get_urls(self) -> list:
        back = self.own_path("<int:decision_id>/undo/", require_POST(self.undo_view), "undo")
        return [back, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        now = timezone.now()
        weeks = {"today": now - timedelta(days=1), "week": now - timedelta(days=7)}
        context = {"reviewers": {name: trail.reviewers(since) for name, since in weeks.items()}}
        return super().changelist_view(request, context | (extra_context or {}))

    @display(description=gettext_lazy("When"), ordering="pk")
    def when(self, decision: Decision) -> str | SafeString:
        return ago(decision.created_at)

    @display(description=gettext_lazy("What"), label=STYLES)
    def what(self, decision: Decision) -> str | tuple[str, str]:
        words = decision.get_kind_display()
        return (decision.kind, words) if decision.kind in STYLES else words

    @display(description=gettext_lazy("About"))
    def about(self, decision: Decision) -> str | SafeString:
        if decision.drawing:
            return format_html(
                '<span class="d-with-number">{} {}</span>', pictures.thumbnail(decision.drawing),
                link(decision.drawing, str(decision.drawing_id)),
            )  # fmt: skip
        return link(decision.visitor or decision.shape) if decision.visitor or decision.shape else _("what was deleted")

    @display(description=gettext_lazy("Label"))
    def change(self, decision: Decision) -> str:
        return change(decision)

    @display(description=gettext_lazy("By"), empty_value=gettext_lazy("the site itself"))
    def who(self, decision: Decision) -> str | None:
        return decision.by and decision.by.get_username()

    @display(description=gettext_lazy("Reason"))
    def why(self, decision: Decision) -> str:
        return told(decision.reason)

    @display(description=gettext_lazy("Taken back"))
    def taken_back(self, decision: Decision) -> str | SafeString | None:
        return ago(decision.undone_at) if decision.undone_at else None

    def page_context(self, request: HttpRequest, decision: Decision) -> dict[str, Any]:
        press = Decision.objects.filter(batch=decision.batch, kind__in=trail.KINDS) if decision.batch else None
        return {
            "title": _("%(kind)s: decision %(decision)s")
            % {"kind": capfirst(decision.get_kind_display()), "decision": decision.pk},
            "change": change(decision),
            "picture": pictures.thumbnail(decision.drawing) if decision.drawing else "",
            "may_undo": may_undo(request, decision),
            "press_count": press.filter(undone_at=None).count() if press is not None else 0,
            "press": press.select_related("drawing")[:MOST_OF_A_PRESS] if press is not None else [],
        }

    def undo_view(self, request: HttpRequest, decision_id: int) -> HttpResponse:
        """Take one back, or all of its press, by the button that was pressed."""
        decision = get_object_or_404(Decision, pk=decision_id)
        require(request.user.has_perm(_right(decision)))
        if request.POST.get("what") == "press" and decision.batch:
            if review := BulkReview.objects.filter(batch=decision.batch).first():
                return self._undo_bulk(request, review)
            require(all(map(request.user.has_perm, _rights_of_press(decision))))
            done, kept = trail.undo_press(decision.batch, by=request.user)
            said = [_("%(decisions)s taken back.") % {"decisions": counted(done, "decision")}]
            if kept:
                stay = _("%(decisions)s stay: what they were about has changed since.")
                said.append(stay % {"decisions": counted(kept, "decision")})
            self.message_user(request, " ".join(said))
        else:
            self._undo(request, decision)
        return redirect("admin:recognizer_decision_change", decision_id)

    def _undo_bulk(self, request: HttpRequest, review: BulkReview) -> HttpResponse:
        """A press that was a bulk review is taken back as one: in turns, with its own progress."""
        require(request.user.has_perm("recognizer.bulk_review_label"))
        if not bulk.undo(review.pk, by=request.user):
            words = _("The bulk review is %(state)s: stop it, or wait for it, before it is taken back.") % {
                "state": review.get_state_display()
            }
            self.message_user(request, words, messages.WARNING)
        return redirect("admin:recognizer_bulkreview_change", review.pk)

    def _undo(self, request: HttpRequest, decision: Decision) -> None:
        try:
            trail.undo(decision, by=request.user)
        except DecisionError as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, _("Taken back: it is as it was before."), messages.SUCCESS)


def change(decision: Decision) -> str:
    """The label before and after, as "7, unreviewed → 3, accepted"."""
    if decision.before is None and decision.after is None:
        return ""
    return f"{_label(decision.before)} → {_label(decision.after)}"


def may_undo(request: HttpRequest, decision: Decision) -> bool:
    return trail.can_be_undone(decision) and request.user.has_perm(_right(decision))


def history(request: HttpRequest, drawing: Drawing) -> SafeString | str:
    """What was decided on a drawing, for its page: the newest first, each with a way to take it back."""
    if not request.user.has_perm("recognizer.view_decision"):
        return ""
    rows = list(drawing.decisions.select_related("by")[:MOST_OF_A_DRAWING])
    for row in rows:
        row.change, row.may_undo = change(row), may_undo(request, row)
    context = {"decisions": rows}
    return mark_safe(render_to_string("admin/recognizer/decision/history.html", context, request))


sections.of_drawings.append(history)


def _right(decision: Decision) -> str:
    return review.PERMISSION if decision.kind in decisions.OF_LABELS else moderating.PERMISSION


def _rights_of_press(decision: Decision) -> set[str]:
    press = Decision.objects.filter(batch=decision.batch, kind__in=trail.KINDS)
    return {_right(Decision(kind=kind)) for kind in press.order_by().values_list("kind", flat=True).distinct()}


def _label(state: dict[str, Any] | None) -> str:
    if state is None:
        return _("no label")
    return f"{_('not a digit') if state['digit'] is None else state['digit']}, {Label.State(state['state']).label}"
