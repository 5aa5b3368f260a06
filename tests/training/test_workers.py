"""Workers say that they are there: each has a row of its own, is missed when it falls silent, and forgotten in time."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from training import machine_processes, workers
from training.models import WorkerSeen

pytestmark = pytest.mark.django_db


def names(found: list[WorkerSeen]) -> list[str]:
    return [worker.name for worker in found]


def test_a_worker_that_says_so_is_there_with_its_queues():
    workers.say("light@here", ["light", "extra"])
    (worker,) = workers.known().there
    assert (worker.name, worker.queues, worker.process) == (
        "light@here", ["extra", "light"], machine_processes.name_of_this()
    )  # fmt: skip
    assert worker.code
    assert names(workers.known().on("light")) == ["light@here"]
    assert workers.known().on("train") == []


def test_saying_so_again_keeps_since_when_it_is_there():
    workers.say("light@here", ["light"])
    long_ago = timezone.now() - timedelta(hours=3)
    WorkerSeen.objects.update(started_at=long_ago, seen_at=long_ago)
    workers.say("light@here", ["light"])
    worker = WorkerSeen.objects.get()
    assert worker.started_at == long_ago
    assert worker.seen_at > timezone.now() - timedelta(minutes=1)


def test_a_worker_that_fell_silent_is_gone():
    workers.say("light@here", ["light"])
    WorkerSeen.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    known = workers.known()
    assert known.there == []
    assert names(known.gone) == ["light@here"]


def test_a_worker_of_this_machine_whose_process_ended_is_gone_at_once():
    workers.say("light@here", ["light"])
    machine, number, started = machine_processes.name_of_this().rsplit("/", 2)
    assert int(number) == os.getpid()
    WorkerSeen.objects.update(process=f"{machine}/{number}/{int(started) + 1}")
    assert names(workers.known().gone) == ["light@here"]


def test_one_that_was_replaced_under_its_name_is_not_missed():
    workers.say("light@here", ["light"])
    WorkerSeen.objects.update(process="elsewhere", seen_at=timezone.now() - timedelta(minutes=2))
    workers.say("light@here", ["light"])
    known = workers.known()
    assert (len(known.there), known.gone) == (1, [])


def test_one_that_ends_in_good_order_is_forgotten():
    workers.say("light@here", ["light"])
    workers.say_goodbye()
    assert workers.known() == workers.Known([], [])


def test_after_a_day_the_silent_are_forgotten():
    workers.say("old@here", ["light"])
    WorkerSeen.objects.update(process="elsewhere", seen_at=timezone.now() - timedelta(days=2))
    workers.say("light@here", ["light"])
    assert names(list(WorkerSeen.objects.all())) == ["light@here"]


def test_who_is_there_takes_one_query(django_assert_num_queries):
    for number in range(5):
        workers.say(f"light{number}@here", ["light"])
    with django_assert_num_queries(1):
        assert len(workers.known().there) == 5
