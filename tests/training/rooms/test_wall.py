"""Which drawings of a room somebody is shown."""

import pytest

from recognizer import erasing, moderation
from tests.training.rooms.conftest import drawn_in, member
from training.rooms import wall


@pytest.fixture
def three(room):
    """Of somebody who agreed, of somebody who did not, and of a second one who agreed."""
    people = [member(room, "a"), member(room, "b", shares=False), member(room, "c")]
    return people, [drawn_in(room, who, n, seed=n).pk for n, who in enumerate(people)]


def shown(room, visitor, **options) -> set[int]:
    return set(wall.shown_to(room, visitor, **{"is_teacher": False} | options).values_list("pk", flat=True))


def test_members_see_those_of_who_agreed_and_their_own(room, three):
    people, ids = three
    assert shown(room, people[0]) == {ids[0], ids[2]}
    assert shown(room, people[1]) == set(ids)


def test_the_teacher_sees_all_with_names(room, three):
    assert shown(room, None, is_teacher=True) == set(three[1])
    pictures = wall.latest(wall.shown_to(room, None, is_teacher=True), wall.names_in(room))
    assert len({picture.name for picture in pictures}) == 3


def test_members_are_told_no_names(client, room, three):
    client.post(f"/rooms/{room.code}/join/", {"shares": "yes"})
    page = client.get(f"/rooms/{room.code}/").content.decode()
    assert not any(name in page for name in list(wall.names_in(room).values())[:3])


def test_what_is_hidden_is_shown_to_nobody(room, three):
    moderation.hide([three[1][0]], by=None)
    assert three[1][0] not in shown(room, None, is_teacher=True)


def test_who_deletes_everything_is_gone_from_the_wall_at_once(desk, room, three):
    people, ids = three
    erasing.begin(people[0])
    assert shown(room, people[2], is_teacher=True) == {ids[1], ids[2]}
    assert desk.get(f"/rooms/desk/{room.code}/").content.decode().count('name="number"') == 2
