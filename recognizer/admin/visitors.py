"""The list of those who draw, and of each the record: what was drawn, how labels and votes fared, what was decided.

Left out on purpose: who they are. A visitor is a random cookie, and the admin knows no more."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer import address_hashes, agreement, moderation
from recognizer.admin import moderating, pictures
from recognizer.admin.base import LONGEST_KEY, PageAdmin, Rows, require
from recognizer.admin.filters import ChoiceFilter
from recognizer.admin.paging import BoundedPaginator
from recognizer.models import Decision, Drawing, DrawingFacts, Label, Visitor
from recognizer.words import ago, percent

MOST_DRAWINGS = 60
MOST_DECISIONS = 50
DAYS = 30
State = Label.State
COUNTS = {
    "drawing_count": {},
    "accepted_count": {"state": State.ACCEPTED},
    "rejected_count": {"state": State.REJECTED},
    "waiting_count": {"state": State.UNREVIEWED},
}


class UseFilter(ChoiceFilter):
    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: PageAdmin) -> list[tuple[str, str]]:
        return [("training", _("training")), ("measuring", _("measuring: held out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(held_out=self.value() == "measuring") if self.value() else queryset


class BlockedFilter(ChoiceFilter):
    title = gettext_lazy("blocked")
    parameter_name = "blocked"

    def lookups(self, request: HttpRequest, model_admin: PageAdmin) -> list[tuple[str, str]]:
        return [("yes", _("blocked")), ("no", _("not blocked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(blocked_at__isnull=self.value() == "no") if self.value() else queryset


class RejectedFilter(ChoiceFilter):
    title = gettext_lazy("rejected labels")
    parameter_name = "rejected"

    def lookups(self, request: HttpRequest, model_admin: PageAdmin) -> list[tuple[str, str]]:
        return [("1", _("at least one")), ("3", _("at least 3")), ("10", _("at least 10"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        rejected = DrawingFacts.objects.filter(state=State.REJECTED).order_by().values("visitor")
        return queryset.filter(
            pk__in=rejected.annotate(n=Count("pk")).filter(n__gte=int(self.value())).values("visitor")
        )


class VisitorRows(Rows):
    """Reads the counts of the visitors on the page that is shown in one query; those of all only to sort by one."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        records = counted_up([visitor.pk for visitor in self.result_list])
        for visitor in self.result_list:
            visitor.record = records.get(visitor.pk, {})


def counted_up(visitor_ids: list[int]) -> dict[int, dict[str, Any]]:
    """For each visitor who has drawings how many there are, how their labels fared, and when the last one came."""
    counts = {name: Count("pk", filter=Q(**which)) for name, which in COUNTS.items()}
    rows = DrawingFacts.objects.filter(visitor__in=visitor_ids).order_by().values("visitor")
    hidden = Count("pk", filter=~Q(hidden_as=""))
    rows = rows.annotate(last=Max("created_at"), first=Min("created_at"), hidden_count=hidden, **counts)
    return {row["visitor"]: row for row in rows}


def _number(**which: str) -> Coalesce:
    """How many drawings of a visitor are such, for sorting by it."""
    rows = DrawingFacts.objects.filter(visitor=OuterRef("pk"), **which).order_by().values("visitor")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _last() -> Subquery:
    """The number of the newest drawing, for sorting by when a visitor last drew."""
    return Subquery(DrawingFacts.objects.filter(visitor=OuterRef("pk")).order_by("-pk").values("pk")[:1])


@admin.register(Visitor)
class VisitorAdmin(PageAdmin):
    page_template = "admin/recognizer/visitor/page.html"
    empty_words = gettext_lazy("Nobody has drawn yet. A visitor appears here with the first drawing that is submitted.")
    list_display = [
        "name",
        "use",
        "drawing_count",
        "accepted_count",
        "rejected_count",
        "waiting_count",
        "last",
        "first",
    ]
    list_display_links = ["name"]
    list_filter = [UseFilter, BlockedFilter, RejectedFilter]
    search_fields = ["pk"]  # which ones says get_search_results
    search_help_text = gettext_lazy("Number of a visitor, or data set")
    ordering = ["-pk"]
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Rows]:
        return VisitorRows

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        for word in search_term.split():
            is_number = word.isdecimal() and len(word) <= LONGEST_KEY
            meant = Q(pk=word) if is_number else Q(pk__in=[])
            queryset = queryset.filter(Q(imported_as__gt="", imported_as__icontains=word) | meant)
        return queryset, False

    def get_urls(self) -> list:
        block = self.own_path("<int:visitor_id>/block/", require_POST(self.block_view), "block")
        return [block, *super().get_urls()]

    @display(description=gettext_lazy("Visitor"), ordering="pk")
    def name(self, visitor: Visitor) -> str:
        return str(visitor)

    @display(
        description=gettext_lazy("Used for"),
        label={"measuring": "info", "training": "", "blocked": "danger", "erasing": "warning"},
    )
    def use(self, visitor: Visitor) -> str:
        if visitor.erasing_at:
            return "erasing", _("being deleted")
        if visitor.blocked_at:
            return "blocked", _("blocked")
        return ("measuring", _("measuring")) if visitor.held_out else ("training", _("training"))

    @display(description=gettext_lazy("Drawings"), ordering=_number())
    def drawing_count(self, visitor: Visitor) -> int:
        return visitor.record.get("drawing_count", 0)

    @display(description=gettext_lazy("Accepted"), ordering=_number(state=State.ACCEPTED))
    def accepted_count(self, visitor: Visitor) -> int:
        return visitor.record.get("accepted_count", 0)

    @display(description=gettext_lazy("Rejected"), ordering=_number(state=State.REJECTED))
    def rejected_count(self, visitor: Visitor) -> int:
        return visitor.record.get("rejected_count", 0)

    @display(description=gettext_lazy("Waiting"), ordering=_number(state=State.UNREVIEWED))
    def waiting_count(self, visitor: Visitor) -> int:
        return visitor.record.get("waiting_count", 0)

    @display(description=gettext_lazy("Last drew"), ordering=_last())
    def last(self, visitor: Visitor) -> str | SafeString:
        return ago(visitor.record.get("last"))

    @display(description=gettext_lazy("First came"), ordering="pk")
    def first(self, visitor: Visitor) -> str | SafeString:
        return ago(visitor.created_at)

    def page_context(self, request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
        rows = Drawing.objects.of(visitor).staying().with_answers()[:MOST_DRAWINGS]
        record = counted_up([visitor.pk]).get(visitor.pk, {})
        judged = record.get("accepted_count", 0) + record.get("rejected_count", 0)
        agreed = agreement.record(visitor)
        return {
            "drawings": [{"row": row, "picture": pictures.thumbnail(row)} for row in rows],
            "record": record,
            "accepted_share": percent(record["accepted_count"] / judged) if judged else "",
            "judged": judged,
            "agreed": agreed,
            "agreed_share": percent(agreed.right / agreed.answers) if agreed.answers else "",
            "vote_count": visitor.votes.count(),
            "days": _days(visitor),
            "decisions": _decisions(visitor),
            "may_moderate": request.user.has_perm(moderating.PERMISSION),
            "same_address": address_hashes.others(visitor) if request.user.has_perm(moderating.PERMISSION) else None,
            "address_days": round(settings.ADDRESS_DAYS),
            "longest_reason": moderating.LONGEST_REASON,
            "input_classes": moderating.input_classes(),
        }

    def block_view(self, request: HttpRequest, visitor_id: int) -> HttpResponse:
        """Block or let in again, by the button that was pressed."""
        require(request.user.has_perm(moderating.PERMISSION))
        visitor = get_object_or_404(Visitor, pk=visitor_id)
        decision, reason = request.POST.get("decision", ""), moderating.reason_in(request)
        if decision not in ("block", "unblock"):
            self.message_user(
                request,
                _("%(decision)s is no decision: press one of the buttons.") % {"decision": f"{decision!r:.40}"},
                messages.ERROR,
            )
        elif decision == "block" and not reason:
            self.message_user(request, _("Blocking needs a reason: write a sentence."), messages.ERROR)
        else:
            self._decide(request, visitor, decision, reason)
        return redirect("admin:recognizer_visitor_change", visitor_id)

    def _decide(self, request: HttpRequest, visitor: Visitor, decision: str, reason: str) -> None:
        if decision == "block":
            done = moderation.block(visitor, by=request.user, reason=reason)
            said = _("Blocked. All drawings are hidden, and those to come will be; the visitor is not told.")
        else:
            done = moderation.unblock(visitor, by=request.user, reason=reason)
            said = _("Not blocked any more. What was hidden for that alone is shown again.")
        self.message_user(request, said if done else _("Nothing to change: somebody did it before."),
                          messages.SUCCESS if done else messages.WARNING)  # fmt: skip


def _decisions(visitor: Visitor) -> list[Decision]:
    """What was decided about the visitor, and against drawings or for them; the newest first."""
    known = Decision.objects.select_related("by", "drawing").defer("drawing__seen", "drawing__strokes")
    about = [*known.filter(visitor=visitor)[:MOST_DECISIONS]]
    about += known.filter(drawing__visitor=visitor, kind__in=moderation.OF_DRAWINGS)[:MOST_DECISIONS]
    return sorted(about, key=lambda decision: -decision.pk)[:MOST_DECISIONS]


def _days(visitor: Visitor) -> list[dict[str, Any]]:
    """How many drawings on each of the last days, with the share of the busiest one; nothing if there was none."""
    today = timezone.localdate()
    since = timezone.now() - timedelta(days=DAYS)
    rows = DrawingFacts.objects.filter(visitor=visitor, created_at__gte=since).order_by()
    counts = dict(rows.annotate(day=TruncDate("created_at")).values_list("day").annotate(Count("pk")))
    most = max(counts.values(), default=0)
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    return [{"day": day, "n": counts.get(day, 0), "share": f"{counts.get(day, 0) / most:.3f}"} for day in days if most]
