"""Buckets that processes share: they hold what they should, fill up again, and refuse nobody without a cache."""

import logging
import threading
import time

import pytest
from django.core.cache import caches

from recognizer import buckets
from recognizer.buckets import Breaker, Bucket, take
from tests.recognizer import valkey


@pytest.fixture(scope="module")
def server():
    with valkey.serving() as server:
        yield server


@pytest.fixture(params=["in this process", "on a server"])
def cache(request, settings, monkeypatch):
    monkeypatch.setattr(buckets, "_breaker", Breaker())
    if request.param == "on a server":
        settings.CACHES = request.getfixturevalue("server").caches()
    caches["default"].clear()


@pytest.fixture
def shared(settings, monkeypatch, server):
    """A cache on a server that may be stopped, frozen and asked."""
    monkeypatch.setattr(buckets, "_breaker", Breaker())
    settings.CACHES = server.caches()
    settings.CACHE_RETRY_SECONDS = 1000.0
    server.client().flushall()
    yield server
    server.thaw()


def taken(*asked: Bucket, times: int) -> int:
    return sum(take(list(asked)) is None for _ in range(times))


def test_a_bucket_holds_as_many_as_it_says(cache):
    assert taken(Bucket("a", 5, 3600.0), times=9) == 5


def test_an_empty_bucket_says_when_there_will_be_one(cache):
    bucket = Bucket("a", 6, 3600.0)
    taken(bucket, times=6)
    assert 590 < take([bucket]).wait_seconds <= 600


def test_a_bucket_fills_up_again(cache):
    bucket = Bucket("a", 1, 0.05)
    assert take([bucket]) is None
    time.sleep(take([bucket]).wait_seconds + 0.001)
    assert take([bucket]) is None


def test_what_one_bucket_refuses_is_taken_from_none(cache):
    large, small = Bucket("large", 5, 3600.0), Bucket("small", 2, 3600.0)
    assert taken(large, small, times=4) == 2
    assert taken(large, times=9) == 3


def test_the_longest_wait_is_told(cache):
    quick, slow = Bucket("quick", 1, 60.0), Bucket("slow", 1, 3600.0)
    take([quick, slow])
    assert take([quick, slow]).bucket == slow


def test_nothing_to_count_asks_nobody(shared):
    shared.freeze()
    assert take([]) is None


def test_threads_never_take_more_than_there_is(shared):
    bucket, found = Bucket("a", 50, 3600.0), []
    threads = [threading.Thread(target=lambda: found.append(taken(bucket, times=40))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 50


def test_one_round_trip_counts_all_buckets(shared):
    take([Bucket("warm", 5)])
    before = _commands(shared)
    take([Bucket("a", 5), Bucket("b", 5), Bucket("c", 5)])
    asked = {name: n - before.get(name, 0) for name, n in _commands(shared).items()}
    # What the script does inside of the server is counted there too.
    assert asked["cmdstat_evalsha"] == 1
    assert asked.get("cmdstat_eval", 0) == 0


def test_a_full_bucket_is_forgotten_by_the_server(shared):
    take([Bucket("a", 5, 100.0)])
    (key,) = shared.client().keys("*")
    assert 0 < shared.client().pttl(key) <= 20_000


def test_a_server_that_started_anew_is_taught_the_script(shared):
    take([Bucket("a", 5)])
    shared.client().script_flush()
    assert take([Bucket("a", 5)]) is None


def test_a_connection_that_the_server_has_ended_is_made_anew(shared, caplog):
    bucket = Bucket("a", 2, 3600.0)
    assert take([bucket]) is None
    for _ in range(2):
        assert shared.client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") >= 1
        refused = take([bucket])
    assert refused is not None
    assert caplog.records == []


def test_a_cache_that_is_away_refuses_nobody(shared, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere.sock"}}
    assert taken(Bucket("a", 1, 3600.0), times=5) == 5


def test_a_silent_cache_is_waited_for_once(shared, monkeypatch):
    asked = []
    on_server = buckets._on_server
    monkeypatch.setattr(buckets, "_on_server", lambda *args: asked.append(1) or on_server(*args))
    shared.freeze()
    assert taken(Bucket("a", 1, 3600.0), times=5) == 5
    assert len(asked) == 1


def test_a_cache_that_is_back_counts_again(shared, settings):
    settings.CACHE_RETRY_SECONDS = 0.0
    shared.freeze()
    assert taken(Bucket("a", 1, 3600.0), times=2) == 2
    shared.thaw()
    assert taken(Bucket("b", 1, 3600.0), times=3) == 1


def test_a_cache_that_is_away_is_said_once_a_minute(shared, settings, caplog):
    settings.CACHE_RETRY_SECONDS = 0.0
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere.sock"}}
    with caplog.at_level(logging.ERROR, logger="recognizer.buckets"):
        taken(Bucket("a", 1), times=5)
    assert [record.message.partition(",")[0] for record in caplog.records] == ["The cache does not answer"]


def test_after_a_failure_one_request_tries_first(settings):
    settings.CACHE_RETRY_SECONDS = 0.05
    breaker = Breaker()
    breaker.failed(OSError("away"))
    time.sleep(0.06)
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]


def _commands(server: valkey.Server) -> dict[str, int]:
    return {name: facts["calls"] for name, facts in server.client().info("commandstats").items()}
