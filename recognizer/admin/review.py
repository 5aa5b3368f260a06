"""The page on which labels are reviewed one after another, and the addresses that it asks: cards, decisions, undoing.

Each parses, calls one function of `recognizer.queue`, and answers in JSON; what is refused is 409 with the reason. Left
out on purpose: how the page looks and which key does what, which are `review.html` and `review.js`."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognizer import queue
from recognizer.admin import moderating, review_cards
from recognizer.admin.base import require
from recognizer.models import Label
from recognizer.queue_filters import FilterError, Filters

PERMISSION = "recognizer.review_label"
MOST_IDS = 200
LONGEST_KEY = 36
LONGEST_LOOK_SECONDS = 3600.0


class Bad(ValueError):  # noqa: N818 (as in "bad request")
    """What was sent cannot be read; the message names it."""


def urls(admin: ModelAdmin) -> list[URLPattern]:
    """The addresses below the list of drawings."""
    posts = {"cards": cards, "decide": decide, "undo": undo, "keep": keep, "release": release}
    page = admin.own_path("review/", require_safe(lambda request: show(request, admin)), "review")
    return [page, *(admin.own_path(f"review/{name}/", _post(view), f"review_{name}") for name, view in posts.items())]


def show(request: HttpRequest, admin: ModelAdmin) -> HttpResponse:
    require(request.user.has_perm(PERMISSION))
    try:
        filters, problem = Filters.from_query(request.GET), ""
    except FilterError as error:
        filters, problem = Filters(), str(error)
    address = reverse("admin:recognizer_drawing_review")
    may_hide = request.user.has_perm(moderating.PERMISSION)
    told = {
        "urls": {name: f"{address}{name}/" for name in ("cards", "decide", "undo", "keep", "release")},
        "filters": filters.as_query(),
        "ahead": settings.REVIEW_CARDS_AHEAD,
        "renew_seconds": settings.REVIEW_CLAIM_SECONDS / 3,
        "may_hide": may_hide,
        "neighbours": reverse("drawing_neighbours", args=[0]).replace("/0/", "/{drawing}/"),
    }
    return admin.page(
        request,
        "admin/recognizer/drawing/review.html",
        title=_("Review"),
        told=told,
        problem=problem,
        narrowed=filters.words(),
        may_hide=may_hide,
        digits=range(10),
    )


def filters_in(request: HttpRequest) -> dict[str, str] | None:
    """What an address of the list of drawings narrows a queue down to; None where a queue cannot be narrowed so."""
    known = {*Filters.__dataclass_fields__, "means", "label", "o", "p"}
    if any(value for name, value in request.GET.items() if name not in known):
        return None
    try:
        return Filters.from_query(request.GET).as_query()
    except FilterError:
        return None


def cards(request: HttpRequest, sent: dict[str, Any]) -> dict[str, Any]:
    """The next labels, claimed for the page that asks."""
    filters = Filters.from_query(sent.get("filters") or {})
    count = min(_number(sent, "count"), settings.REVIEW_CARDS_AHEAD)
    ids = queue.claim(_page(request, sent), count=count, filters=filters, besides=_ids(sent, "besides"))
    return {
        "cards": review_cards.of(ids),
        "awaiting": queue.awaiting(filters),
        "most_counted": queue.MOST_COUNTED if filters.as_query() else None,
        "today": queue.decided_today(request.user),
    }


def decide(request: HttpRequest, sent: dict[str, Any]) -> dict[str, Any]:
    drawing = _number(sent, "drawing")
    decision = sent.get("decision")
    if decision not in queue.DECISIONS:
        raise Bad(f"{decision!r:.40} is no decision: it can be {', '.join(queue.DECISIONS)}.")
    if decision == queue.HIDE:
        require(request.user.has_perm(moderating.PERMISSION))
    said = queue.decide(
        drawing, decision, by=request.user, key=_key(sent), seen=_seen(sent), seconds=_seconds(sent.get("seconds"))
    )
    after = Label.objects.filter(pk=drawing).values("digit", "state").first()
    return {"said": said, "after": after}


def undo(request: HttpRequest, sent: dict[str, Any]) -> dict[str, Any]:
    drawing = queue.undo(_key(sent), _page(request, sent))
    return {"said": _("Taken back."), "cards": [] if drawing is None else review_cards.of([drawing])}


def keep(request: HttpRequest, sent: dict[str, Any]) -> dict[str, Any]:
    return {"lost": queue.keep(_page(request, sent), _ids(sent, "drawings"))}


def release(request: HttpRequest, sent: dict[str, Any]) -> dict[str, Any]:
    queue.release(_page(request, sent), _ids(sent, "drawings"))
    return {}


def _post(view: Callable[[HttpRequest, dict[str, Any]], dict[str, Any]]) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    def answered(request: HttpRequest) -> HttpResponse:
        require(request.user.has_perm(PERMISSION))
        try:
            return JsonResponse(view(request, _sent(request)))
        except (Bad, FilterError) as error:
            return JsonResponse({"error": str(error)}, status=400)
        except queue.Refused as error:
            again = review_cards.of([_number(_sent(request), "drawing")]) if error.again else []
            return JsonResponse({"error": str(error), "cards": again}, status=409)

    return answered


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except ValueError:
        raise Bad("The body is no JSON.") from None
    if not isinstance(sent, dict):
        raise Bad("The body has to be an object.")
    return sent


def _page(request: HttpRequest, sent: dict[str, Any]) -> queue.Page:
    return queue.Page(request.user, str(_uuid(sent, "page")))


def _key(sent: dict[str, Any]) -> UUID:
    return _uuid(sent, "key")


def _uuid(sent: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(str(sent.get(name))[:LONGEST_KEY])
    except ValueError:
        raise Bad(f"{name} is {sent.get(name)!r:.40}: it has to be a UUID.") from None


def _number(sent: dict[str, Any], name: str) -> int:
    value = sent.get(name)
    if type(value) is not int or not 0 <= value < 2**63:
        raise Bad(f"{name} is {value!r:.40}: it has to be a whole number.")
    return value


def _ids(sent: dict[str, Any], name: str) -> list[int]:
    values = sent.get(name, [])
    if not isinstance(values, list) or len(values) > MOST_IDS:
        raise Bad(f"{name} has to be a list of at most {MOST_IDS} numbers.")
    return [_number({name: value}, name) for value in values]


def _seen(sent: dict[str, Any]) -> queue.Seen:
    digit, state = sent.get("claim"), sent.get("state")
    if not (digit is None or (type(digit) is int and 0 <= digit <= 9)):
        raise Bad(f"claim is {digit!r:.40}: it has to be 0 to 9, or null.")
    if state not in Label.State.values:
        raise Bad(f"state is {state!r:.40}: it can be {', '.join(Label.State.values)}.")
    return queue.Seen(digit, state)


def _seconds(value: object) -> float | None:
    """How long was looked; what cannot be is not kept, and is no reason to lose a decision."""
    is_time = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_LOOK_SECONDS
    return float(value) if is_time else None
