"""Who asks too often is told how long to wait, in the shape that was asked for; nobody else notices."""

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import override
from prometheus_client import REGISTRY

from recognizer import buckets, throttles
from recognizer.errors import TooManyError
from tests.recognizer.conftest import SEVEN, Visitor

PRESENT = "/api/v1/recognitions"


@pytest.fixture(autouse=True)
def counted(settings):
    settings.THROTTLE_SCALE = 1.0
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    cache.clear()


def limit(settings, scope: str, *limits: int) -> None:
    settings.THROTTLES = settings.THROTTLES | {scope: limits}


def statuses(visitor: Visitor, times: int, address: str = "203.0.113.9") -> list[int]:
    return [visitor.send("recognitions", SEVEN, HTTP_X_FORWARDED_FOR=address).status_code for _ in range(times)]


def test_a_browser_may_ask_as_often_as_the_setting_says(visitor, settings):
    visitor.draw()
    limit(settings, "recognitions", 3, 0, 0)
    assert statuses(visitor, 5) == [200, 200, 200, 429, 429]


def test_another_browser_does_not_notice(visitor, other_visitor, settings):
    visitor.draw()
    other_visitor.draw()
    limit(settings, "recognitions", 1, 0, 0)
    assert statuses(visitor, 2) == [200, 429]
    assert statuses(other_visitor, 1) == [200]


def test_browsers_of_one_address_share_its_limit(visitor, other_visitor, settings):
    limit(settings, "recognitions", 0, 3, 0)
    assert statuses(visitor, 2) + statuses(other_visitor, 2) == [200, 200, 200, 429]
    assert statuses(other_visitor, 1, address="203.0.113.10") == [200]


def test_a_browser_that_drops_its_cookie_still_has_an_address(visitor, settings):
    visitor.draw()
    limit(settings, "recognitions", 2, 3, 0)
    answers = []
    for number in range(4):
        visitor.cookies["visitor"] = f"{number:043}"
        answers += statuses(visitor, 1)
    assert answers == [200, 200, 200, 429]


def test_everybody_together_has_a_limit_too(visitor, settings):
    limit(settings, "recognitions", 0, 0, 2)
    assert [statuses(visitor, 1, address=f"203.0.113.{n}") for n in range(3)] == [[200], [200], [429]]


def test_other_requests_are_counted_apart(visitor, settings):
    visitor.draw()
    limit(settings, "recognitions", 1, 1, 1)
    assert statuses(visitor, 2) == [200, 429]
    assert visitor.send("drawings", SEVEN).status_code == 201


def test_the_answer_says_how_long_to_wait(visitor, settings):
    visitor.draw()
    limit(settings, "recognitions", 2, 0, 0)
    statuses(visitor, 2)
    response = visitor.send("recognitions", SEVEN)
    assert 1 <= int(response["Retry-After"]) <= 30
    error = response.json()["error"]
    assert error["code"] == "too_many_requests"
    assert "which may send 2 a minute" in error["message"]
    assert f"in {response['Retry-After']} seconds" in error["message"]


def test_a_refused_body_is_not_read(visitor, settings):
    limit(settings, "recognitions", 0, 1, 0)
    visitor.send("recognitions", SEVEN)
    response = visitor.post(PRESENT, b"x" * 9_000_000, content_type="application/json")
    assert response.status_code == 429


def test_a_page_says_it_in_words(client, settings, db):
    limit(settings, "pages", 0, 1, 0)
    assert client.get(reverse("gallery")).status_code == 200
    response = client.get(reverse("gallery"))
    assert response.status_code == 429
    assert "Too many requests" in response.content.decode()
    assert int(response["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/privacy/"),
        ("get", "/privacy/delete/"),
        ("post", "/privacy/delete/"),
        ("get", "/privacy/deleted/made-up/"),
        ("post", "/rooms/BCD234/leave/"),
        ("post", "/rooms/BCD234/share/"),
        ("post", "/i18n/language/"),
    ],
)
def test_pages_that_ask_the_database_are_counted(client, settings, db, method, path):
    limit(settings, "pages", 0, 1, 0)
    assert [getattr(client, method)(path).status_code == 429 for _ in range(2)] == [False, True]


def test_a_life_is_a_page_that_costs(client, settings, db):
    limit(settings, "lives", 0, 1, 0)
    assert [client.get("/drawings/made-up/").status_code for _ in range(2)] == [404, 429]


def test_health_and_the_first_page_are_never_refused(client, settings, db):
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, (1, 1, 1))
    assert {client.get(path).status_code for path in ("/", "/healthz") for _ in range(3)} == {200}


def test_a_class_behind_one_address_meets_no_limit(settings):
    """Thirty pupils who lift the pen twice a second for five minutes: their answers take the server longer."""
    a_visitor, an_address, the_site = settings.THROTTLES["recognitions"]
    assert (a_visitor >= 2 * 60, an_address >= 30 * 2 * 60, the_site >= 30_000) == (True, True, True)
    limits = settings.THROTTLES.values()
    assert all(the_site > an_address >= 30 * a_visitor for a_visitor, an_address, the_site in limits)


def test_zero_switches_all_of_them_off(visitor, settings):
    visitor.draw()
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, (1, 1, 1))
    settings.THROTTLE_SCALE = 0.0
    assert statuses(visitor, 4) == [200] * 4


def test_new_visitors_of_one_address_have_a_limit_a_day(db, settings):
    settings.QUOTA_NEW_VISITORS_A_DAY = 2
    answers = [Visitor().send("drawings", SEVEN, HTTP_X_FORWARDED_FOR="203.0.113.9") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["error"]["code"] == "quota"
    assert "Recognising goes on" in answers[2].json()["error"]["message"]
    assert int(answers[2]["Retry-After"]) > 3600


def test_somebody_who_has_drawn_stores_on_where_no_new_visitor_may(visitor, settings):
    visitor.draw()
    settings.QUOTA_NEW_VISITORS_A_DAY = 1
    visitor.draw()
    visitor.draw()


def test_a_drawing_is_stored_while_the_cache_is_away(visitor, settings, monkeypatch):
    monkeypatch.setattr(buckets, "_breaker", buckets.Breaker())
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "unix:///nowhere.sock"}}
    assert visitor.draw()["id"]


def test_neither_address_nor_cookie_is_in_the_cache(settings):
    limit(settings, "rooms", 20, 600, 1200)
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    request.COOKIES["visitor"] = "secret-cookie"
    keys = " ".join(bucket.key for bucket in throttles._buckets(request, "rooms"))
    assert keys.count("throttle:rooms:") == 3
    assert "203.0.113.9" not in keys
    assert "secret-cookie" not in keys


def test_where_nobody_knows_the_address_nobody_is_refused_for_it(settings):
    limit(settings, "rooms", 0, 1, 0)
    settings.TRUSTED_PROXIES = []
    for _ in range(3):
        throttles.check(RequestFactory().get("/", REMOTE_ADDR=""), "rooms")


def test_the_check_raises_for_other_parts_of_the_site(settings):
    limit(settings, "rooms", 0, 1, 0)
    throttles.check(RequestFactory().get("/"), "rooms")
    with pytest.raises(TooManyError) as caught:
        throttles.check(RequestFactory().get("/"), "rooms")
    assert caught.value.status == 429


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (120, "120 seconds"), (121, "3 minutes"), (7201, "3 hours")]
)
def test_a_wait_is_said_in_words(seconds, words):
    assert throttles.in_words(seconds) == words


def test_who_is_refused_is_counted_by_the_limit_and_not_by_name(visitor, settings):
    labels = {"limit": "recognitions"}
    before = REGISTRY.get_sample_value("digits_refused_requests_total", labels) or 0.0
    limit(settings, "recognitions", 0, 1, 0)
    assert statuses(visitor, 3) == [200, 429, 429]
    assert REGISTRY.get_sample_value("digits_refused_requests_total", labels) == before + 2


def test_numbers_are_written_as_the_readers_language_has_them():
    with override("de"):
        assert "1.200" in str(throttles._too_many(throttles.ADDRESS, 1200, 3))
