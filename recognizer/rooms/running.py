"""What a teacher does with a room as a whole: make it, name it, close and open it, choose who answers in it.

Left out on purpose: deleting it, which takes the room's versions and files along and is `training.rooms`'."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import versions
from recognizer.models import ModelVersion, Room
from recognizer.rooms import codes
from recognizer.rooms.members import RoomError

# A code that is taken already is rarer than one in a thousand even with half a million rooms.
MOST_TRIES = 10


def of(user: AbstractBaseUser) -> QuerySet[Room]:
    """The rooms that this user runs: the own ones, and for a superuser all."""
    rooms = Room.objects.there().select_related("version", "owner")
    return rooms if user.is_superuser else rooms.filter(owner=user)


def create(*, name: str, welcome: str = "", owner: AbstractBaseUser) -> Room:
    """A new open room with a code of its own. Raises RoomError for a teacher who has too many."""
    if Room.objects.there().filter(owner=owner).count() >= settings.ROOMS_A_TEACHER:
        raise RoomError(
            _("You have %(most)d rooms, which is as many as one may have: delete one that is over.")
            % {"most": settings.ROOMS_A_TEACHER}
        )
    for _left in range(MOST_TRIES):
        try:
            with transaction.atomic():
                return Room.objects.create(code=codes.new(), name=name, welcome=welcome, owner=owner)
        except IntegrityError:  # the code is another room's
            continue
    raise RoomError(_("No free code was found: try again."))


def rename(room: Room, *, name: str, welcome: str) -> None:
    _change(room, name=name, welcome=welcome)


def close(room: Room) -> None:
    """Nobody joins or draws in it any more; what there is stays."""
    _change(room, state=Room.State.CLOSED, closed_at=timezone.now())


def reopen(room: Room) -> None:
    _change(room, state=Room.State.OPEN, closed_at=None)


def used(room: Room) -> None:
    """Note that its teacher was here, so that it is not deleted as forgotten."""
    _change(room)


def answer_with(room: Room, version: ModelVersion | None) -> None:
    """Let the room be answered by its own version, or by the live one for None. Raises RoomError, VersionError."""
    if version is not None:
        if version.room_id != room.pk:
            raise RoomError(_("Version %(number)d is not one of this room's.") % {"number": version.number})
        versions.load(version)
    _change(room, version=version)


def _change(room: Room, **fields: object) -> None:
    fields |= {"used_at": timezone.now(), "announced_at": None}
    if not Room.objects.there().filter(pk=room.pk).update(**fields):
        raise RoomError(_("This room was deleted meanwhile."))
    room.refresh_from_db()
