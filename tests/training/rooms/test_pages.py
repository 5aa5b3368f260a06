"""The rooms' pages for those who draw."""

import pytest
from django.test import Client

from recognizer.models import Membership, Room
from recognizer.rooms import members, names, running
from tests.training.rooms.conftest import drawn_in, member

SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}


@pytest.fixture
def pupil(db) -> Client:
    return Client()


def join(pupil: Client, room: Room, shares: str = "yes"):
    return pupil.post(f"/rooms/{room.code}/join/", {"shares": shares})


def text(response) -> str:
    return response.content.decode()


def test_a_typed_code_leads_to_its_room(pupil, room):
    typed = f" {room.code[:3].lower()} {room.code[3:].lower()} "
    assert pupil.post("/rooms/", {"code": typed})["Location"] == f"/rooms/{room.code}/"


@pytest.mark.parametrize(
    ("typed", "said"), [("BCD234", "no room with the code"), ("hello", "is no code"), ("", "Type")]
)
def test_a_code_that_is_none_is_answered_with_what_to_do(pupil, room, typed, said):
    Room.objects.update(code="ZZZZZZ")
    response = pupil.post("/rooms/", {"code": typed})
    assert response.status_code == 422
    assert said in text(response)


def test_after_many_wrong_codes_nobody_is_told_whether_one_is_right(pupil, room, settings):
    settings.ROOM_WRONG_CODES = 2
    for _ in range(2):
        assert pupil.get("/rooms/ZZZZ99/").status_code == 404
    for answer in (pupil.get(f"/rooms/{room.code}/"), pupil.post("/rooms/", {"code": room.code})):
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0


def test_a_member_is_not_held_up_by_the_wrong_codes_of_others(pupil, room, settings):
    join(pupil, room)
    settings.ROOM_WRONG_CODES = 0
    assert pupil.get(f"/rooms/{room.code}/").status_code == 200


def test_the_link_shows_a_stranger_the_welcome_and_nothing_that_was_drawn(pupil, room):
    drawn_in(room, member(room, "a"), 7)
    page = text(pupil.get(f"/rooms/{room.code}/"))
    assert "Draw what you like." in page
    assert '<svg viewBox="0 0 100 100"' not in page
    assert pupil.get(f"/rooms/{room.code}/figures/").status_code == 404


def test_who_joins_draws_at_once_and_reads_the_own_name_above_the_paper(pupil, room):
    assert join(pupil, room)["Location"] == "/"
    page = text(pupil.get("/"))
    assert "7b" in page
    assert names.name(room.pk, 1) in page


def test_joining_asks_whether_drawings_may_be_shown_and_keeps_the_answer(pupil, room):
    join(pupil, room, shares="no")
    assert Membership.objects.get().shared_at is None
    pupil.post(f"/rooms/{room.code}/share/", {"shares": "yes"})
    assert Membership.objects.get().shared_at


def test_joining_a_closed_room_says_that_it_is_closed(pupil, room):
    running.close(room)
    join(pupil, room)
    assert "closed" in text(pupil.get(f"/rooms/{room.code}/"))
    assert not Membership.objects.exists()


def test_who_left_is_told_so_and_is_a_stranger_again(pupil, room):
    join(pupil, room)
    page = text(pupil.post(f"/rooms/{room.code}/leave/", follow=True))
    assert "You have left 7b" in page
    assert "Join and draw" in text(pupil.get(f"/rooms/{room.code}/"))


def test_the_drawing_page_says_once_that_the_room_was_closed(pupil, room):
    join(pupil, room)
    running.close(room)
    assert "7b is closed" in text(pupil.get("/"))
    assert "room-bar" not in text(pupil.get("/"))


def test_who_was_removed_is_told_so(pupil, room):
    join(pupil, room)
    members.leave(Membership.objects.get())
    assert "no longer in 7b" in text(pupil.get("/"))


def test_who_was_removed_sees_nothing_of_the_room_once_it_is_closed(pupil, room):
    join(pupil, room)
    members.leave(Membership.objects.get())
    running.close(room)
    assert pupil.get(f"/rooms/{room.code}/figures/").status_code == 404


def test_who_went_on_to_another_room_still_sees_the_closed_one(pupil, room, teacher):
    join(pupil, room)
    running.close(room)
    join(pupil, running.create(name="8a", owner=teacher))
    assert pupil.get(f"/rooms/{room.code}/figures/").status_code == 200


def test_a_member_still_sees_the_figures_of_a_closed_room(pupil, room):
    join(pupil, room)
    running.close(room)
    assert "This room is closed" in text(pupil.get(f"/rooms/{room.code}/"))
    assert "data-still" in text(pupil.get(f"/rooms/{room.code}/figures/"))


def test_the_wall_shows_drawings_of_those_who_agreed_and_the_own_ones(pupil, room):
    join(pupil, room, shares="no")
    own = pupil.post("/api/v1/drawings", SEVEN, content_type="application/json").json()["id"]
    shown = drawn_in(room, member(room, "a"), 7)
    kept = drawn_in(room, member(room, "b", shares=False), 7)
    page = text(pupil.get(f"/rooms/{room.code}/"))
    assert [f'id="drawing-{pk}"' in page for pk in (own, shown.pk, kept.pk)] == [True, True, False]


def test_the_page_asks_as_much_for_many_drawings_as_for_one(pupil, room, django_assert_num_queries):
    join(pupil, room)
    who = member(room, "a")
    drawn_in(room, who, 7)
    with django_assert_num_queries(7):  # room, member, labels and members counted, two walls, is there an own version
        assert pupil.get(f"/rooms/{room.code}/figures/").status_code == 200
    for seed in range(4):
        drawn_in(room, who, seed, seed=seed)
    with django_assert_num_queries(7):
        assert pupil.get(f"/rooms/{room.code}/figures/").status_code == 200


def test_pages_of_rooms_run_no_inline_script_and_ask_no_other_host(pupil, room, desk):
    join(pupil, room)
    addresses = ["/rooms/", f"/rooms/{room.code}/", f"/rooms/desk/{room.code}/", f"/rooms/desk/{room.code}/show/"]
    for address in addresses:
        page = text((desk if "desk" in address else pupil).get(address))
        assert "style=" not in page
        assert "<script>" not in page
        assert 'src="http' not in page
