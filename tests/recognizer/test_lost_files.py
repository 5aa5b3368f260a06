"""Upload files that no drawing names: removed once they are old, and nothing else with them."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from recognizer import lost_files
from recognizer.models import Drawing
from tests import admin_rows as rows

LATER = timedelta(hours=2)


@pytest.fixture
def uploaded(db) -> Drawing:
    return rows.drawing(rows.version(), upload=True)


def lose_file(*, months_ago: int = 0) -> str:
    """A file that was saved before its process was killed."""
    day = timezone.now()
    for _ in range(months_ago):
        day = day.replace(day=1) - timedelta(days=1)
    return storages["uploads"].save(f"{day:%Y/%m}/lost.png", ContentFile(b"png"))


def is_there(name: str) -> bool:
    return storages["uploads"].exists(name)


def test_a_file_that_no_drawing_names_is_removed_and_one_that_a_drawing_names_is_not(uploaded):
    name = lose_file()

    assert lost_files.remove(now=timezone.now() + LATER) == 1

    assert not is_there(name)
    assert is_there(uploaded.upload.name)


def test_a_file_whose_drawing_may_still_be_on_its_way_is_kept(uploaded):
    name = lose_file()

    assert lost_files.remove() == 0

    assert is_there(name)


def test_how_long_a_file_is_kept_is_a_setting(uploaded, settings):
    settings.LOST_UPLOAD_SECONDS = 3 * 3600.0
    name = lose_file()

    assert lost_files.remove(now=timezone.now() + LATER) == 0

    assert is_there(name)


def test_last_month_is_looked_through_too(uploaded):
    before = lose_file(months_ago=1)
    Drawing.objects.create(
        visitor=uploaded.visitor,
        source="upload",
        upload=storages["uploads"].save(before.replace("lost", "kept"), ContentFile(b"png")),
        seen=uploaded.seen,
        preprocessing_version=1,
    )

    assert lost_files.remove(now=timezone.now() + LATER) == 1

    assert not is_there(before)


def test_every_month_has_its_turn(uploaded):
    before = lose_file(months_ago=5)
    keep = storages["uploads"].save(before.replace("lost", "kept"), ContentFile(b"png"))
    row = {"visitor": uploaded.visitor, "source": "upload", "seen": uploaded.seen, "preprocessing_version": 1}
    Drawing.objects.create(upload=keep, **row)

    # Two months hold files, and each hour one of them is looked through.
    assert sum(lost_files.remove(now=timezone.now() + LATER + timedelta(hours=hour)) for hour in range(2)) == 1

    assert not is_there(before)
    assert is_there(keep)


def test_files_of_another_database_are_left_alone(db, caplog):
    name = lose_file()

    assert lost_files.remove(now=timezone.now() + LATER) == 0

    assert is_there(name)
    assert "look like another database's" in caplog.text


def test_a_file_that_is_gone_before_its_age_is_asked_for_is_no_error(uploaded, monkeypatch):
    gone = lose_file()
    storages["uploads"].delete(gone)
    monkeypatch.setattr(lost_files, "_files", lambda storage, folder: {gone})

    assert lost_files.remove(now=timezone.now() + LATER) == 0


def test_a_site_without_uploads_has_nothing_to_remove(db):
    assert lost_files.remove() == 0
