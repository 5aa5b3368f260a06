"""The teacher's pages for labels that wait: cards to decide on one by one, and a preview of many.

They work without a script, which spares the reload. Left out on purpose: what a decision changes (`reviewing.py`)."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer.models import Room
from recognizer.queue import ACCEPT, REJECT, Refused
from recognizer.queue_filters import DIGITS
from training.rooms import reviewing
from training.rooms.access import for_its_teacher

DECISIONS = (ACCEPT, REJECT, *DIGITS)


@require_safe
@never_cache
@for_its_teacher
def review(request: HttpRequest, room: Room) -> HttpResponse:
    rows = reviewing.waiting(room)
    context = {
        "page": "desk",
        "room": room,
        "waiting": rows.count(),
        "agreed": reviewing.agreed(room).count(),
        "cards": reviewing.cards(rows, settings.ROOM_REVIEW_CARDS),
        "digits": range(10),
        "undo": request.GET.get("undo", ""),
    }
    return render(request, "rooms/desk/review.html", context)


@require_POST
@for_its_teacher
def decide(request: HttpRequest, room: Room) -> HttpResponse:
    """A decision on one label: answered in JSON to the page's script, else by the page."""
    asked = request.POST
    key, drawing = _uuid(asked.get("key")), asked.get("drawing", "")
    is_known = asked.get("decision") in DECISIONS and asked.get("claim") in DIGITS
    if not is_known or key is None or not _is_number(drawing):
        return _answer(request, room, _("That is no decision: reload the page, and decide again."), status=400)
    told = {"by": request.user, "key": key, "claim": asked["claim"]}
    try:
        said = reviewing.decide(room, int(drawing), asked["decision"], **told)
    except Refused as refused:
        return _answer(request, room, str(refused), status=409)
    return _answer(request, room, said, key=key)


@require_POST
@for_its_teacher
def undo(request: HttpRequest, room: Room) -> HttpResponse:
    try:
        reviewing.undo(room, _uuid(request.POST.get("key")) or uuid4(), by=request.user)
    except Refused as refused:
        return _answer(request, room, str(refused), status=409)
    return _answer(request, room, _("Taken back: it waits again."))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_its_teacher
def many(request: HttpRequest, room: Room) -> HttpResponse:
    """First all of them as pictures, then accepted at one press, but for those that were left out."""
    if request.method == "POST":
        return _accept(request, room)
    wants_all = request.GET.get("of") == "all"
    rows = reviewing.waiting(room) if wants_all else reviewing.agreed(room)
    context = {
        "page": "desk",
        "room": room,
        "wants_all": wants_all,
        "total": rows.count(),
        "waiting": reviewing.waiting(room).count(),
        "cards": reviewing.cards(rows, settings.ROOM_REVIEW_MANY),
        "seen_at": timezone.now().isoformat(),
        "key": uuid4(),
    }
    return render(request, "rooms/desk/many.html", context)


def _accept(request: HttpRequest, room: Room) -> HttpResponse:
    ids = [int(text) for text in request.POST.getlist("drawing") if _is_number(text)]
    key, seen_at = _uuid(request.POST.get("key")), _moment(request.POST.get("seen_at"))
    if key is None or seen_at is None:
        return _answer(request, room, _("That is no decision: reload the page, and decide again."), status=400)
    count = reviewing.accept(room, ids, by=request.user, seen_at=seen_at, batch=key)
    said = ngettext("Accepted %(count)d label.", "Accepted %(count)d labels.", count) % {"count": count}
    if left := len(ids) - count:
        left_words = ngettext(
            "%(count)d has changed since you saw it, and waits.",
            "%(count)d have changed since you saw them, and wait.",
            left,
        )
        said += " " + left_words % {"count": left}
    return _answer(request, room, said, key=key)


def _answer(request: HttpRequest, room: Room, said: str, *, key: UUID | None = None, status: int = 200) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        waits = reviewing.waiting(room).count()
        return JsonResponse({"said": said, "key": key and str(key), "waiting": waits}, status=status)
    (messages.success if status == 200 else messages.error)(request, said)
    response = redirect("room_review", room.code)
    if key:
        response["Location"] += f"?undo={key}"
    return response


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text and len(text) == 36 else None
    except ValueError:
        return None


def _moment(text: str | None):
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
