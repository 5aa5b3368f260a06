"""Rooms that nobody uses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer.models import Room
from tests.training.rooms.conftest import drawn_in, member
from training.rooms import keeping

YEAR, NOTICE = timedelta(days=366), timedelta(days=15)


@pytest.fixture
def now():
    return timezone.now()


def state(room: Room) -> tuple[str, bool]:
    room.refresh_from_db()
    return room.state, room.announced_at is not None


def test_a_room_that_is_used_is_left_alone(room, now):
    keeping.tend(now)
    assert state(room) == ("open", False)


def test_an_unused_room_is_announced_and_deleted_some_weeks_later(room, now):
    keeping.tend(now + YEAR)
    assert state(room) == ("open", True)
    keeping.tend(now + YEAR + timedelta(days=1))
    assert state(room) == ("open", True)
    keeping.tend(now + YEAR + NOTICE)
    assert state(room) == ("deleting", False)


def test_a_drawing_takes_the_announcement_back(room, now):
    keeping.tend(now + YEAR)
    drawing = drawn_in(room, member(room, "a"), 7)
    type(drawing).objects.filter(pk=drawing.pk).update(created_at=now + YEAR)
    keeping.tend(now + YEAR + NOTICE)
    assert state(room) == ("open", False)


def test_the_teacher_is_told_and_keeps_it(desk, room, now):
    Room.objects.update(used_at=now - YEAR, announced_at=now - NOTICE)
    assert "it is deleted on" in desk.get("/rooms/desk/").content.decode()
    desk.post(f"/rooms/desk/{room.code}/state/", {"to": "keep"})
    keeping.tend(now)
    assert state(room) == ("open", False)


def test_where_rooms_are_kept_for_good_none_is_announced(room, now, settings):
    settings.ROOM_KEEP_DAYS = 0
    keeping.tend(now + YEAR)
    assert state(room) == ("open", False)
