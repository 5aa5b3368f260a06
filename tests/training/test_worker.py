"""A real prefork worker on a real broker: what an admin sees of it. When either dies: tests/faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digits_site.environment import socket_url
from recognizer import versions
from recognizer.models import ModelVersion
from training import broker, jobs, tasks, workers
from training.models import TrainingJob, WorkerSeen

from . import processes
from .making import queued
from .processes import Running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


class Site:
    """A folder with a site's data, its broker, and the environment of its workers."""

    def __init__(self, folder: Path, mnist: Path) -> None:
        self.folder = folder
        self.socket = folder / "run" / "valkey.sock"
        self.socket.parent.mkdir()
        self.environment = {"MNIST_DIR": mnist, "JOB_LEASE_SECONDS": 2, "JOB_HEARTBEAT_SECONDS": 0.5,
                            "JOB_SWEEP_SECONDS": 1, "JOB_PROGRESS_SECONDS": 0.2, "WORKER_SEEN_SECONDS": 1}  # fmt: skip

    def broker(self) -> Running:
        return processes.broker(self.socket)

    def worker(self, *options: str) -> Running:
        return processes.worker(self.folder, "--queues", "train", *options, **self.environment)


@pytest.fixture
def site(tmp_path, small_mnist_folder, monkeypatch) -> Iterator[Site]:
    made = Site(tmp_path, small_mnist_folder)
    monkeypatch.setattr(tasks.app_or_default().conf, "broker_write_url", socket_url(made.socket))
    return made


def job_now(job: TrainingJob) -> TrainingJob:
    job.refresh_from_db()
    return job


def start(**changes) -> TrainingJob:
    """Start a job as the admin does."""
    job = queued(**changes)
    tasks.enqueue(job)
    return job


def wait_for_state(job: TrainingJob, state: str) -> None:
    wait_until(lambda: job_now(job).state == state, f"{job} is {state}; it is {job.state}: {job.message}")


def test_a_job_is_done_with_progress_that_grows_and_ends_in_a_version(site):
    with site.broker(), site.worker():
        job = start(epochs=8)
        seen = set()
        wait_until(lambda: seen.add((job_now(job).epoch, job.batch)) or job.state == "succeeded", "the job succeeds")
    assert len(seen) >= 3
    assert [row.epoch for row in job.epoch_results.all()] == list(range(1, 9))
    assert versions.load(job.version).provenance["job"] == job.pk
    assert ModelVersion.objects.count() == 1


def test_a_worker_trains_the_weights_that_this_process_does(site, settings, small_mnist_folder):
    settings.MNIST_DIR = small_mnist_folder
    with site.broker(), site.worker():
        there = start(architecture="deep", epochs=2, seed=3)
        wait_for_state(there, "succeeded")
    here = jobs.run(queued(architecture="deep", epochs=2, seed=3).pk)
    sums = [versions.load(job.version).provenance["parameters_sha256"] for job in (there, here)]
    assert sums[0] == sums[1]


def test_a_job_started_while_the_broker_is_down_runs_when_it_is_back(site):
    with site.worker("--queues", "train,light", "--beat", "--schedule", str(site.folder / "schedule")) as idle:
        wait_until(lambda: idle.says("Cannot connect"), "the worker misses its broker")
        job = start()
        assert job_now(job).rung_at is None
        with site.broker():
            wait_for_state(job, "succeeded")


def test_a_worker_says_that_it_is_there_and_is_not_missed_once_it_ended_in_good_order(site):
    with site.broker(), site.worker() as working:
        wait_until(lambda: workers.known().on("train"), "the worker says that it is there")
        (worker,) = workers.known().there
        assert worker.queues == ["train"]
        first = worker.seen_at
        wait_until(lambda: WorkerSeen.objects.get().seen_at > first, "it says so again")
        working.terminate()
    assert workers.known() == workers.Known([], [])


def test_a_worker_that_is_killed_is_missed_at_once(site):
    with site.broker(), site.worker() as working:
        wait_until(lambda: workers.known().on("train"), "the worker says that it is there")
        working.kill()
        assert [worker.queues for worker in workers.known().gone] == [["train"]]


def test_messages_that_wait_are_counted_and_a_broker_that_is_away_is_said(site, monkeypatch):
    monkeypatch.setattr(tasks.app_or_default().conf, "broker_read_url", socket_url(site.socket))
    with site.broker():
        wait_until(lambda: broker.depths(["train"])[0] is not None, "the broker answers")
        assert broker.depths(["train", "light"]) == ({"train": 0, "light": 0}, "")
        start()
        start()
        assert broker.depths(["train", "light"]) == ({"train": 2, "light": 0}, "")
    found, wrong = broker.depths(["train"])
    assert found is None
    assert wrong.startswith("The broker does not answer within 1 s")
