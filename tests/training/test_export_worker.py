"""From the first drawing to the file, and every other way an export can end."""

import errno
import hashlib
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from recognizer import drawings as recognizer_drawings
from recognizer.models import Drawing
from tests.training.exports import drawings, finished, now, queued
from training import export_files, export_jobs, export_worker, exporting, reporting
from training.data.exports import FORMATS
from training.models import Export, ExportPart

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]


@pytest.fixture(autouse=True)
def looking_at_every_drawing(settings, monkeypatch):
    settings.JOB_PROGRESS_SECONDS = 0.0
    settings.JOB_HEARTBEAT_SECONDS = 3600.0
    monkeypatch.setattr(exporting, "PAGE", 4)


@pytest.fixture(autouse=True)
def ten() -> list[Drawing]:
    return drawings(10)


def run(export: Export) -> Export:
    export_worker.run(export_jobs.claim(export.pk))
    return now(export)


def at_drawing(number: int, monkeypatch, do) -> None:
    """Do something when that drawing is exported, counted from 1."""
    original, calls = exporting._exported, []

    def exported(*arguments):
        calls.append(arguments)
        if len(calls) == number:
            do()
        return original(*arguments)

    monkeypatch.setattr(exporting, "_exported", exported)


def files() -> list[str]:
    folder = Path(export_files.storage().location)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def nothing_half_is_left(settings) -> bool:
    folder = Path(settings.EXPORT_WORK_DIR)
    return not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_ends_in_a_file_that_its_row_describes(settings, kind):
    export = finished(kind=kind)
    data = export.file.open("rb").read()
    assert (export.state, export.done, export.total) == ("succeeded", 10, 10)
    assert (export.size_bytes, export.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert export.file.name == f"{export.pk}-1{FORMATS[kind].suffix}"
    assert export.message == "10 drawings exported."
    assert export.expires_at > export.finished_at
    assert nothing_half_is_left(settings)


def test_only_the_drawings_that_were_asked_for_are_in_it():
    export = finished(kind="npz", digits=(3, 4))
    with zipfile.ZipFile(export.file.open("rb")) as archive:
        assert np.load(archive.open("labels.npy")).tolist() == [3, 4]
        assert "labelled 3 and 4" in archive.read("README.txt").decode()


def test_what_is_in_it_is_noted(ten):
    finished(kind="csv")
    ids = np.concatenate([np.frombuffer(bytes(part.ids), "<i8") for part in ExportPart.objects.order_by("pk")])
    assert ids.tolist() == [drawing.pk for drawing in ten]


def test_lost_files_are_told_of():
    lost = drawings(1, upload=True)[0]
    lost.upload.storage.delete(lost.upload.name)
    export = finished(kind="jsonl")
    assert (export.done, export.lost, export.total) == (10, 1, 11)
    assert export.message.startswith("10 drawings exported. 1 drawing left out, since")


def test_cancelled_between_two_drawings_it_ends_there_and_leaves_nothing(settings, monkeypatch):
    export = queued()
    at_drawing(3, monkeypatch, lambda: export_jobs.cancel(export.pk))
    assert (run(export).state, export.done, export.message) == ("cancelled", 2, "Cancelled.")
    assert files() == []
    assert nothing_half_is_left(settings)


def test_a_worker_that_is_stopped_gives_it_back_between_two_drawings(settings, monkeypatch):
    export = queued()
    at_drawing(3, monkeypatch, reporting.stop)
    assert (run(export).state, export.done, export.setbacks) == ("queued", 2, 0)
    assert nothing_half_is_left(settings)
    reporting.allow()
    assert run(export).state == "succeeded"


def test_its_progress_is_written_once_a_second_at_most_and_wishes_are_read_twice(settings, monkeypatch):
    settings.JOB_PROGRESS_SECONDS = 1.0
    moment = [1000.0]
    monkeypatch.setattr(export_worker.time, "monotonic", lambda: moment[0])
    progress = export_worker.Progress(claim := export_jobs.claim(queued().pk), SimpleNamespace(lost=False))
    with CaptureQueriesContext(connection) as asked:
        for done in range(80):  # ten seconds
            progress.step(done, 0)
            moment[0] += 0.125
    writes = [query for query in asked if query["sql"].startswith("UPDATE")]
    assert (len(writes), len(asked)) == (10, 20)
    progress.step(80, 0)
    export_jobs.cancel(claim.export_id)
    moment[0] += 0.5
    with pytest.raises(export_jobs.CancelRequested):
        progress.step(81, 0)


@pytest.mark.parametrize("stop", ["cancel", "stop"])
def test_the_long_steps_after_the_last_drawing_hear_of_it_too(monkeypatch, stop):
    export = queued()
    do = reporting.stop if stop == "stop" else lambda: export_jobs.cancel(export.pk)
    monkeypatch.setattr(export_worker, "_sha256", _before(export_worker._sha256, do))
    assert run(export).state == ("queued" if stop == "stop" else "cancelled")
    assert files() == []


def _before(function, do):
    def wrapped(*arguments):
        do()
        return function(*arguments)

    return wrapped


def test_a_drawing_deleted_after_it_was_written_makes_it_begin_again_without_it(monkeypatch, ten):
    export = queued()
    at_drawing(8, monkeypatch, lambda: recognizer_drawings.delete(ten[1]))
    assert (run(export).state, export.setbacks) == ("queued", 1)
    assert files() == []
    assert (run(export).state, export.done, export.attempt) == ("succeeded", 9, 2)


def test_a_drawing_deleted_before_its_page_is_read_is_not_in_it(monkeypatch, ten):
    export = queued()
    at_drawing(2, monkeypatch, lambda: recognizer_drawings.delete(ten[9]))
    assert (run(export).state, export.done, export.total) == ("succeeded", 9, 10)


def test_a_database_that_is_away_costs_a_setback(monkeypatch):
    export = queued()

    def away():
        raise OperationalError("gone")

    at_drawing(3, monkeypatch, away)
    assert (run(export).state, export.setbacks) == ("queued", 1)
    assert run(export).state == "succeeded"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full, and the file could not be written."),
        (PermissionError(errno.EACCES, "Permission denied"), "A file could not be read or written"),
        (ZeroDivisionError("by zero"), "Something unexpected went wrong (ZeroDivisionError: by zero)"),
    ],
)
def test_what_goes_wrong_is_said_in_words(settings, monkeypatch, error, words):
    export = queued()

    def fail():
        raise error

    at_drawing(3, monkeypatch, fail)
    assert run(export).state == "failed"
    assert export.message.startswith(words)
    assert type(error).__name__ in export.traceback
    assert files() == []
    assert nothing_half_is_left(settings)


def test_drawings_that_are_all_gone_are_said_to_be(ten):
    export = queued()
    Drawing.objects.all().delete()
    assert run(export).state == "failed"
    assert export.message.startswith("There are no such drawings any more: drawings with a digit")


def test_a_worker_that_lost_it_leaves_the_row_and_the_file_of_the_other_alone(monkeypatch):
    export = queued()
    claim = export_jobs.claim(export.pk)

    def other_takes_over():
        monkeypatch.undo()
        Export.objects.filter(pk=export.pk).update(state="queued", lease_expires_at=None)
        export_worker.run(export_jobs.claim(export.pk))

    at_drawing(3, monkeypatch, other_takes_over)
    export_worker.run(claim)
    assert (now(export).state, export.attempt) == ("succeeded", 2)
    assert files() == [f"{export.pk}-2.npz"]


def test_what_ends_the_process_gives_it_back(monkeypatch):
    export = queued()

    def end():
        raise SystemExit(1)

    at_drawing(3, monkeypatch, end)
    with pytest.raises(SystemExit):
        run(export)
    assert now(export).state == "queued"
