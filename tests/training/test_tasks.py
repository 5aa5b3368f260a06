import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from training import export_jobs, tasks, worker
from training.models import Export, TrainingJob

from .exports import drawings
from .exports import queued as queued_export
from .making import queued

pytestmark = pytest.mark.django_db

ANSWER_SECONDS = 2.0


@pytest.fixture
def broker(monkeypatch):
    """Point this process at a broker."""
    app = tasks.app_or_default()

    def point(url: str) -> None:
        monkeypatch.setattr(app.conf, "broker_write_url", url)

    return point


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize("kind", ["no socket", "refusing", "silent"])
def test_a_broker_that_is_down_is_not_waited_for_and_the_job_stays_queued(
    kind, broker, tmp_path, silent_port, refusing_port
):
    urls = {
        "no socket": f"redis+socket://{tmp_path}/nobody.sock",
        "refusing": f"redis://127.0.0.1:{refusing_port}/0",
        "silent": f"redis://127.0.0.1:{silent_port}/0",
    }
    broker(urls[kind])
    job = queued()
    began = time.monotonic()
    assert tasks.ring(job.pk) is False
    assert time.monotonic() - began < ANSWER_SECONDS  # the figure that an admin who starts a job is promised
    job.refresh_from_db()
    assert (job.state, job.rung_at) == ("queued", None)


def test_the_bell_rings_when_the_job_is_committed_and_not_before(monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(tasks, "ring", lambda job_id: rung.append(job_id) or True)
    with django_capture_on_commit_callbacks(execute=True):
        job = queued()
        assert tasks.enqueue(job) is True
        assert rung == []
    assert rung == [job.pk]


def test_a_job_that_is_rolled_back_is_not_rung_for(monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        tasks.enqueue(queued())
        transaction.set_rollback(True)
    assert rung == []


def test_the_sweeper_rings_until_the_broker_does_not_answer(monkeypatch):
    waiting = [queued().pk for _ in range(3)]
    rung = []
    monkeypatch.setattr(tasks, "ring", lambda job_id: rung.append(job_id) or len(rung) < 2)
    tasks.sweep()
    assert rung == waiting[:2]


def test_a_message_starts_the_job_that_has_waited_longest(monkeypatch):
    done = []
    monkeypatch.setattr(worker, "run", lambda claim: done.append(claim.job_id))
    first, second = queued(), queued()
    tasks.run_job(second.pk)
    assert done == [first.pk]


def test_a_message_that_comes_again_starts_nothing(monkeypatch):
    done = []
    monkeypatch.setattr(worker, "run", lambda claim: done.append(claim.job_id))
    job = queued()
    for _ in range(5):
        tasks.run_job(job.pk)
    assert done == [job.pk]


def test_a_job_that_was_given_back_is_rung_for(monkeypatch):
    rung = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    monkeypatch.setattr(worker, "run", lambda claim: claim.release() or TrainingJob.State.QUEUED)
    job = queued()
    tasks.run_job(job.pk)
    assert rung == [job.pk]


def test_jobs_go_to_the_queue_for_trainings_and_sweeps_to_the_one_for_light_work():
    router = tasks.app_or_default().amqp.router
    assert router.route({}, tasks.run_job.name)["queue"].name == "train"
    assert router.route({}, tasks.sweep.name)["queue"].name == "light"


def test_everything_that_the_schedule_names_is_a_task(settings):
    app = tasks.app_or_default()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_lost_files_are_removed_every_hour(settings, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.lost_files, "remove", lambda: asked.append(True))
    entry = settings.CELERY_BEAT_SCHEDULE["remove_lost_files"]
    tasks.app_or_default().tasks[entry["task"]]()
    assert (asked, entry["schedule"]) == ([True], 3600.0)


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """The exports that were rung for; the broker is never asked."""
    numbers: list[int] = []
    monkeypatch.setattr(tasks, "ring_for_export", lambda export_id: numbers.append(export_id) or True)
    return numbers


def test_an_export_is_done_once_however_often_its_message_comes(rung, fresh_process):
    drawings(3)
    export = queued_export()
    for _ in range(5):
        tasks.run_export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempt, rung) == ("succeeded", 1, [])


def test_when_an_export_has_ended_the_next_one_is_rung_for(rung, fresh_process):
    drawings(3)
    first, second = queued_export(), queued_export()
    tasks.run_export(second.pk)
    first.refresh_from_db()
    assert (first.state, rung) == ("succeeded", [second.pk])


def test_exports_that_lost_their_worker_or_their_message_are_rung_for(rung):
    drawings(3)
    lost, waiting = queued_export(), queued_export()
    export_jobs.claim(lost.pk)
    Export.objects.filter(pk=lost.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep_exports()
    assert rung == [lost.pk, waiting.pk]


def test_an_export_is_rung_for_when_it_is_committed(rung, django_capture_on_commit_callbacks):
    drawings(3)
    with django_capture_on_commit_callbacks(execute=True):
        export = queued_export()
        tasks.enqueue_export(export)
        assert rung == []
    assert rung == [export.pk]


def test_a_broker_that_is_down_leaves_an_export_queued(broker, refusing_port):
    broker(f"redis://127.0.0.1:{refusing_port}/0")
    drawings(3)
    export = queued_export()
    assert tasks.ring_for_export(export.pk) is False
    export.refresh_from_db()
    assert (export.state, export.rung_at) == ("queued", None)


def test_exports_are_light_work_and_leave_a_place_for_what_takes_no_time(settings):
    router = tasks.app_or_default().amqp.router
    assert router.route({}, tasks.run_export.name)["queue"].name == "light"
    assert settings.EXPORTS_AT_ONCE < settings.LIGHT_TASKS_AT_ONCE


def test_files_of_exports_are_cleaned_every_hour(settings, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.export_files, "clean", lambda: asked.append(True))
    entry = settings.CELERY_BEAT_SCHEDULE["clean_exports"]
    tasks.app_or_default().tasks[entry["task"]]()
    assert (asked, entry["schedule"]) == ([True], 3600.0)
