"""The line above the paper that says which room one is in, or that one is in it no more.

Left out on purpose: asking the database for browsers that are in no room."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from recognizer.models import Room
from recognizer.rooms import members, names


@dataclass(frozen=True)
class Bar:
    """`is_in` while what is drawn belongs to the room; otherwise `room` is the one that it belonged to, None for one
    that was deleted."""

    is_in: bool
    room: Room | None = None
    name: str = ""

    @property
    def is_closed(self) -> bool:
        return self.room is not None and not self.room.is_open


def of(request: HttpRequest) -> Bar | None:
    """None for a browser that is in no room."""
    if not request.COOKIES.get(settings.ROOM_COOKIE_NAME):
        return None
    member = members.last(request)
    if member is None:
        return Bar(False)
    is_in = member.room.is_open and member.left_at is None
    return Bar(is_in, member.room, names.name(member.room_id, member.number))
