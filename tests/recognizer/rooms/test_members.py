"""Joining, leaving, and being found again by two cookies."""

import pytest
from django.test import RequestFactory

from recognizer.models import Membership, Visitor
from recognizer.rooms import members, running
from recognizer.rooms.members import RoomError


def visitor(name: str) -> Visitor:
    return Visitor(key_hash=name)


def request(**cookies: str):
    made = RequestFactory().get("/")
    made.COOKIES.update(cookies)
    return made


def test_who_joins_is_stored_and_gets_the_next_number(room):
    first, second = members.join(visitor("a"), room, shares=True), members.join(visitor("b"), room, shares=False)
    assert (first.number, second.number) == (1, 2)
    assert (first.shared_at is None, second.shared_at is None) == (False, True)


def test_who_cannot_join_is_not_stored(room, settings):
    settings.ROOM_MOST_MEMBERS = 0
    with pytest.raises(RoomError, match="full"):
        members.join(visitor("a"), room, shares=True)
    assert not Visitor.objects.exists()


def test_who_joins_again_is_the_same_member(room):
    first = members.join(visitor("a"), room, shares=False)
    members.leave(first)
    again = members.join(Visitor.objects.get(), room, shares=True)
    assert (again.pk, again.number, again.left_at) == (first.pk, 1, None)


def test_who_joins_another_room_leaves_the_first(room, teacher):
    other = running.create(name="8a", owner=teacher)
    who = members.join(visitor("a"), room, shares=True).visitor
    members.join(who, other, shares=True)
    assert list(Membership.objects.present().values_list("room", flat=True)) == [other.pk]


def test_nobody_joins_a_closed_room(room):
    running.close(room)
    with pytest.raises(RoomError, match="closed"):
        members.join(visitor("a"), room, shares=True)


def test_a_room_takes_so_many_members_and_says_how_many(room, settings):
    settings.ROOM_MOST_MEMBERS = 1
    members.join(visitor("a"), room, shares=True)
    with pytest.raises(RoomError, match="1 have joined"):
        members.join(visitor("b"), room, shares=True)


def test_of_three_members_one_is_held_out_and_then_of_every_so_many(room, settings):
    settings.HELD_OUT_EVERY = 5
    made = [members.join(visitor(str(n)), room, shares=True) for n in range(13)]
    assert [row.number for row in made if row.held_out_at] == [3, 8, 13]


def test_a_browser_without_the_rooms_cookie_asks_nothing_of_the_database(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert members.current(request(visitor="x" * 43)) is None


def test_a_code_in_a_cookie_makes_nobody_a_member(room, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert members.current(request(room=room.code, visitor="x" * 43)) is None


def test_a_visitor_takes_the_membership_along(room):
    members.join(visitor("a"), room, shares=True)
    Visitor.objects.get().delete()
    assert not Membership.objects.exists()
