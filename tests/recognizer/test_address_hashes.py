from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from recognizer import address_hashes
from recognizer.models import Drawing, Visitor, VisitorAddress
from tests.recognizer.conftest import SEVEN
from training import tasks

pytestmark = pytest.mark.django_db

HOME, SCHOOL = "203.0.113.7", "2001:db8::/64"


def somebody() -> Visitor:
    return Visitor.objects.create()


def written(visitor: Visitor) -> int:
    return VisitorAddress.objects.filter(visitor=visitor).count()


def test_the_hash_says_nothing_without_the_key(settings):
    with_one = address_hashes.of(HOME)
    settings.ADDRESS_KEY = "another one"
    assert len(with_one) == 64
    assert address_hashes.of(HOME) != with_one


def test_two_addresses_of_a_visitor_are_two_rows_and_the_same_one_is_one():
    visitor = somebody()
    for address in (HOME, SCHOOL, HOME):
        address_hashes.note(visitor, address)
    assert written(visitor) == 2


def test_an_address_is_written_once_an_hour(django_capture_on_commit_callbacks):
    visitor = somebody()
    with django_capture_on_commit_callbacks(execute=True):
        assert address_hashes.note(visitor, HOME, clock=0.0)
    assert not address_hashes.note(visitor, HOME, clock=3599.0)
    assert address_hashes.note(visitor, HOME, clock=3601.0)


def test_what_is_not_committed_is_written_again():
    visitor = somebody()
    assert address_hashes.note(visitor, HOME, clock=0.0)
    assert address_hashes.note(visitor, HOME, clock=1.0)


def test_a_second_time_renews_when_it_was_last_seen_and_not_when_it_was_first():
    visitor, before = somebody(), timezone.now() - timedelta(days=3)
    address_hashes.note(visitor, HOME)
    VisitorAddress.objects.update(first_seen_at=before, last_seen_at=before)
    address_hashes.note(visitor, HOME)
    row = VisitorAddress.objects.get()
    assert row.first_seen_at == before < row.last_seen_at


def test_others_are_those_from_any_of_the_same_addresses():
    me, neighbour, twice, stranger = (somebody() for _ in range(4))
    for visitor, address in ((me, HOME), (me, SCHOOL), (neighbour, HOME), (twice, HOME), (twice, SCHOOL)):
        address_hashes.note(visitor, address)
    address_hashes.note(stranger, "198.51.100.1")
    assert (address_hashes.others(me), address_hashes.others(stranger)) == (2, 0)


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_a_hash_goes_when_it_was_last_seen_long_ago(days, left):
    address_hashes.note(somebody(), HOME)
    VisitorAddress.objects.update(last_seen_at=timezone.now() - timedelta(days=days))
    address_hashes.forget_old()
    assert VisitorAddress.objects.count() == left


@pytest.mark.parametrize(("minutes", "left"), [(14, 1), (16, 0)])
def test_a_failed_login_goes_once_it_shuts_nothing_any_more(minutes, left):
    AccessAttempt.objects.create(username="ada", ip_address="fd00::1", user_agent="Browser 1", failures_since_start=3)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=minutes))
    tasks.forget_what_is_old()
    assert AccessAttempt.objects.count() == left


def test_a_session_goes_after_its_time():
    for key, days in (("over", -1), ("used", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    tasks.forget_what_is_old()
    assert list(Session.objects.values_list("pk", flat=True)) == ["used"]


def test_a_drawing_keeps_the_hash_of_where_it_came_from_and_no_address(visitor):
    visitor.send("drawings", SEVEN, REMOTE_ADDR=HOME)
    row = VisitorAddress.objects.get()
    assert (row.visitor, row.address_hash) == (Drawing.objects.get().visitor, address_hashes.of(HOME))
    assert HOME not in row.address_hash


def test_looking_and_recognising_keep_nothing(visitor):
    visitor.send("recognitions", SEVEN, REMOTE_ADDR=HOME)
    visitor.get("/drawings/", REMOTE_ADDR=HOME)
    assert not VisitorAddress.objects.exists()
