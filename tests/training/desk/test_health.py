"""Workers, broker, database and disk: what is said when all is well, and what is wrong otherwise, with the remedy."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from training import broker, refreshing, workers
from training.desk import health
from training.models import WorkerSeen
from training.refreshing import Freshness

pytestmark = pytest.mark.django_db

GIGABYTE = 1024**3


@pytest.fixture(autouse=True)
def all_is_well(monkeypatch):
    cache.clear()
    monkeypatch.setattr(broker, "depths", lambda queues: (dict.fromkeys(queues, 0), ""))
    monkeypatch.setattr(health, "disk_bytes", lambda: (50 * GIGABYTE, 100 * GIGABYTE))
    workers.say("train@here", ["train"])
    workers.say("light@here", ["light"])


def line(name: str, freshness: Freshness | None = None) -> dict:
    card = health.health(freshness or Freshness(timezone.now(), 0))
    return next(line for line in card["lines"] if line["name"] == name)


def silent(name: str, **fields) -> None:
    WorkerSeen.objects.filter(name=name).update(seen_at=timezone.now() - timedelta(minutes=5), **fields)


def test_where_all_is_well_nothing_is_wrong():
    card = health.health(Freshness(timezone.now(), 0))
    assert card["problems"] == 0
    assert [worker.name for worker in card["workers"]] == ["light@here", "train@here"]


def test_a_queue_without_a_worker_is_named_with_what_waits_and_how_to_start_one():
    WorkerSeen.objects.filter(name="train@here").delete()
    wrong = line("Workers for train")["wrong"]
    assert "No worker takes what is in the queue train: trainings wait." in wrong
    assert "celery -A digits_site worker --queues train" in wrong


def test_a_worker_that_fell_silent_is_named():
    silent("light@here")
    assert "light@here vanished without a word." in line("Workers for light")["wrong"]


def test_a_worker_that_fell_silent_is_missed_although_another_is_there():
    workers.say("light2@here", ["light"])
    silent("light@here")
    found = line("Workers for light")
    assert found["words"] == "1 worker"
    assert found["wrong"].startswith("light@here vanished without a word; others go on.")


def test_a_worker_of_other_code_is_to_be_restarted():
    WorkerSeen.objects.filter(name="light@here").update(code="0.0.9+old")
    assert "0.0.9+old runs there" in line("Workers for light")["wrong"]


def test_a_broker_that_does_not_answer_is_said_with_what_waits(monkeypatch):
    monkeypatch.setattr(broker, "depths", lambda queues: (None, "The broker does not answer within 1 s."))
    found = line("Broker")
    assert found["words"] == "does not answer"
    assert "Jobs stay queued and start once it does" in found["wrong"]


def test_a_long_queue_is_said_with_its_length(monkeypatch):
    monkeypatch.setattr(broker, "depths", lambda queues: ({"train": 0, "light": 1200}, ""))
    found = line("Broker")
    assert "1,200 in light" in found["words"]
    assert "More messages wait in light" in found["wrong"]


def test_the_broker_is_asked_once_for_several_looks(monkeypatch):
    asked = []
    monkeypatch.setattr(broker, "depths", lambda queues: asked.append(1) or ({"train": 0, "light": 0}, ""))
    for _ in range(3):
        health.health(Freshness(timezone.now(), 0))
    assert asked == [1]


@pytest.mark.parametrize(("free", "wrong"), [(GIGABYTE // 2, "Room gets scarce"), (10_000, "Too little room")])
def test_a_disk_that_gets_full_is_said_with_what_to_do(monkeypatch, free, wrong):
    monkeypatch.setattr(health, "disk_bytes", lambda: (free, GIGABYTE))
    assert line("Disk")["wrong"].startswith(wrong)


def test_a_folder_that_is_not_there_is_named(monkeypatch, settings, tmp_path):
    monkeypatch.undo()
    settings.DATA_DIR = tmp_path / "nowhere"
    assert health.disk_bytes() is None
    monkeypatch.setattr(health, "disk_bytes", lambda: None)
    monkeypatch.setattr(broker, "depths", lambda queues: ({}, ""))
    assert "nowhere cannot be looked at" in line("Disk")["wrong"]


def test_old_figures_are_said_with_what_waits():
    wrong = line("Figures", Freshness(timezone.now() - timedelta(hours=2), 3))["wrong"]
    assert wrong.startswith("3 days to count. A worker for light counts")
    assert not refreshing.is_old(timezone.now())
