"""The desk for drawings: a list to filter and review in bulk, and a page that shows one drawing from all sides.

Left out on purpose: the rules of labels. `recognizer.drawings` has them; this only asks, and says what came of it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from recognizer import drawings, ink, learners, locks, recognition
from recognizer.admin import pictures, review, sections
from recognizer.admin.base import LONGEST_KEY, require
from recognizer.admin.filters import FILTERS, NONE
from recognizer.admin.moderating import LONGEST_REASON, Moderating, input_classes, why_hidden
from recognizer.admin.paging import BoundedPaginator, NarrowRows, drawings_of
from recognizer.deletion import Deleter
from recognizer.models import Decision, Drawing, Label, Visitor
from recognizer.storing import StorageAwayError, opened
from recognizer.words import ago, counted, link, percent

MOST_OTHERS = 24
STATE_STYLES = {Label.State.UNREVIEWED: "warning", Label.State.ACCEPTED: "success", Label.State.REJECTED: "danger"}
# The filters that are asked for every day, one press away
CHIPS = {
    gettext_lazy("All"): {},
    gettext_lazy("Awaiting review"): {"label": Label.State.UNREVIEWED},
    gettext_lazy("Read wrongly"): {"answer": "wrong"},
    gettext_lazy("Low confidence"): {"answer": "unsure"},
    gettext_lazy("Unlabelled"): {"label": NONE},
    gettext_lazy("Hidden"): {"hidden": "yes"},
}
# Why an answer is no digit
REASONS = {
    ink.EMPTY: gettext_lazy("no ink"),
    ink.TOO_LITTLE_INK: gettext_lazy("too little ink"),
    recognition.NOT_A_DIGIT: gettext_lazy("not a digit"),
}
REVIEW_PERMISSION = "recognizer.review_label"


@admin.register(Drawing)
class DrawingAdmin(Moderating):
    page_template = "admin/recognizer/drawing/page.html"
    empty_words = gettext_lazy(
        "No drawings yet. Each one that is submitted appears here, with its answer and the label it was given."
    )
    change_list_template = "admin/recognizer/drawing/list.html"
    list_display = ["picture", "answer", "confidence", "meant", "label_state", "who", "version", "date"]
    list_display_links = ["picture"]
    list_filter = FILTERS
    search_fields = ["pk"]  # which ones says get_search_results
    search_help_text = gettext_lazy("Number of a drawing or visitor, or data set")
    paginator = BoundedPaginator
    actions = ["accept", "reject", "hide", "show"]

    def has_delete_permission(self, request: HttpRequest, obj: Drawing | None = None) -> bool:
        return request.user.has_perm("recognizer.delete_drawing")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(REVIEW_PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).staying().with_answers().select_related("visitor")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NarrowRows]:
        return NarrowRows

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Each word is a number of a drawing or a visitor, or a part of a data set's name."""
        for word in search_term.split():
            of_data_set = Visitor.objects.filter(imported_as__gt="", imported_as__icontains=word)
            # Where they are few their numbers, by which a database looks rows up instead of reading them all.
            few = list(of_data_set.values_list("pk", flat=True)[: locks.IDS_AT_ONCE])
            meant = Q(visitor__in=few if len(few) < locks.IDS_AT_ONCE else of_data_set.values("pk"))
            if word.isdecimal() and len(word) <= LONGEST_KEY:
                meant = Q(pk=word) | Q(visitor=word) | meant
            queryset = queryset.filter(meant)
        return queryset, False

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return super().response_action(request, drawings_of(queryset).with_answers())

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        told = review.filters_in(request)
        context = {"chips": _chips(request), "seen_at": timezone.now().isoformat()}
        context |= {"queue_filters": told, "queue": "" if told is None else urlencode(told)}
        return super().changelist_view(request, context | (extra_context or {}))

    def get_urls(self) -> list:
        return [
            self.own_path("<int:drawing_id>/label/", require_POST(self.label_view), "label"),
            self.own_path("<int:drawing_id>/upload/", self.upload_view, "upload"),
            *review.urls(self),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("Drawing"))
    def picture(self, drawing: Drawing) -> SafeString:
        hidden = format_html('<span class="d-badge" title="{}">{}</span>', drawing.get_hidden_as_display(), _("hidden"))
        return format_html(
            '<span class="d-with-number{}">{} <span>{}</span>{}</span>',
            " is-hidden" if drawing.hidden_as else "", pictures.thumbnail(drawing), drawing.pk,
            hidden if drawing.hidden_as else "",
        )  # fmt: skip

    @display(description=gettext_lazy("Read as"), ordering="read")
    def answer(self, drawing: Drawing) -> str | SafeString:
        return format_html('<strong class="d-digit">{}</strong>', _answer(drawing))

    @display(description=gettext_lazy("Confidence"), ordering="confidence")
    def confidence(self, drawing: Drawing) -> str:
        prediction = getattr(drawing, "prediction", None)
        return percent(prediction and prediction.confidence)

    @display(description=gettext_lazy("Label"), ordering="means")
    def meant(self, drawing: Drawing) -> SafeString | None:
        label = getattr(drawing, "label", None)
        if label is None:
            return None
        wrong = "d-digit d-wrong" if _is_wrong(drawing) else "d-digit"
        return format_html('<strong class="{}">{}</strong>', wrong, _digit(label.digit))

    @display(description=gettext_lazy("Review"), label=STATE_STYLES, ordering="state")
    def label_state(self, drawing: Drawing) -> tuple[str, str] | None:
        label = getattr(drawing, "label", None)
        return (label.state, label.get_state_display()) if label else None

    @display(description=gettext_lazy("Visitor"), ordering="visitor_id")
    def who(self, drawing: Drawing) -> str | SafeString:
        return link(drawing.visitor)

    @display(description=gettext_lazy("Version"), ordering="version_id")
    def version(self, drawing: Drawing) -> str | SafeString:
        prediction = getattr(drawing, "prediction", None)
        return link(prediction.version, str(prediction.version.number)) if prediction else ""

    @display(description=gettext_lazy("Drawn"), ordering="pk")
    def date(self, drawing: Drawing) -> str | SafeString:
        return ago(drawing.created_at)

    @admin.action(description=gettext_lazy("Accept the labels"), permissions=["review"])
    def accept(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._review(request, queryset, Label.State.ACCEPTED)

    @admin.action(description=gettext_lazy("Reject the labels"), permissions=["review"])
    def reject(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._review(request, queryset, Label.State.REJECTED)

    def _review(self, request: HttpRequest, queryset: QuerySet, state: Label.State) -> None:
        states = list(queryset.values_list("pk", "label__state"))
        wanted = [pk for pk, before in states if before not in (None, state)]
        # A visitor may have changed a label while the list lay open: what nobody looked at is not decided on.
        changed = drawings.review(wanted, state, by=request.user, seen_at=_seen_at(request))
        unlabelled = sum(before is None for _, before in states)
        already = sum(before == state for _, before in states)
        said = [_("%(labels)s %(state)s.") % {"labels": counted(changed, "label"), "state": state.label}]
        if unlabelled:
            said.append(_("%(drawings)s skipped without a label.") % {"drawings": counted(unlabelled, "drawing")})
        if already:
            before = _("%(labels)s skipped, %(state)s before.")
            said.append(before % {"labels": counted(already, "label"), "state": state.label})
        if unseen := len(wanted) - changed:
            said.append(
                _("%(labels)s skipped, changed since the list was opened: look again.")
                % {"labels": counted(unseen, "label")}
            )
        self.message_user(request, " ".join(said), messages.SUCCESS if changed else messages.WARNING)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        """What goes along; its decisions do, which nobody deletes by themselves."""
        gone, counts, needed, protected = super().get_deleted_objects(objs, request)
        return gone, counts, needed - {Decision._meta.verbose_name}, protected

    def delete_model(self, request: HttpRequest, obj: Drawing) -> None:
        drawings.delete(obj, by=Deleter.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        drawings.delete_many(queryset.values_list("pk", flat=True), by=Deleter.ADMIN)

    def page_context(self, request: HttpRequest, drawing: Drawing) -> dict[str, Any]:
        label, prediction = getattr(drawing, "label", None), getattr(drawing, "prediction", None)
        return {
            "label": label,
            "label_style": STATE_STYLES[label.state] if label else "",
            "claim": _digit(label.digit) if label else "",
            "prediction": prediction,
            "answer": _answer(drawing),
            "wrong": _is_wrong(drawing),
            "bars": _bars(prediction.probabilities, prediction.digit, label) if prediction else [],
            "as_drawn": pictures.as_drawn(drawing) if drawing.strokes else "",
            "seen": pictures.seen(drawing, "d-canvas"),
            "points": sum(map(len, drawing.strokes or [])),
            "others": self._others(drawing),
            "other_count": drawing.visitor.drawings.count() - 1,
            "may_review": self.has_review_permission(request),
            "digits": range(10),
            "may_moderate": self.has_moderate_permission(request),
            "longest_reason": LONGEST_REASON,
            "input_classes": input_classes(),
            "hidden_decision": why_hidden(drawing),
            "learnt_by": learners.of(drawing) if drawing.hidden_as else [],
            "sections": sections.about_drawing(request, drawing),
        }

    def _others(self, drawing: Drawing) -> list[dict[str, Any]]:
        rows = Drawing.objects.of(drawing.visitor).exclude(pk=drawing.pk).with_answers()[:MOST_OTHERS]
        return [{"row": row, "picture": pictures.thumbnail(row), "answer": _answer(row)} for row in rows]

    def label_view(self, request: HttpRequest, drawing_id: int) -> HttpResponse:
        """Accept or reject the claim, or decide on another digit, by the button that was pressed."""
        require(self.has_review_permission(request))
        drawing = get_object_or_404(Drawing.objects.select_related("label"), pk=drawing_id)
        decision = request.POST.get("decision", "")
        if decision in ("accept", "reject"):
            self._decide(request, drawing, decision)
        elif decision == "none" or decision in list("0123456789"):
            self._correct(request, drawing, None if decision == "none" else int(decision))
        else:
            self.message_user(
                request,
                _("%(decision)s is no decision: press one of the buttons.") % {"decision": f"{decision!r:.40}"},
                messages.ERROR,
            )
        return redirect("admin:recognizer_drawing_change", drawing_id)

    def _decide(self, request: HttpRequest, drawing: Drawing, decision: str) -> None:
        state = Label.State.ACCEPTED if decision == "accept" else Label.State.REJECTED
        if not hasattr(drawing, "label"):
            self.message_user(
                request,
                _("There is no label to accept: choose a digit instead.")
                if decision == "accept"
                else _("There is no label to reject: choose a digit instead."),
                messages.WARNING,
            )
            return
        # The visitor may have changed the label while the page lay open: what nobody looked at is not decided on.
        is_as_seen = request.POST.get("claim") == _digit(drawing.label.digit)
        if not is_as_seen or not drawings.review([drawing.pk], state, by=request.user, claim=drawing.label.digit):
            said = _("The label was changed while this page was open, and is not decided on: look at it again.")
            self.message_user(request, said, messages.WARNING)
            return
        self.log_change(request, drawing, f"Label {drawing.label} {state}")
        self.message_user(
            request, _("Label %(label)s: %(state)s.") % {"label": drawing.label, "state": state.label}, messages.SUCCESS
        )

    def _correct(self, request: HttpRequest, drawing: Drawing, digit: int | None) -> None:
        drawings.review([drawing.pk], Label.State.ACCEPTED, by=request.user, digit=digit)
        self.log_change(request, drawing, f"Label set to {_digit(digit)} and accepted")
        self.message_user(
            request, _("The label is %(digit)s now, and accepted.") % {"digit": _digit(digit)}, messages.SUCCESS
        )

    def upload_view(self, request: HttpRequest, drawing_id: int) -> HttpResponse:
        """The original upload, to those who may see drawings; it has no public address."""
        require(self.has_view_permission(request))
        drawing = get_object_or_404(Drawing.objects.staying(), pk=drawing_id)
        if not drawing.upload:
            raise Http404(f"drawing {drawing_id} was drawn, not uploaded")
        try:
            file = opened(drawing.upload)
        except StorageAwayError:
            raise
        except OSError as error:
            raise Http404(f"the file of drawing {drawing_id} is missing") from error
        response = FileResponse(file, content_type="image/png", filename=f"drawing-{drawing_id}.png")
        response["X-Content-Type-Options"] = "nosniff"
        # Though the file is a PNG that this site wrote, a browser that took it for a page would run nothing in it.
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response


def _seen_at(request: HttpRequest) -> datetime:
    """When the list that was sent back was made; long ago if it does not say, so that nothing in it counts as seen."""
    try:
        return datetime.fromisoformat(request.POST.get("seen_at", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)


def _digit(digit: int | None) -> str:
    return _("not a digit") if digit is None else str(digit)


def _answer(drawing: Drawing) -> str:
    prediction = getattr(drawing, "prediction", None)
    if prediction is None:
        return _("no answer")
    return str(prediction.digit if prediction.digit is not None else REASONS.get(prediction.reason, prediction.reason))


def _is_wrong(drawing: Drawing) -> bool:
    label, prediction = getattr(drawing, "label", None), getattr(drawing, "prediction", None)
    if label is None or prediction is None or label.state == Label.State.REJECTED:
        return False
    return label.digit != prediction.digit


def _bars(probabilities: list[float], answer: int | None, label: Label | None) -> list[dict[str, Any]]:
    return [
        {
            "digit": digit,
            "share": f"{share:.4f}",
            "percent": percent(share),
            "is_answer": digit == answer,
            "is_label": label is not None and digit == label.digit,
        }
        for digit, share in enumerate(probabilities)
    ]


def _chips(request: HttpRequest) -> list[dict[str, Any]]:
    chosen = {name: request.GET[name] for name in ("label", "answer", "hidden") if request.GET.get(name)}
    address = reverse("admin:recognizer_drawing_changelist")
    return [
        {"name": name, "url": f"{address}?{urlencode(query)}", "active": chosen == query}
        for name, query in CHIPS.items()
    ]
