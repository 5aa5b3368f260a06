"""When the files of exports go: in time, with a drawing in them, or because nobody names them."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import drawings as recognizer_drawings
from tests.training.exports import drawings, finished, now, running
from training import export_files
from training.models import Export, ExportPart

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]


@pytest.fixture(autouse=True)
def five():
    return drawings(5)


def exists(name: str) -> bool:
    return export_files.storage().exists(name)


def test_a_deleted_drawing_takes_the_file_along(five, django_capture_on_commit_callbacks):
    export = finished()
    name = export.file.name
    with django_capture_on_commit_callbacks(execute=True):
        recognizer_drawings.delete(five[2])
    assert not exists(name)
    assert (now(export).state, export.file.name, export.outdated) == ("succeeded", "", True)
    assert export.message == (
        "5 drawings exported. A drawing in it was deleted, and the file was removed. Export again for a new one."
    )
    assert not ExportPart.objects.exists()


def test_a_deletion_that_is_rolled_back_takes_nothing_along(five, django_capture_on_commit_callbacks):
    export = finished()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        recognizer_drawings.delete(five[2])
        transaction.set_rollback(True)
    assert exists(now(export).file.name)
    assert export.outdated is False


def test_other_drawings_take_nothing_along(five, django_capture_on_commit_callbacks):
    export = finished(digits=(1, 3))
    with django_capture_on_commit_callbacks(execute=True):
        recognizer_drawings.delete(five[2])  # between the two
        recognizer_drawings.delete(drawings(1)[0])  # behind both
    assert exists(now(export).file.name)


def test_a_visitor_takes_all_files_with_drawings_of_theirs_along(five, django_capture_on_commit_callbacks):
    of_others = drawings(2)
    export, other = finished(), finished(digits=())
    Export.objects.filter(pk=other.pk).update(filters={})
    with django_capture_on_commit_callbacks(execute=True):
        of_others[0].visitor.delete()
    assert now(export).file.name == now(other).file.name == ""


def test_what_a_process_that_died_left_is_removed_by_the_next_cleaning(five):
    export = finished()
    recognizer_drawings.delete(five[0])  # the test's transaction is never committed: nothing comes after
    assert exists(now(export).file.name)
    name = export.file.name
    export_files.clean()
    assert not exists(name)


def test_files_go_when_their_time_is_over():
    old, new = finished(), finished()
    Export.objects.filter(pk=old.pk).update(expires_at=Now() - timedelta(seconds=1))
    name = old.file.name
    export_files.clean()
    assert (exists(name), exists(new.file.name)) == (False, True)
    assert "Its time was over, and the file was removed." in now(old).message
    assert (old.state, old.size_bytes > 0) == ("succeeded", True)


def test_a_file_that_is_gone_already_is_no_error():
    export = finished()
    export_files.storage().delete(export.file.name)
    Export.objects.update(outdated=True)
    export_files.clean()
    assert now(export).file.name == ""


def test_files_that_no_row_names_go_after_a_while(monkeypatch):
    kept = finished().file.name
    storage = export_files.storage()
    storage.save("99-1.npz", ContentFile(b"lost"))
    export_files.clean()
    assert exists("99-1.npz")  # its row may be on its way
    later = timezone.now() + timedelta(seconds=2 * export_files.NAMELESS_SECONDS)
    monkeypatch.setattr(export_files.timezone, "now", lambda: later)
    export_files.clean()
    assert (exists("99-1.npz"), exists(kept)) == (False, True)


def test_what_a_killed_worker_left_half_done_goes_and_what_grows_stays(settings):
    export, claim = running()
    folder = Path(settings.EXPORT_WORK_DIR)
    folder.mkdir(parents=True)
    for name in (f"{export.pk}-{claim.attempt}.part", f"{export.pk}-7.part", "99-1.part", "x.part", "a note.txt"):
        (folder / name).write_bytes(b"half")
    export_files.clean()
    assert sorted(path.name for path in folder.iterdir()) == [f"{export.pk}-{claim.attempt}.part", "a note.txt"]


def test_cleaning_before_the_first_export_finds_nothing(settings):
    export_files.clean()
    assert not settings.EXPORT_WORK_DIR.exists()


def test_the_table_of_a_failed_export_goes(five):
    _, claim = running()
    claim.take(type(five[0]).objects.order_by("pk"))
    export_files.clean()
    assert ExportPart.objects.count() == 1
    claim.fail("bad")
    export_files.clean()
    assert not ExportPart.objects.exists()
