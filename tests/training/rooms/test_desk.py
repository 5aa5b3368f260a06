"""The teacher's desk."""

import pytest
from django.test import Client

from recognizer.models import Drawing, Membership, Room
from recognizer.rooms import names
from tests.training.rooms.conftest import account, drawn_in, member


def text(response) -> str:
    return response.content.decode()


def test_a_teacher_makes_a_room_and_reads_its_code(desk, teacher):
    response = desk.post("/rooms/desk/", {"name": "7b", "welcome": ""}, follow=True)
    room = Room.objects.get()
    assert (room.owner, room.is_open) == (teacher, True)
    assert f"{room.code[:3]} {room.code[3:]}" in text(response)


def test_a_room_without_a_name_is_not_made(desk):
    response = desk.post("/rooms/desk/", {"name": " "})
    assert response.status_code == 422
    assert "A room needs a name." in text(response)


def test_a_teacher_has_so_many_rooms_at_most(desk, room, settings):
    settings.ROOMS_A_TEACHER = 1
    assert "You have 1 rooms" in text(desk.post("/rooms/desk/", {"name": "8a"}))


def test_another_teachers_room_is_not_there(room):
    other = Client()
    other.force_login(account("other"))
    assert f"/rooms/desk/{room.code}/" not in text(other.get("/rooms/desk/"))
    assert other.get(f"/rooms/desk/{room.code}/").status_code == 404
    assert other.post(f"/rooms/desk/{room.code}/state/", {"to": "close"}).status_code == 404


def test_who_is_not_signed_in_goes_to_the_login_and_comes_back(client, room):
    assert client.get("/rooms/desk/")["Location"] == "/admin/login/?next=/rooms/desk/"


def test_who_is_no_teacher_any_more_runs_no_room(desk, teacher, room):
    teacher.groups.clear()
    assert desk.get(f"/rooms/desk/{room.code}/").status_code == 403


def test_a_room_is_closed_and_opened_again(desk, room):
    desk.post(f"/rooms/desk/{room.code}/state/", {"to": "close"})
    room.refresh_from_db()
    assert (room.state, room.closed_at is None) == ("closed", False)
    desk.post(f"/rooms/desk/{room.code}/state/", {"to": "open"})
    room.refresh_from_db()
    assert (room.state, room.closed_at) == ("open", None)


def test_a_member_is_removed_and_the_drawings_stay(desk, room):
    drawn_in(room, member(room, "a"), 7)
    desk.post(f"/rooms/desk/{room.code}/remove/", {"number": "1"})
    assert Membership.objects.get().left_at
    assert Drawing.objects.filter(room=room).exists()


def test_a_drawing_is_taken_off_the_wall(desk, room):
    drawing = drawn_in(room, member(room, "a"), 7)
    assert f'id="drawing-{drawing.pk}"' in text(desk.get(f"/rooms/{room.code}/"))
    desk.post(f"/rooms/desk/{room.code}/hide/", {"drawing": drawing.pk})
    assert f'id="drawing-{drawing.pk}"' not in text(desk.get(f"/rooms/{room.code}/"))


def test_a_teacher_hides_nothing_outside_the_own_rooms(desk, room):
    from recognizer.models import Visitor
    from tests.training.making import drawn

    foreign = drawn(Visitor.objects.create(imported_as="x"), 7)
    desk.post(f"/rooms/desk/{room.code}/hide/", {"drawing": foreign.pk})
    foreign.refresh_from_db()
    assert foreign.hidden_as == ""


def test_the_page_for_the_wall_has_code_and_link_as_a_picture(desk, room):
    page = text(desk.get(f"/rooms/desk/{room.code}/show/"))
    assert f"{room.code[:3]} {room.code[3:]}" in page
    assert 'class="qr"' in page


def test_the_list_asks_as_much_for_many_rooms_as_for_one(desk, room, teacher, django_assert_num_queries):
    from recognizer.rooms import running

    assert desk.get("/rooms/desk/").status_code == 200
    with django_assert_num_queries(8):  # session, user, two for permissions, rooms, and three counts
        assert desk.get("/rooms/desk/").status_code == 200
    for n in range(3):
        drawn_in(running.create(name=str(n), owner=teacher), member(room, str(n)), 7, seed=n)
    with django_assert_num_queries(8):
        assert desk.get("/rooms/desk/").status_code == 200


def test_what_hangs_on_the_wall_is_of_those_who_agreed_and_all_of_it_has_to_be_asked_for(desk, room):
    drawing = drawn_in(room, member(room, "a", shares=False), 7)
    shown, name = f'id="drawing-{drawing.pk}"', names.name(room.pk, 1)
    for page in (f"/rooms/{room.code}/", f"/rooms/{room.code}/figures/"):
        assert shown not in text(desk.get(page))
        assert shown in text(desk.get(f"{page}?all=yes"))
        assert name in text(desk.get(f"{page}?all=yes"))


def test_nobody_else_is_shown_all_by_asking_for_it(client, room):
    client.post(f"/rooms/{room.code}/join/", {"shares": "no"})
    drawing = drawn_in(room, member(room, "a", shares=False), 7)
    assert f'id="drawing-{drawing.pk}"' not in text(client.get(f"/rooms/{room.code}/?all=yes"))


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "²", "-1", "one"])
def test_removing_nobody_is_answered_in_words(desk, room, number):
    answer = desk.post(f"/rooms/desk/{room.code}/remove/", {"number": number}, follow=True)
    assert "no such member" in answer.content.decode()
