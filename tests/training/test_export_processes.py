"""Exports in a real prefork worker on a real broker: cancelled, deployed over, and killed in the middle."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from digits_site.environment import socket_url
from recognizer.models import Drawing, Label, Prediction, Visitor
from tests import admin_rows as rows
from training import export_jobs, tasks
from training.export_filters import Filters
from training.models import Export

from .processes import Running, broker, wait_until, worker

pytestmark = [pytest.mark.faults, pytest.mark.worker, pytest.mark.django_db(transaction=True)]

CANCEL_SECONDS = 2.0
# Enough to be met in the middle, on any machine: a worker that writes its progress all the time takes seconds.
MANY = 800


class Site:
    """A folder with a site's files, its broker, and the environment of its workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "run" / "valkey.sock"
        self.socket.parent.mkdir()

    def broker(self) -> Running:
        return broker(self.socket)

    def worker(self) -> Running:
        environment = {"JOB_LEASE_SECONDS": 2, "JOB_HEARTBEAT_SECONDS": 0.5, "JOB_SWEEP_SECONDS": 1,
                       "JOB_PROGRESS_SECONDS": 0.001}  # fmt: skip
        beat = ("--beat", "--schedule", str(self.folder / "schedule"))
        return worker(self.folder, "--queues", "light", "--concurrency", "2", *beat, **environment)


@pytest.fixture
def site(tmp_path, monkeypatch) -> Iterator[Site]:
    made = Site(tmp_path)
    monkeypatch.setattr(tasks.app_or_default().conf, "broker_write_url", socket_url(made.socket))
    return made


@pytest.fixture(autouse=True)
def many() -> None:
    version, person, now = rows.version(), Visitor.objects.create(), timezone.now()
    facts = {"visitor": person, "source": "strokes", "strokes": rows.STROKES, "width": 200, "height": 150}
    made = Drawing.objects.bulk_create(
        [Drawing(seen=bytes(784), preprocessing_version=1, **facts) for _ in range(MANY)], batch_size=1000
    )
    answer = {"version": version, "digit": 7, "confidence": 0.9, "probabilities": [0.1] * 10}
    Prediction.objects.bulk_create([Prediction(drawing=each, **answer) for each in made], batch_size=1000)
    reviewed = {"digit": 7, "state": "accepted", "reviewed_at": now}
    Label.objects.bulk_create([Label(drawing=each, **reviewed) for each in made], batch_size=1000)


def start(kind: str = "csv") -> Export:
    """Start an export as the admin does."""
    export = export_jobs.start(kind=kind, filters=Filters())
    tasks.enqueue_export(export)
    return export


def now(export: Export) -> Export:
    export.refresh_from_db()
    return export


def wait_for_state(export: Export, state: str) -> None:
    wait_until(lambda: now(export).state == state, f"{export} is {state}; it is {export.state}: {export.message}")


def wait_for_the_middle(export: Export) -> None:
    wait_until(lambda: now(export).state == "running" and export.done > 0, f"{export} writes")


def unfinished(site: Site) -> list[Path]:
    return list((site.folder / "unfinished-exports").glob("*.part"))


def test_cancelling_takes_effect_within_two_seconds_and_leaves_no_half_file(site):
    with site.broker(), site.worker():
        export = start()
        wait_for_the_middle(export)
        asked_at = timezone.now()
        assert export_jobs.cancel(export.pk) is True
        wait_for_state(export, "cancelled")
        assert (export.finished_at - asked_at).total_seconds() < CANCEL_SECONDS
    assert unfinished(site) == []


def test_a_worker_that_is_asked_to_end_gives_its_export_to_the_next(site):
    with site.broker():
        with site.worker() as first:
            export = start()
            wait_for_the_middle(export)
            assert first.terminate() == 0
        assert (now(export).state, export.attempt, export.setbacks) == ("queued", 1, 0)
        assert unfinished(site) == []
        with site.worker():
            wait_for_state(export, "succeeded")
    assert (export.attempt, export.done) == (2, MANY)


def test_an_export_whose_worker_was_killed_is_done_by_the_next(site):
    with site.broker():
        with site.worker() as first:
            export = start("npz")
            wait_for_the_middle(export)
            first.kill()
        with site.worker():
            wait_for_state(export, "succeeded")
    assert (export.attempt, export.setbacks) == (2, 1)
    data = export.file.open("rb").read()
    assert hashlib.sha256(data).hexdigest() == export.sha256
    with zipfile.ZipFile(export.file.open("rb")) as archive:
        assert len(np.load(archive.open("labels.npy"))) == MANY


def test_an_export_started_while_the_broker_is_down_runs_when_it_is_back(site):
    export = start("npz")
    assert now(export).rung_at is None
    with site.broker(), site.worker():
        wait_for_state(export, "succeeded")
