"""The pages of rooms for those who draw: typing a code, joining, the room and its figures, leaving.

Left out on purpose: the teacher's desk (`desk.py`)."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer import visitors
from recognizer.errors import TooManyError
from recognizer.models import Membership, Room
from recognizer.rooms import codes, guesses, members, names
from recognizer.rooms.members import RoomError
from recognizer.throttles import check_new_visitor, refused, throttled
from training.rooms import answers, figures, fragments, wall
from training.rooms.access import is_teacher
from training.rooms.forms import CodeForm


@require_http_methods(["GET", "HEAD", "POST"])
@throttled("rooms")
@never_cache
@ensure_csrf_cookie
def enter(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if seconds := guesses.wait_seconds(request):
            return _too_many(request, seconds)
        if room := _room(form.cleaned_data["code"]):
            return redirect("room", room.code)
        guesses.note(request)
        words = _("There is no room with the code %(code)s: ask your teacher to show it again.")
        form.add_error("code", words % {"code": codes.spaced(form.cleaned_data["code"])})
    if form.is_bound:
        status = 422
    context = {"page": "rooms", "form": form, "member": members.current(request)}
    return render(request, "rooms/enter.html", context, status=status)


@require_safe
@throttled("pages")
@never_cache
@ensure_csrf_cookie
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The room for its members and its teacher; for others the way in."""
    found = _room(code)
    member = found and members.find(request, found)
    if found and _may_see(request, found, member):
        return render(request, "rooms/room.html", {"page": "rooms", **_context(request, found, member)})
    if answer := _refused(request, found):
        return answer
    return render(request, "rooms/join.html", {"page": "rooms", "room": found})


@require_safe
@throttled("pages")
@never_cache
def room_figures(request: HttpRequest, code: str) -> HttpResponse:
    """The part of the room's page that changes, for the open page to ask for."""
    found = _room(code)
    member = found and members.find(request, found)
    if found is None or not _may_see(request, found, member):
        raise Http404("no such room, or not for this browser")

    def fragment() -> bytes:
        return render(request, "rooms/figures.html", _context(request, found, member)).content

    sees_what_all_see = member is not None and member.shared_at and not is_teacher(request.user, found)
    return HttpResponse(fragments.shared(found, fragment) if sees_what_all_see else fragment())


@require_POST
@throttled("rooms")
def join(request: HttpRequest, code: str) -> HttpResponse:
    found = _room(code)
    if answer := _refused(request, found):
        return answer
    visitor = visitors.current_or_new(request)
    try:
        if visitor.pk is None:
            check_new_visitor(request)
        members.join(visitor, found, shares=request.POST.get("shares") == "yes")
    except TooManyError as error:
        return refused(request, error)
    except RoomError as error:
        messages.error(request, str(error))
        return redirect("room", found.code)
    response = redirect("draw")
    visitors.remember(request, response)
    members.remember(response, found)
    return response


@require_POST
@throttled("pages")
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Also out of a room that is gone: the browser forgets it."""
    found = _room(code)
    if found and (member := members.find(request, found)):
        members.leave(member)
        messages.success(request, _("You have left %(room)s. What you draw now is yours alone.") % {"room": found})
    response = redirect("rooms")
    members.forget(response)
    return response


@require_POST
@throttled("pages")
def share(request: HttpRequest, code: str) -> HttpResponse:
    """A member says whether the room may see the own drawings."""
    found = _room(code)
    member = found and members.find(request, found)
    if not member:
        raise Http404("no such room, or not for this browser")
    shares = request.POST.get("shares") == "yes"
    members.let_room_see(member, shares)
    messages.success(request, _("The room may see your drawings.") if shares else _("Your drawings are yours to see."))
    return redirect("room", found.code)


def _room(code: str) -> Room | None:
    return Room.objects.there().select_related("version").filter(code=code).first()


def _refused(request: HttpRequest, found: Room | None) -> HttpResponse | None:
    """An address is a code as well: after too many wrong ones nobody is told whether one is right. Raises Http404."""
    if seconds := guesses.wait_seconds(request):
        return _too_many(request, seconds)
    if found is None:
        guesses.note(request)
        raise Http404("no room has this code")
    return None


def _may_see(request: HttpRequest, found: Room, member: Membership | None) -> bool:
    return is_teacher(request.user, found) or (member is not None and members.was_in_to_the_end(member, found))


def _context(request: HttpRequest, found: Room, member: Membership | None) -> dict[str, object]:
    teaches = is_teacher(request.user, found)
    # The page hangs on the wall of the classroom: what is for the teacher's eyes alone has to be asked for.
    sees_all = teaches and request.GET.get("all") == "yes"
    rows = wall.shown_to(found, member and member.visitor, is_teacher=sees_all)
    called = wall.names_in(found) if sees_all else wall.NOBODY
    return {
        "room": found,
        "member": member,
        "name": member and names.name(found.pk, member.number),
        "teaches": teaches,
        "sees_all": sees_all,
        "figures": figures.of(found),
        "latest": wall.latest(rows, called),
        "wrong": wall.wrong(rows, called),
        "answers": answers.of(found),
        "digits": figures.DIGITS,
        "refresh_seconds": settings.ROOM_REFRESH_SECONDS,
    }


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = render(request, "rooms/wait.html", {"page": "rooms", "minutes": -(-seconds // 60)}, status=429)
    response["Retry-After"] = seconds
    return response
