"""Who is in which room: joining with a code, leaving, and finding the room of a request.

A browser is in one room at a time. Its cookie holds the room's code, so that nobody else's requests ask the database.
Left out on purpose: accounts and names."""

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import visitors
from recognizer.models import Membership, Room, Visitor
from recognizer.rooms import codes
from recognizer.versions import retried

# Of every HELD_OUT_EVERY members this one measures: three are enough for one that does.
FIRST_HELD_OUT = 3


class RoomError(Exception):
    """This cannot be done with the room; the message says why, in words for people."""


def current(request: HttpRequest) -> Membership | None:
    """The membership of the request's browser in an open room, with room and version; None without one."""
    found = last(request)
    return found if found and found.room.is_open and found.left_at is None else None


def last(request: HttpRequest) -> Membership | None:
    """The membership in the room that the browser's cookie names, also if the room is closed or was left meanwhile."""
    code = codes.read(request.COOKIES.get(settings.ROOM_COOKIE_NAME, ""))
    key_hash = visitors.key_hash(request) if code else None
    if key_hash is None:
        return None
    rows = Membership.objects.filter(visitor__key_hash=key_hash, room__code=code)
    return rows.select_related("room__version").first()


def find(request: HttpRequest, room: Room) -> Membership | None:
    """The request's membership in this room, present or past."""
    key_hash = visitors.key_hash(request)
    if key_hash is None:
        return None
    return Membership.objects.filter(visitor__key_hash=key_hash, room=room).select_related("visitor").first()


def was_in_to_the_end(membership: Membership, room: Room) -> bool:
    """Whether it holds, or held when the room was closed: who was removed before is not let in again by that."""
    left_at = membership.left_at
    return left_at is None or (room.closed_at is not None and left_at >= room.closed_at)


def join(visitor: Visitor, room: Room, *, shares: bool) -> Membership:
    """Let a visitor in, who leaves any other room by that and is stored if new. `shares` says whether the room may be
    shown the drawings. Raises RoomError if the room is closed, gone or full."""
    return _join(visitor, room.pk, shares)


@retried
def _join(visitor: Visitor, room_id: int, shares: bool) -> Membership:
    room = Room.objects.select_for_update().filter(pk=room_id, state=Room.State.OPEN).first()
    if room is None:
        raise RoomError(_("This room is closed: nobody can join it any more."))
    visitor, now = visitors.save(visitor), timezone.now()
    Membership.objects.present().filter(visitor=visitor).exclude(room=room).update(left_at=now)
    row = Membership.objects.filter(room=room, visitor=visitor).first() or _new(room, visitor)
    row.left_at = None
    row.shared_at = (row.shared_at or now) if shares else None
    row.save()
    return row


def _new(room: Room, visitor: Visitor) -> Membership:
    number = (room.memberships.aggregate(most=Max("number"))["most"] or 0) + 1
    if number > settings.ROOM_MOST_MEMBERS:
        raise RoomError(
            _("This room is full: %(most)d have joined it, which is as many as a room takes.")
            % {"most": settings.ROOM_MOST_MEMBERS}
        )
    return Membership(room=room, visitor=visitor, number=number, held_out_at=_held_out(number))


def _held_out(number: int):
    every = settings.HELD_OUT_EVERY
    return timezone.now() if every and number % every == FIRST_HELD_OUT % every else None


def held(room_id: int) -> int | None:
    """The room, kept from being deleted until the transaction ends; None if it is gone: what came in after the last
    look for drawings would outlast it."""
    rows = Room.objects.there().select_for_update(no_key=True).filter(pk=room_id)
    return rows.values_list("pk", flat=True).first()


def leave(membership: Membership) -> None:
    """From now on what the visitor draws is the visitor's alone; what was drawn stays in the room."""
    with transaction.atomic():
        Membership.objects.present().filter(pk=membership.pk).update(left_at=timezone.now())


def let_room_see(membership: Membership, shares: bool) -> None:
    """Keep whether the room may be shown the member's drawings."""
    Membership.objects.filter(pk=membership.pk).update(shared_at=timezone.now() if shares else None)


def remember(response: HttpResponse, room: Room) -> None:
    """Let the browser say from now on that it is in this room."""
    response.set_cookie(
        settings.ROOM_COOKIE_NAME,
        room.code,
        max_age=settings.ROOM_COOKIE_AGE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(settings.ROOM_COOKIE_NAME, samesite="Lax")
