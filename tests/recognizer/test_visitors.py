"""Who draws is known by a random cookie alone."""

import hashlib

from django.test import RequestFactory

from recognizer import visitors
from recognizer.models import Visitor as VisitorRow
from tests.recognizer.conftest import Visitor


def test_the_cookie_is_random_and_out_of_reach_of_scripts(visitor, other_visitor):
    visitor.draw()
    other_visitor.draw()
    cookie = visitor.cookies["visitor"]
    assert len(cookie.value) == 43
    assert cookie.value != other_visitor.cookies["visitor"].value
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")


def test_the_cookie_is_sent_over_https_only_where_there_is_https(visitor, settings):
    settings.HTTPS = True
    visitor.draw()
    assert visitor.cookies["visitor"]["secure"] is True


def test_the_database_holds_the_hash_of_the_cookie_only(visitor):
    visitor.draw()
    expected = hashlib.sha256(visitor.cookies["visitor"].value.encode()).hexdigest()
    assert VisitorRow.objects.get().key_hash == expected


def test_a_visitor_stays_the_same(visitor):
    visitor.draw()
    before = visitor.cookies["visitor"].value
    visitor.draw()
    assert visitor.cookies["visitor"].value == before
    assert VisitorRow.objects.count() == 1


def test_each_drawing_renews_the_cookie(visitor, settings):
    visitor.draw()
    settings.VISITOR_COOKIE_AGE_SECONDS = 12345
    visitor.draw()
    assert visitor.cookies["visitor"]["max-age"] == 12345


def test_looking_makes_no_visitor(visitor):
    for path in ("/api/v1/model", "/api/v1/drawings", "/api/v1/drawings/1"):
        visitor.get(path)
    assert not VisitorRow.objects.exists()
    assert "visitor" not in visitor.cookies


def test_an_unknown_cookie_is_replaced_by_a_new_one(visitor):
    visitor.cookies["visitor"] = "x" * 43
    visitor.draw()
    assert visitor.cookies["visitor"].value != "x" * 43
    assert visitor.get("/api/v1/drawings").json()["count"] == 1


def test_every_nth_visitor_is_held_out(db, settings):
    settings.HELD_OUT_EVERY = 3
    saved = [visitors.save(VisitorRow(key_hash=f"{i:064}")) for i in range(9)]
    assert [row.held_out for row in saved] == [row.pk % 3 == 0 for row in saved]
    assert sum(VisitorRow.objects.values_list("held_out", flat=True)) == 3


def test_nobody_is_held_out_where_that_is_switched_off(db, settings):
    settings.HELD_OUT_EVERY = 0
    assert not any(visitors.save(VisitorRow(key_hash=f"{i:064}")).held_out for i in range(4))


def test_the_current_visitor_is_found_by_the_cookie(visitor):
    visitor.draw()
    request = RequestFactory().get("/")
    request.COOKIES["visitor"] = visitor.cookies["visitor"].value
    assert visitors.current(request) == VisitorRow.objects.get()


def test_two_browsers_are_two_visitors(db):
    for _ in range(2):
        Visitor().draw()
    assert VisitorRow.objects.count() == 2
