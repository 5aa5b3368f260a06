"""Measurements by real workers on a real broker: shared, given back at a deploy, and not lost with the messages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from digits_site.environment import socket_url
from training import measurements, tasks
from training.models import Measurement, MeasurementChunk

from .making import new_version
from .processes import Running, broker, wait_until, worker

pytestmark = [pytest.mark.faults, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


class Site:
    """A folder with a site's data and its broker; measurements have a hundred chunks of one image."""

    def __init__(self, folder: Path, mnist: Path) -> None:
        self.folder = folder
        self.socket = folder / "run" / "valkey.sock"
        self.socket.parent.mkdir()
        self.environment = {"MNIST_DIR": mnist, "MEASUREMENT_CHUNK": 1, "MEASUREMENT_LEASE_SECONDS": 2,
                            "JOB_RING_SECONDS": 1, "MEASURE_MISSING": "false"}  # fmt: skip

    def worker(self, name: str) -> Running:
        options = ["--queues", "light", "--max-tasks-per-child", "1000", "--hostname", f"{name}@here"]
        return worker(self.folder, *options, **self.environment)


@pytest.fixture
def site(tmp_path, small_mnist_folder, monkeypatch, settings) -> Iterator[Site]:
    made = Site(tmp_path, small_mnist_folder)
    settings.MEASUREMENT_CHUNK, settings.JOB_RING_SECONDS = 1, 1.0
    settings.MEASUREMENT_LEASE_SECONDS = 2.0
    settings.MNIST_DIR = small_mnist_folder
    # Versions lie where the worker looks for them.
    place = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "weights")},
    }
    settings.STORAGES = settings.STORAGES | {"weights": place}
    monkeypatch.setattr(tasks.app_or_default().conf, "broker_write_url", socket_url(made.socket))
    with broker(made.socket):
        wait_until(made.socket.exists, "the broker is there")
        yield made


def start() -> Measurement:
    """Start a measurement as the admin does."""
    measurement = measurements.start(new_version(), "mnist-test")
    tasks.enqueue_measurements()
    return measurement


def done(measurement: Measurement) -> int:
    measurement.refresh_from_db()
    return measurement.chunks_done


def is_over(measurement: Measurement) -> bool:
    tasks.sweep_measurements()  # as beat does
    measurement.refresh_from_db()
    return measurement.state == "succeeded"


def test_workers_share_the_chunks_and_an_emptied_broker_loses_none(site):
    with site.worker("first"), site.worker("second"):
        measurement = start()
        wait_until(lambda: done(measurement) >= 3, "a few chunks are counted")
        redis.Redis(unix_socket_path=str(site.socket)).flushall()
        wait_until(lambda: is_over(measurement), "all chunks are counted")
    assert (measurement.chunks_done, measurement.evaluation.n) == (100, 100)
    assert set(MeasurementChunk.objects.values_list("state", "times_lost")) == {("done", 0)}


def test_a_worker_that_is_stopped_or_killed_leaves_its_chunks_to_the_next(site):
    with site.worker("stopped") as first:
        measurement = start()
        wait_until(lambda: done(measurement) >= 3, "a few chunks are counted")
        assert first.terminate() == 0
    assert not MeasurementChunk.objects.filter(state="running").exists()
    with site.worker("killed") as second:
        before = done(measurement)
        wait_until(lambda: is_over(measurement) or done(measurement) > before, "it goes on")
        second.kill()
    with site.worker("last"):
        wait_until(lambda: is_over(measurement), "all chunks are counted")
    assert measurement.evaluation.n == 100
