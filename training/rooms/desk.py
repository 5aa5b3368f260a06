"""The teacher's desk: the own rooms, and for each its code for the wall, its members, and closing it.

Left out on purpose: reviewing (`review_pages.py`), versions (`version_pages.py`), and taking a room away."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer import moderation
from recognizer.models import Drawing, Label, Membership, Room
from recognizer.rooms import members, names, running
from recognizer.rooms.members import RoomError
from training.rooms import figures, qr
from training.rooms.access import for_its_teacher, for_teachers
from training.rooms.forms import RoomForm

OPEN, CLOSE, KEEP = "open", "close", "keep"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_teachers
def rooms(request: HttpRequest) -> HttpResponse:
    """The list of rooms, with the form for a new one."""
    form = RoomForm(_posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = running.create(**form.cleaned_data, owner=request.user)
            return redirect("room_desk_room", made.code)
        except RoomError as error:
            form.add_error(None, str(error))
    context = {"page": "desk", "form": form, "rooms": with_counts(running.of(request.user))}
    return render(request, "rooms/desk/rooms.html", context, status=422 if form.is_bound else 200)


def with_counts(found: QuerySet[Room]) -> list[Room]:
    """Each with how many members and drawings it has, and how many labels wait; in four queries."""
    rooms = list(found)
    drawings = Drawing.objects.filter(room__in=rooms).order_by()
    waiting = drawings.filter(label__state=Label.State.UNREVIEWED, hidden_as="")
    members = Membership.objects.filter(room__in=rooms).order_by()
    for name, rows in (("member_count", members), ("drawing_count", drawings), ("waiting_count", waiting)):
        counts = dict(rows.values_list("room").annotate(n=Count("pk")))
        for one in rooms:
            setattr(one, name, counts.get(one.pk, 0))
    return rooms


@require_safe
@never_cache
@for_its_teacher
def room(request: HttpRequest, found: Room) -> HttpResponse:
    context = {
        "page": "desk",
        "room": found,
        "link": _link(request, found),
        "figures": figures.of(found),
        "members": _members(found),
    }
    return render(request, "rooms/desk/room.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_its_teacher
def edit(request: HttpRequest, found: Room) -> HttpResponse:
    form = RoomForm(_posted(request), instance=found)
    if request.method == "POST" and form.is_valid():
        return _done(request, found, lambda: running.rename(found, **form.cleaned_data), _("Saved."))
    context = {"page": "desk", "room": found, "form": form}
    return render(request, "rooms/desk/edit.html", context, status=422 if form.is_bound else 200)


@require_safe
@never_cache
@for_its_teacher
def show(request: HttpRequest, found: Room) -> HttpResponse:
    """To be projected on the wall: the code, as large as it gets, and the link as a picture for cameras."""
    link = _link(request, found)
    context = {"page": "desk", "room": found, "link": link, "qr": qr.of(link), "entrance": _entrance(request)}
    return render(request, "rooms/desk/show.html", context)


@require_POST
@for_its_teacher
def set_state(request: HttpRequest, found: Room) -> HttpResponse:
    wanted = request.POST.get("to")
    if wanted == OPEN:
        return _done(
            request, found, lambda: running.reopen(found), _("The room is open: its members draw in it again.")
        )
    if wanted == CLOSE:
        return _done(request, found, lambda: running.close(found), _("The room is closed. Its figures stay."))
    if wanted == KEEP:
        return _done(request, found, lambda: running.used(found), _("The room stays."))
    raise Http404("a room is opened, closed or kept")


@require_POST
@for_its_teacher
def remove_member(request: HttpRequest, found: Room) -> HttpResponse:
    """Somebody leaves who should not be in it; the drawings stay until they are hidden or deleted."""
    number = request.POST.get("number", "")
    row = found.memberships.filter(number=number).first() if _is_number(number) else None
    if row is None:
        messages.error(request, _("There is no such member any more."))
        return redirect("room_desk_room", found.code)
    words = _("%(name)s is no longer in the room.") % {"name": names.name(found.pk, row.number)}
    return _done(request, found, lambda: members.leave(row), words)


@require_POST
@for_its_teacher
def hide(request: HttpRequest, found: Room) -> HttpResponse:
    """Take a drawing off the wall, for everybody but who drew it."""
    number = request.POST.get("drawing", "")
    rows = Drawing.objects.visible().filter(room=found)
    drawing = rows.filter(pk=number).first() if _is_number(number) else None
    if drawing is None:
        messages.error(request, _("This drawing is gone, or hidden already."))
        return redirect("room", found.code)
    moderation.hide([drawing.pk], by=request.user, reason="in its room")
    messages.success(request, _("The drawing is hidden: nobody but who drew it sees it any more."))
    return redirect("room", found.code)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _done(request: HttpRequest, found: Room, change: Callable[[], object], words: str) -> HttpResponse:
    """Do it, say so, and go back to the room's desk."""
    try:
        change()
        messages.success(request, words)
    except RoomError as error:
        messages.error(request, str(error))
        return redirect("room_desk")
    return redirect("room_desk_room", found.code)


def _members(found: Room) -> list[dict[str, object]]:
    rows = found.memberships.filter(visitor__erasing_at=None).annotate(
        drawn=Count("visitor__drawings", filter=Q(visitor__drawings__room=found)),
    )
    return [{"row": row, "name": names.name(found.pk, row.number)} for row in rows.order_by("number")]


def _link(request: HttpRequest, found: Room) -> str:
    return request.build_absolute_uri(reverse("room", args=[found.code]))


def _entrance(request: HttpRequest) -> str:
    """What is read aloud: without the scheme, which browsers add."""
    return request.build_absolute_uri(reverse("rooms")).partition("://")[2].rstrip("/")
