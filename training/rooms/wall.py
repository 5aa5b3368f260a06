"""A room's drawings as pictures: the latest ones, and those that the network got wrong, beside what it saw.

Members are shown those of members who agreed and their own; the teacher is shown all. What somebody hid is shown to
nobody. Left out on purpose: telling members whose a picture is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from recognizer import cards
from recognizer.models import Drawing, Label, Membership, Room, Visitor
from recognizer.rooms import names

NOBODY: Mapping[int, str] = {}


@dataclass(frozen=True)
class Picture:
    """A drawing on the wall: `said` is None without a label, else its digit or "" for none; `name` is its member's, of
    which teachers alone are told."""

    id: int
    path: str
    image: str
    seen: str
    read: int | None
    said: str | None
    is_right: bool | None
    name: str = ""


def shown_to(room: Room, visitor: Visitor | None, *, is_teacher: bool) -> QuerySet[Drawing]:
    """What of a room somebody may see."""
    rows = Drawing.objects.visible().filter(room=room)
    if is_teacher:
        return rows
    agreed = Membership.objects.filter(room=room, visitor=OuterRef("visitor"), shared_at__isnull=False)
    return rows.filter(Exists(agreed) | Q(visitor=visitor) if visitor else Exists(agreed))


def latest(rows: QuerySet[Drawing], called: Mapping[int, str] = NOBODY) -> list[Picture]:
    """The latest; `called` has names by visitor, where they are to be shown."""
    return pictures(rows.with_answers().order_by("-pk")[: settings.ROOM_WALL], called)


def wrong(rows: QuerySet[Drawing], called: Mapping[int, str] = NOBODY) -> list[Picture]:
    """The latest that were read otherwise than labelled."""
    return pictures(rows.wrong().with_answers().order_by("-pk")[: settings.ROOM_WALL], called)


def pictures(rows: Iterable[Drawing], called: Mapping[int, str]) -> list[Picture]:
    return [picture(row, called.get(row.visitor_id, "")) for row in rows]


def names_in(room: Room) -> dict[int, str]:
    """What the room's members are called, by visitor."""
    members = room.memberships.values_list("visitor_id", "number")
    return {visitor: names.name(room.pk, number) for visitor, number in members}


def picture(drawing: Drawing, name: str = "") -> Picture:
    """Of a drawing that came `with_answers()`."""
    label, read = getattr(drawing, "label", None), drawing.prediction.digit
    if label and label.state == Label.State.REJECTED:
        label = None
    is_drawn = bool(drawing.strokes)
    seen = cards.seen_url(drawing)
    return Picture(
        id=drawing.pk,
        path=cards.stroke_path(drawing.strokes, drawing.width, drawing.height) if is_drawn else "",
        image="" if is_drawn else seen,
        seen=seen,
        read=read,
        said=None if label is None else "" if label.digit is None else str(label.digit),
        is_right=None if label is None else label.digit == read,
        name=name,
    )
