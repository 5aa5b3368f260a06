"""Guessing codes is slow."""

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from recognizer.rooms import guesses


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def request(address: str = "10.0.0.1"):
    return RequestFactory().get("/", REMOTE_ADDR=address)


def test_after_so_many_wrong_codes_an_address_waits_and_another_does_not(settings):
    settings.ROOM_WRONG_CODES = 2
    guesses.note(request())
    assert guesses.wait_seconds(request()) == 0
    guesses.note(request())
    assert 0 < guesses.wait_seconds(request()) <= settings.ROOM_WRONG_CODES_SECONDS
    assert guesses.wait_seconds(request("10.0.0.2")) == 0


def test_many_from_everywhere_leave_each_address_few(settings):
    settings.ROOM_WRONG_CODES_SITE = 2
    for _ in range(guesses.FEW - 1):
        guesses.note(request("10.0.0.1"))
    assert guesses.wait_seconds(request("10.0.0.1")) == 0
    guesses.note(request("10.0.0.1"))
    assert guesses.wait_seconds(request("10.0.0.1")) > 0


def test_those_who_guess_from_many_addresses_shut_no_class_out(settings):
    settings.ROOM_WRONG_CODES_SITE = 2
    guesses.note(request("10.0.0.1"))
    guesses.note(request("10.0.0.2"))
    assert guesses.wait_seconds(request("10.0.0.3")) == 0


def test_where_nobody_tells_addresses_all_share_one_count(settings):
    settings.ROOM_WRONG_CODES_SITE = 2
    guesses.note(request(""))
    assert guesses.wait_seconds(request("")) == 0
    guesses.note(request(""))
    assert guesses.wait_seconds(request("")) > 0


def test_a_cache_that_does_not_answer_holds_nobody_up(monkeypatch):
    def fail(*args, **kwargs):
        raise ConnectionError("away")

    monkeypatch.setattr(cache, "get_many", fail)
    monkeypatch.setattr(cache, "add", fail)
    guesses.note(request())
    assert guesses.wait_seconds(request()) == 0
