"""What thirty phones ask for is rendered once."""

import pytest
from django.test import Client

from recognizer import drawings
from tests.training.rooms.conftest import drawn_in, member
from training import fading
from training.rooms import fragments


@pytest.fixture(autouse=True)
def long(settings):
    settings.ROOM_FIGURES_SECONDS = 60.0
    fragments.forget()
    yield
    fragments.forget()


def joined(room, shares: str) -> Client:
    browser = Client()
    browser.post(f"/rooms/{room.code}/join/", {"shares": shares})
    return browser


def asked(browser: Client, room) -> str:
    return browser.get(f"/rooms/{room.code}/figures/").content.decode()


def test_members_who_see_the_same_are_answered_by_one_rendering(room, django_assert_num_queries):
    first, second = joined(room, "yes"), joined(room, "yes")
    asked(first, room)
    with django_assert_num_queries(2):  # the room, the membership
        asked(second, room)


def test_who_keeps_drawings_to_oneself_still_sees_them(room):
    open_one, quiet = joined(room, "yes"), joined(room, "no")
    own = quiet.post(
        "/api/v1/drawings",
        {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150},
        content_type="application/json",
    ).json()["id"]
    assert f'id="drawing-{own}"' not in asked(open_one, room)
    assert f'id="drawing-{own}"' in asked(quiet, room)


def test_members_are_never_given_what_was_rendered_for_the_teacher(desk, room):
    drawn_in(room, member(room, "a", shares=False), 7)
    assert 'name="drawing"' in desk.get(f"/rooms/{room.code}/figures/?all=yes").content.decode()
    assert 'id="drawing-' not in asked(joined(room, "yes"), room)


def test_a_deleted_drawing_is_gone_at_once(room):
    browser = joined(room, "yes")
    drawing = drawn_in(room, member(room, "a"), 7)
    assert f'id="drawing-{drawing.pk}"' in asked(browser, room)
    drawings.delete(drawing)
    assert f'id="drawing-{drawing.pk}"' not in asked(browser, room)


def test_another_language_is_another_rendering(room):
    browser = joined(room, "yes")
    asked(browser, room)
    other = browser.get(f"/rooms/{room.code}/figures/", headers={"accept-language": "de"})
    assert len(fragments._kept) == 2
    assert other.status_code == 200


def test_a_stranger_is_answered_by_none(room):
    asked(joined(room, "yes"), room)
    assert Client().get(f"/rooms/{room.code}/figures/").status_code == 404


def test_after_a_while_nothing_of_it_is_left_in_memory_though_nobody_asks(room, monkeypatch):
    monkeypatch.setattr(fragments, "_fading", fading.Fading(fragments._fade))
    fragments.shared(room, lambda: b"a drawing")
    timer = fragments._fading._timer
    timer.cancel()
    timer.function()
    assert not fragments._kept
