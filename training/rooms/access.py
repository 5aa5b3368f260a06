"""Who may run a room: its owner, as long as that is a teacher, and superusers.

Left out on purpose: members, who are known by a cookie (`recognizer.rooms.members`)."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from recognizer.models import Room
from recognizer.rooms import running

RUN = "recognizer.run_room"


def is_teacher(user: AbstractBaseUser | AnonymousUser, room: Room) -> bool:
    """Whether this user runs that room."""
    return user.has_perm(RUN) and (user.is_superuser or room.owner_id == user.pk)


def for_teachers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for whoever may have rooms; who is not signed in goes to the login first."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.has_perm(RUN):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def for_its_teacher(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of one room, for who runs it; for others there is none of that code."""

    @for_teachers
    @wraps(view)
    def guarded(request: HttpRequest, code: str, *args: object, **kwargs: object) -> HttpResponse:
        room = running.of(request.user).filter(code=code).first()
        if room is None:
            raise Http404("this user runs no room of that code")
        return view(request, room, *args, **kwargs)

    return guarded
