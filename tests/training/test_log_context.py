"""Lines of jobs name the job and its attempt, and tasks carry the id of the request that began them."""

import logging

import pytest
from celery import signals
from django_guid import clear_guid, get_guid, set_guid

from recognizer import log_context
from tests.training.making import queued
from training import chunks, comparisons, export_worker, jobs, measurements, tasks, worker
from training.reporting import Heartbeat


@pytest.fixture
def seen() -> list[dict]:
    """The facts of each line that is logged."""

    class Keeper(logging.Handler):
        def emit(self, record):
            found.append(log_context.facts())

    found: list[dict] = []
    handler = Keeper()
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_each_line_of_a_training_has_its_job_and_attempt(seen, monkeypatch):
    def fail(claim, reporter):
        raise ValueError("no images")

    monkeypatch.setattr(worker, "_train", fail)
    claim = jobs.claim(queued().pk)
    seen.clear()
    worker.run(claim)
    assert seen
    assert all(facts == {"job": f"training {claim.job_id}", "attempt": 1} for facts in seen)


def test_a_heartbeat_speaks_for_its_job(monkeypatch):
    found = []

    class Claim:
        job_id = 7

        def keep(self):
            found.append(log_context.facts())
            raise jobs.LostJob

    with log_context.about(job="training 7", attempt=3):
        heartbeat = Heartbeat(Claim())
    monkeypatch.setattr(heartbeat._done, "wait", lambda seconds: False)
    heartbeat.start()
    heartbeat.join()
    assert found == [{"job": "training 7", "attempt": 3}]


@pytest.mark.parametrize(
    ("module", "run", "name"),
    [
        (chunks, lambda: chunks.count(5), "chunk 5"),
        (comparisons, lambda: comparisons.run(5), "comparison 5"),
    ],
)
def test_measurements_and_comparisons_do_so_too(monkeypatch, module, run, name):
    found = []
    claim = measurements.Claim(5, 2) if module is chunks else comparisons.Claim(5, 2, {})
    monkeypatch.setattr(measurements if module is chunks else comparisons, "claim", lambda one: claim)
    inner = "_count" if module is chunks else "_make"
    monkeypatch.setattr(module, inner, lambda *args: found.append(log_context.facts()))
    run()
    assert found == [{"job": name, "attempt": 2}]


def test_exports_do_so_too(monkeypatch):
    found = []

    class Claim:
        job_id, export_id, attempt = "export 4", 4, 1

        def keep(self):
            raise AssertionError("it takes no time")

    monkeypatch.setattr(export_worker, "_export", lambda *args: found.append(log_context.facts()))
    export_worker.run(Claim())
    assert found == [{"job": "export 4", "attempt": 1}]


def test_a_message_carries_the_id_of_the_request_that_sends_it():
    headers = {}
    set_guid("4711")
    signals.before_task_publish.send(sender="training.tasks.run_job", headers=headers)
    clear_guid()
    assert headers["X-Request-ID"] == "4711"


def test_a_task_takes_it_up_and_lets_go_of_it():
    tasks.sweep.push_request(**{"X-Request-ID": "4711"})
    try:
        signals.task_prerun.send(sender=tasks.sweep, task=tasks.sweep, task_id="1", args=(), kwargs={})
        assert get_guid() == "4711"
        signals.task_postrun.send(sender=tasks.sweep, task=tasks.sweep, task_id="1", state="SUCCESS")
        assert get_guid() is None
    finally:
        tasks.sweep.pop_request()


def test_a_task_that_ends_is_counted_with_its_time():
    from prometheus_client import REGISTRY

    def counted() -> float:
        return REGISTRY.get_sample_value("digits_tasks_total", {"task": "sweep", "outcome": "success"}) or 0.0

    before = counted()
    test_a_task_takes_it_up_and_lets_go_of_it()
    assert counted() == before + 1
    assert REGISTRY.get_sample_value("digits_task_seconds_count", {"task": "sweep"}) >= 1
