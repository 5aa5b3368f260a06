"""A teacher's review of the room's labels: one by one, many that were all looked at, and taken back.

It decides for the room alone. Left out on purpose: claims and priorities, since a room has one teacher."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from recognizer import drawings, queue
from recognizer.models import Decision, Drawing, Label, Room
from recognizer.queue import Page, Refused, Seen
from training.rooms import wall
from training.rooms.wall import Picture

PAGE = "room"


@dataclass(frozen=True)
class Card:
    """A label that waits; `key` is the decision's, so that sent twice it is made once."""

    picture: Picture
    claim: str  # a digit, or "none"
    confidence: float
    key: UUID


def waiting(room: Room) -> QuerySet[Drawing]:
    """The oldest label first."""
    return Drawing.objects.awaiting_review().filter(room=room).order_by("label__updated_at", "pk")


def agreed(room: Room) -> QuerySet[Drawing]:
    """Those of which member and network say the same."""
    read = F("prediction__digit")
    both_none = Q(label__digit=None, prediction__digit=None)
    return waiting(room).filter(Q(label__digit=read) | both_none)


def cards(rows: QuerySet[Drawing], most: int) -> list[Card]:
    return [_card(row) for row in rows.with_answers()[:most]]


def _card(row: Drawing) -> Card:
    claim = "none" if row.label.digit is None else str(row.label.digit)
    return Card(wall.picture(row), claim, row.prediction.confidence, uuid4())


def decide(room: Room, drawing_id: int, decision: str, *, by: AbstractBaseUser, key: UUID, claim: str) -> str:
    """Do what the teacher decided on a drawing of the room, and say it. Raises Refused."""
    if not Drawing.objects.filter(pk=drawing_id, room=room).exists():
        raise Refused(_("This drawing is gone: whoever drew it has deleted it."))
    seen = Seen(None if claim == "none" else int(claim))
    return queue.decide(drawing_id, decision, by=by, key=key, seen=seen, by_room=True)


def accept(room: Room, drawing_ids: Iterable[int], *, by: AbstractBaseUser, seen_at: datetime, batch: UUID) -> int:
    """Accept labels that were all looked at; what changed since `seen_at` is left alone. Returns how many."""
    if Decision.objects.filter(batch=batch).exists():  # sent twice
        return 0
    wanted = list(drawing_ids)[: settings.ROOM_REVIEW_MANY]
    ids = list(waiting(room).filter(pk__in=wanted).values_list("pk", flat=True))
    told = {"by": by, "seen_at": seen_at, "batch": batch, "by_room": True}
    return drawings.review(ids, Label.State.ACCEPTED, **told)


def undo(room: Room, key: UUID, *, by: AbstractBaseUser) -> None:
    """Take a press of the teacher back, on one label or on many. Raises Refused."""
    made = Decision.objects.filter(batch=key, by=by)
    if made.exclude(drawing__room=room).exists():
        raise Refused(_("This was not decided in this room."))
    queue.undo(key, Page(by, PAGE))
