"""A backup that is restored into an empty place brings back every row and every file, or changes nothing."""

import json
import tarfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from recognizer import facts
from recognizer.models import Drawing, Room, Visitor
from tests.training.backups import dumps, making
from training.backups import BackupError, checking, loading, restoring, taking
from training.models import Export, WorkerSeen

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["backup", "backup.tar", "backup.tar.gz"])
def kind(request) -> str:
    return request.param


def taken(place, name: str = "backup.tar"):
    making.fill()
    out = place / name
    taking.take(out)
    return out


def test_every_row_and_every_file_comes_back(place, kind):
    out = taken(place, kind)
    rows, files, numbers = dumps.rows(), dumps.files(), dumps.last_numbers()
    assert len(files) == 6
    dumps.empty()
    restoring.restore(out)
    assert dumps.rows() == rows
    assert dumps.files() == files
    assert dumps.last_numbers() == numbers


def test_a_new_drawing_never_gets_the_number_of_a_deleted_one(place):
    out = taken(place)
    deleted = Drawing.objects.order_by("-pk").first().pk + 1
    dumps.empty()
    restoring.restore(out)
    assert making.drawn(Visitor.objects.first()).pk == deleted + 1


def test_the_triggers_that_keep_facts_are_there_again(place):
    out = taken(place)
    dumps.empty()
    restoring.restore(out)
    assert set(facts._triggers(connection)) == set(facts.TRIGGERS)


def test_a_place_that_was_started_once_counts_as_empty(place):
    from django.contrib.auth import get_user_model

    from recognizer import versions

    out = taken(place)
    dumps.empty()
    versions.ensure_shipped()
    get_user_model().objects.create_superuser("admin", password="first-start-1234")
    restoring.restore(out)
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["boss"]


def test_what_runs_out_or_names_nobody_any_more_is_left_out(place):
    out = taken(place)
    dumps.empty()
    restoring.restore(out)
    assert not WorkerSeen.objects.exists()
    export = Export.objects.get()
    assert not export.file
    assert not export.parts.exists()


def test_a_place_with_a_drawing_in_it_is_refused(place):
    out = taken(place)
    before = dumps.rows()
    with pytest.raises(BackupError, match=r"is not empty: it has 3 drawings\. Restore into a new one"):
        restoring.restore(out)
    assert dumps.rows() == before


def test_a_place_with_another_file_of_that_name_is_refused(place):
    out = taken(place)
    name = Drawing.objects.exclude(upload="").first().upload.name
    dumps.empty()
    storages["uploads"].save(name, ContentFile(b"of somebody else"))
    with pytest.raises(BackupError, match=f"another file {name} in the storage 'uploads'"):
        restoring.restore(out)
    assert list(dumps.files()) == [f"uploads/{name}"]


def test_a_running_site_is_not_restored_into(place):
    from training.backups import places

    out = taken(place)
    dumps.empty()
    with places.alone(), pytest.raises(BackupError, match="runs: stop it"):
        restoring.restore(out)


def test_a_failure_half_way_leaves_neither_rows_nor_files(place, monkeypatch):
    out = taken(place)
    dumps.empty()
    before = dumps.rows()

    def fail(*args):
        raise BackupError("the power went")

    monkeypatch.setattr(loading, "demand_consistency", fail)
    with pytest.raises(BackupError, match="the power went"):
        restoring.restore(out)
    assert (dumps.rows(), dumps.files()) == (before, {})
    assert set(facts._triggers(connection)) == set(facts.TRIGGERS)


def test_rows_that_contradict_each_other_are_refused_in_words(place):
    out = taken(place, "folder")
    _without_rows(out, "recognizer_visitor")
    dumps.empty()
    with pytest.raises(BackupError, match="the rows cannot be stored, and nothing was changed"):
        restoring.restore(out)
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (lambda names: [*names, "recognizer.9999_of_next_year"], "has recognizer.9999_of_next_year, which this one"),
        (lambda names: names[:-1], "restore it with that release, and upgrade then"),
    ],
)
def test_a_backup_of_another_release_is_refused_in_words(place, theirs, words):
    out = taken(place, "folder")
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["migrations"] = theirs(manifest["migrations"])
    (out / "manifest.json").write_text(json.dumps(manifest))
    dumps.empty()
    with pytest.raises(BackupError, match=words):
        restoring.restore(out)


@pytest.mark.parametrize("part", ["name", "counted"])
def test_a_statement_in_the_place_of_a_name_is_refused(place, part):
    out = taken(place, "folder")
    manifest = json.loads((out / "manifest.json").read_text())
    made_up = manifest["tables"][0] | {"name": "made_up", "counted": ""} | {part: '"x"; DROP TABLE "auth_user"'}
    manifest["tables"].append(made_up)
    (out / "manifest.json").write_text(json.dumps(manifest))
    dumps.empty()
    before = dumps.rows()
    with pytest.raises(BackupError, match="otherwise than it is here"):
        restoring.restore(out)
    assert dumps.rows() == before


def test_a_place_with_a_room_in_it_is_refused(place):
    out = taken(place)
    dumps.empty()
    Room.objects.create(code="BCD234", name="7b")
    with pytest.raises(BackupError, match="it has 1 rooms"):
        restoring.restore(out)
    assert Room.objects.exists()


def test_a_database_that_lacks_migrations_is_refused(place):
    out = taken(place)
    dumps.empty()
    applied = MigrationRecorder.Migration.objects.filter(app="training").order_by("-name").first()
    applied.delete()
    try:
        with pytest.raises(BackupError, match=r"lacks training\.\S+: run `manage.py migrate`"):
            restoring.restore(out)
    finally:
        MigrationRecorder.Migration.objects.create(app=applied.app, name=applied.name)


def test_a_drawing_that_was_deleted_during_the_backup_does_not_come_back(place, monkeypatch):
    making.fill()
    drawing = Drawing.objects.exclude(upload="").first()
    rows = taking._with_rows

    def and_then_delete(*args):
        found = rows(*args)
        drawing.delete()
        return found

    monkeypatch.setattr(taking, "_with_rows", and_then_delete)
    manifest = taking.take(place / "backup.tar")
    assert (len(manifest.deleted), manifest.missing) == (1, [])
    expected = dumps.rows()["recognizer_drawing"]
    dumps.empty()
    restoring.restore(place / "backup.tar")
    assert dumps.rows()["recognizer_drawing"] == expected


def test_a_file_that_was_lost_before_is_named(place):
    making.fill()
    name = Drawing.objects.exclude(upload="").first().upload.name
    storages["uploads"].delete(name)
    manifest = taking.take(place / "backup.tar")
    assert (manifest.missing, manifest.deleted) == ([f"files/uploads/{name}"], [])
    dumps.empty()
    restoring.restore(place / "backup.tar")
    assert Drawing.objects.filter(upload=name).exists()


def test_nothing_secret_but_hashes_of_passwords_is_in_a_backup(place, settings):
    out = taken(place)
    with tarfile.open(out) as tar:
        names = tar.getnames()
    assert not any(word in name for name in names for word in ("secret", "session", "axes"))
    assert settings.SECRET_KEY.encode() not in out.read_bytes()
    assert out.stat().st_mode & 0o077 == 0


def _without_rows(folder, table):
    """Make a backup say that a table is empty, hashes and counts included."""
    import gzip

    path = folder / "rows" / f"{table}.jsonl.gz"
    path.write_bytes(gzip.compress(b""))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["rows"][table] = 0
    found = {}
    member = checking._read_through(f"rows/{table}.jsonl.gz", path.open("rb"), found)
    manifest["members"][f"rows/{table}.jsonl.gz"] = {"bytes": member.bytes, "sha256": member.sha256}
    (folder / "manifest.json").write_text(json.dumps(manifest))
