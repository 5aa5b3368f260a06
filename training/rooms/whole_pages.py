"""What a teacher does with a whole room at the desk: takes it along as a file, and deletes it in two steps.

Left out on purpose: the work itself (`exporting.py`, `deleting.py`)."""

import time

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from recognizer.models import Room
from recognizer.rooms import codes
from training.rooms import deleting, exporting
from training.rooms.access import for_its_teacher


@require_safe
@never_cache
@for_its_teacher
def export(request: HttpRequest, room: Room) -> FileResponse:
    name = f"room-{slugify(room.name) or room.code.lower()}.zip"
    return FileResponse(exporting.write(room), as_attachment=True, filename=name, content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_its_teacher
def delete(request: HttpRequest, room: Room) -> HttpResponse:
    """First what goes with it, then, once the room's code is typed, the deed."""
    problem = ""
    if request.method == "POST":
        if codes.read(request.POST.get("code", "")) == room.code:
            return _delete(request, room)
        problem = _("This is not the room's code: type %(code)s.") % {"code": codes.spaced(room.code)}
    context = {"page": "desk", "room": room, "gone": deleting.counts(room), "problem": problem}
    return render(request, "rooms/desk/delete.html", context, status=422 if problem else 200)


def _delete(request: HttpRequest, room: Room) -> HttpResponse:
    name = room.name
    deleting.begin(room, by=request.user)
    is_gone = deleting.work(room, until=time.monotonic() + settings.ROOM_BUDGET_SECONDS)
    if is_gone:
        messages.success(request, _("%(room)s is deleted, with all that was in it.") % {"room": name})
    else:
        words = _("%(room)s is closed to everybody and is being deleted; that takes a few minutes.")
        messages.success(request, words % {"room": name})
    return redirect("room_desk")
