"""A room of the demo: some of its visitors as members, with what they drew.

Nobody can sign in as its teacher, so that superusers run it. Left out on purpose: a version of its own, since nothing
real is trained on the demo."""

from collections import Counter
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from recognizer.models import Drawing, Membership, Room, Visitor
from recognizer.rooms import codes

MEMBERS, DAYS_AGO = 8, 12
NAME = "Demo class"
WELCOME = "This room is demo content: look around."


def make(those: list[Visitor], drawings: list[Drawing], by: User, now: datetime) -> Room:
    """With those who drew most, but for who is blocked."""
    counts = Counter(drawing.visitor_id for drawing in drawings)
    free = [visitor for visitor in those if visitor.blocked_at is None and counts[visitor.pk]]
    chosen = sorted(free, key=lambda visitor: (-counts[visitor.pk], visitor.pk))[:MEMBERS]
    made_at = now - timedelta(days=DAYS_AGO)
    moments = {"created_at": made_at, "used_at": timezone.now()}
    room = Room.objects.create(code=codes.new(), name=NAME, welcome=WELCOME, owner=by, is_demo=True, **moments)
    Membership.objects.bulk_create(
        Membership(
            room=room,
            visitor=visitor,
            number=number,
            joined_at=made_at,
            shared_at=None if number == MEMBERS else made_at,
            held_out_at=made_at if visitor.held_out else None,
        )
        for number, visitor in enumerate(chosen, start=1)
    )
    Drawing.objects.filter(visitor__in=chosen).update(room=room)
    return room
