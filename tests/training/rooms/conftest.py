"""Rooms with members who drew in them."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from recognizer import recognition
from recognizer.models import Drawing, Room, Visitor
from recognizer.rooms import members, running
from tests.training.making import drawn, showing, weights_file


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def shipped(settings, tmp_path):
    """Random weights answer, and whatever they say counts as a digit."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.MIN_CONFIDENCE = folder, 0.0
    settings.HELD_OUT_EVERY = 5  # of the members of a room, by their number in it
    recognition.forget()
    yield folder
    recognition.forget()


def account(name: str) -> User:
    user = User.objects.create_user(name, password="secret", is_staff=True)
    user.groups.add(Group.objects.get(name="teacher"))
    return user


@pytest.fixture
def teacher(db) -> User:
    return account("teacher")


@pytest.fixture
def room(teacher) -> Room:
    return running.create(name="7b", welcome="Draw what you like.", owner=teacher)


@pytest.fixture
def desk(teacher) -> Client:
    """The teacher's browser."""
    browser = Client()
    browser.force_login(teacher)
    return browser


def member(room: Room, name: str, *, shares: bool = True) -> Visitor:
    joined = members.join(Visitor(key_hash=name), room, shares=shares).visitor
    joined.held_out = False  # by the site, which goes by numbers that differ between databases
    joined.save(update_fields=["held_out"])
    return joined


def drawn_in(room: Room, by: Visitor, digit: int | None, *, state: str = "accepted", seed: int = 0) -> Drawing:
    """A drawing of the room that really shows its digit; accepted by its teacher."""
    make = drawn if digit is None else showing
    drawing = make(by, digit, state=state, seed=seed)
    Drawing.objects.filter(pk=drawing.pk).update(room=room)
    if state != "unreviewed":
        type(drawing.label).objects.filter(pk=drawing.pk).update(by_room=True)
    drawing.refresh_from_db()
    return drawing


def classroom(room: Room, *, count: int = 5, each: int = 6) -> list[Visitor]:
    """Members, each with accepted drawings of digits one after the other."""
    made = [member(room, f"member {n}") for n in range(count)]
    for place, who in enumerate(made):
        for n in range(each):
            drawn_in(room, who, (place + n) % 10, seed=10 * place + n)
    return made
