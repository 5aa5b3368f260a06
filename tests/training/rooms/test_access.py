"""Every address of the desk, asked by every kind of account: whose room it is not gets nothing of it."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from tests.training.rooms.conftest import account
from training.rooms.urls import urlpatterns

DESK = [pattern for pattern in urlpatterns if str(pattern.pattern).startswith("desk/<room:code>/")]


def ask(browser: Client, pattern, room) -> set[int]:
    """What GET and POST answer, but for what an address does not take."""
    arguments = {"code": room.code} | ({"number": 1} if "<int:number>" in str(pattern.pattern) else {})
    address = reverse(pattern.name, kwargs=arguments)
    return {getattr(browser, method)(address).status_code for method in ("get", "post")} - {405}


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("pattern", DESK, ids=lambda pattern: pattern.name)
def test_for_another_teacher_there_is_no_such_room(pattern, room):
    assert ask(signed_in(account("other")), pattern, room) == {404}


@pytest.mark.parametrize("pattern", DESK, ids=lambda pattern: pattern.name)
def test_who_is_no_teacher_is_refused(pattern, room):
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    assert ask(signed_in(viewer), pattern, room) == {403}


@pytest.mark.parametrize("pattern", DESK, ids=lambda pattern: pattern.name)
def test_without_an_account_one_is_sent_to_the_login(pattern, room):
    assert ask(Client(), pattern, room) == {302}


def test_a_superuser_runs_every_room(room):
    assert signed_in(User.objects.create_superuser("ada")).get(f"/rooms/desk/{room.code}/").status_code == 200
