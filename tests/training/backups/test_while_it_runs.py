"""A backup that is made while visitors draw and delete is of one moment, and whole."""

import threading

import pytest
from django.db import connection

from recognizer import drawings
from recognizer.models import Drawing, Visitor
from tests.training.backups import dumps, making
from training.backups import archive, checking, restoring, taking

pytestmark = pytest.mark.django_db(transaction=True)


class Busy(threading.Thread):
    """A visitor who draws and uploads, and deletes some of it again, until told to stop."""

    def __init__(self, number: int, stop: threading.Event) -> None:
        super().__init__()
        self.number, self.stop, self.stored, self.error = number, stop, 0, None

    def run(self) -> None:
        try:
            visitor = Visitor.objects.create(key_hash=f"{self.number:064}")
            while not self.stop.is_set():
                kept, gone = making.uploaded(visitor, seed=self.stored), making.drawn(visitor)
                drawings.set_label(kept, self.stored % 10)
                drawings.delete(gone if self.stored % 2 else kept)
                self.stored += 1
        except Exception as error:
            self.error = error
        finally:
            connection.close()


def test_rows_and_files_of_a_busy_site_fit_together(place, monkeypatch):
    making.fill()
    stop = threading.Event()
    busy = [Busy(number, stop) for number in range(3)]
    rows = taking._with_rows

    def slowly(writer, state, progress):
        before = [one.stored for one in busy]
        found = rows(writer, state, progress)
        wait_until(lambda: all(one.stored > was + 2 or one.error for one, was in zip(busy, before, strict=True)))
        return found

    def wait_until(condition):
        pause = threading.Event()
        while not condition():
            pause.wait(0.01)

    monkeypatch.setattr(taking, "_with_rows", slowly)
    for one in busy:
        one.start()
    try:
        wait_until(lambda: all(one.stored or one.error for one in busy))
        manifest = taking.take(place / "backup.tar")
    finally:
        stop.set()
        for one in busy:
            one.join()
    assert [one.error for one in busy] == [None] * 3
    assert manifest.missing == []
    checking.check(place / "backup.tar")
    dumps.empty()
    restoring.restore(place / "backup.tar")
    connection.check_constraints()
    # Each drawing that is there has its answer, each upload its file, and nothing else is there.
    assert not Drawing.objects.filter(prediction__isnull=True).exists()
    uploads = {f"uploads/{name}" for name in Drawing.objects.exclude(upload="").values_list("upload", flat=True)}
    assert uploads == {name for name in dumps.files() if name.startswith("uploads/")}
    there = manifest.rows["recognizer_drawing"] - len(manifest.deleted)
    assert Drawing.objects.count() == there
    assert len(uploads) == sum(archive.file_in(name)[0] == "uploads" for name in manifest.files())
