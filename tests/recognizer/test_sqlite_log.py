"""SQLite's log is emptied when nobody is in the way, and nobody waits for it otherwise."""

import sqlite3
from pathlib import Path

import pytest
from django.db import connection, transaction

from recognizer import sqlite_log
from recognizer.models import Visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]
NAME = "who-is-to-be-forgotten"


def database() -> Path:
    return Path(connection.settings_dict["NAME"])


def log() -> Path:
    return database().with_name(f"{database().name}-wal")


@pytest.fixture
def deleted():
    Visitor.objects.create(key_hash=NAME)
    Visitor.objects.filter(key_hash=NAME).delete()
    assert NAME.encode() in log().read_bytes()


def test_nothing_of_what_was_deleted_is_left(deleted):
    assert sqlite_log.empty()
    assert log().stat().st_size == 0
    assert NAME.encode() not in database().read_bytes()


def test_an_empty_log_is_not_touched(deleted, django_assert_num_queries):
    sqlite_log.empty()
    with django_assert_num_queries(0):
        assert sqlite_log.empty()


def test_who_reads_is_not_disturbed_and_it_succeeds_the_next_time(deleted, settings):
    settings.SQLITE_LOG_SECONDS = 0.01
    reader = sqlite3.connect(database())
    reader.execute("BEGIN")
    reader.execute(f"SELECT count(*) FROM {Visitor._meta.db_table}").fetchone()
    Visitor.objects.create(key_hash="somebody else")
    assert not sqlite_log.empty()
    reader.close()
    assert sqlite_log.empty()
    assert NAME.encode() not in log().read_bytes() + database().read_bytes()


def test_writes_wait_for_each_other_as_before(deleted):
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()
        sqlite_log.empty()
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == before


def test_within_a_transaction_it_is_left_for_later(deleted):
    with transaction.atomic():
        assert not sqlite_log.empty()
