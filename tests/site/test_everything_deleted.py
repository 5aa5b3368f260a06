"""Who deletes everything is nowhere any more: not in any table, file, cache or log of the site.

The tables come from the models and the database, the files from all folders that the site writes, so that what is
added later fails here until it lets go too."""

import gzip
import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.db.models import ForeignKey, Model

from recognizer import recognition, shapes
from recognizer.models import BannedShape, Drawing, Visitor
from tests.recognizer.conftest import weights_file
from tests.site import everything
from tests.site.everything import Somebody
from training import readings, references
from training.models import DeletedDrawing, Snapshot

pytestmark = pytest.mark.django_db(transaction=True)

# Where the numbers of deleted drawings may stay: beside them is no more than a label, and nothing tells whose.
NUMBERS_MAY_STAY = {
    "training_snapshotpart": "what versions learnt from has a hash that can be checked",
    "training_deleteddrawing": "says which versions learnt from drawings that are deleted",
    "recognizer_bulkreview": "which labels were accepted at one press",
}


@pytest.fixture
def somebody(settings, tmp_path, monkeypatch) -> Iterator[Somebody]:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "lenet-5x5.safetensors").write_bytes(weights_file(1))
    settings.SHIPPED_WEIGHTS_DIR, settings.MIN_CONFIDENCE, settings.LABEL_AGREEMENT = folder, 0.0, 2
    settings.HELD_OUT_EVERY, settings.MNIST_DIR = 0, None
    recognition.forget()
    references.forget()
    readings.forget()
    yield everything.leave_traces()
    recognition.forget()
    references.forget()


@pytest.fixture
def deleted(somebody, caplog) -> Somebody:
    """Deleted on the page, as visitors do it; `caplog` has what was logged meanwhile."""
    everything.ban_a_drawing(somebody, User.objects.get())
    caplog.set_level(logging.INFO)
    answer = somebody.browser.post("/privacy/delete/", {"sure": "yes"})
    assert answer.status_code == 302, answer.content
    assert "Everything is deleted" in somebody.browser.get(answer.url).content.decode()
    return somebody


def pointing() -> list[tuple[type[Model], ForeignKey]]:
    """Every column of every table that names a visitor or a drawing."""
    tables = apps.get_models(include_auto_created=True)
    fields = ((model, field) for model in tables for field in model._meta.get_fields() if field.concrete)
    return [(model, field) for model, field in fields if field.related_model in (Visitor, Drawing) and field.column]


def tables() -> dict[str, list[bytes]]:
    """All that is in the database, by table: each value as bytes."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = [_as_bytes(value) for row in cursor.fetchall() for value in row if value is not None]
    return found


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """All that is in files, unpacked too, and their names; but for the database's own."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "sqlite3" not in path.name:
                yield path.name, path.name.encode()
                yield from _contents(path.name, path.read_bytes())


def _contents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, data
    if data[:2] == b"\x1f\x8b":
        yield name, gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((f"{name}/{part}", archive.read(part)) for part in archive.namelist())


def in_tables(needles: dict[str, bytes]) -> set[tuple[str, str]]:
    found = tables()
    return {(table, name) for table in found for name, one in needles.items() if any(one in v for v in found[table])}


def in_sqlites_file(needles: dict[str, bytes]) -> set[str]:
    """Also in what is deleted there and not written over yet."""
    path = Path(connection.settings_dict["NAME"])
    data = path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()
    return {name for name, one in needles.items() if one in data}


def in_files(needles: dict[str, bytes], folder: Path) -> set[tuple[str, str]]:
    places = files(folder, Path(settings.DATA_DIR))
    return {(place, name) for place, data in places for name, one in needles.items() if one in data}


def test_the_visitor_is_in_every_table_that_names_visitors_or_drawings(somebody):
    everything.ban_a_drawing(somebody, User.objects.get())
    mine = {Visitor: [somebody.visitor.pk], Drawing: somebody.drawings}
    without = [
        f"{model._meta.label}.{field.name}"
        for model, field in pointing()
        if not model.objects.filter(**{f"{field.name}__in": mine[field.related_model]}).exists()
    ]
    assert without == [], "leave a row of each in tests/site/everything.py, and see that it goes with its visitor"


def test_what_tells_them_is_found_while_they_are_there(somebody, tmp_path):
    found, filed = in_tables(somebody.needles), in_files(somebody.needles, tmp_path)
    told = {name for _, name in found | filed}
    assert set(somebody.needles) - told == {"cookie", "address"}, "these are kept nowhere at all"
    places = {name.split(".")[-1] for name, _ in filed}
    assert places >= {"images", "png", "jsonl", "npy"}, "a snapshot, an upload and exports, unpacked as well"


def test_nothing_that_tells_them_is_left_in_the_database(deleted):
    assert in_tables(deleted.needles) == set()


def test_no_number_of_theirs_is_left_but_where_it_leads_to_nobody(deleted):
    found = {place for place in in_tables(deleted.numbers) if place[0] not in NUMBERS_MAY_STAY}
    assert {table for table, _ in found} == set()


def test_no_column_that_names_visitors_or_drawings_names_them(deleted):
    mine = {Visitor: [deleted.visitor.pk], Drawing: deleted.drawings}
    left = [
        f"{model._meta.label}.{field.name}"
        for model, field in pointing()
        if model.objects.filter(**{f"{field.attname}__in": mine[field.related_model]}).exists()
    ]
    assert left == []


def test_nothing_that_tells_them_is_left_in_a_file(deleted, tmp_path):
    assert in_files(deleted.needles | deleted.numbers, tmp_path) == set()


def test_nothing_of_them_is_remembered_by_this_process(deleted):
    assert not {key[1] for key in readings._kept._readings} & set(deleted.drawings)
    assert not set(references.known().drawings.tolist()) & set(deleted.drawings)
    shapes.banned(BannedShape.objects.values_list("changed_at", flat=True).order_by("-changed_at").first())
    assert shapes._known[1].ids == []
    kept = b"".join(getattr(cache, "_cache", {}).values())
    assert [name for name, one in deleted.needles.items() if one in kept] == []


def test_nothing_that_tells_them_is_logged(deleted, caplog):
    assert [name for name, one in deleted.needles.items() if one.decode("latin-1") in caplog.text] == []


def test_what_reviewers_did_stays_without_what_it_was_about(deleted):
    acts = everything.acts_of(User.objects.get())
    assert acts == ["accept", "accept", "accept", "hide", "show", "block", "unblock", "ban"]


def test_the_browser_is_a_stranger_again(deleted):
    assert "visitor" not in {name for name, one in deleted.browser.cookies.items() if one.value}
    assert deleted.browser.get("/api/v1/me").json()["known"] is False


def test_that_snapshots_listed_drawings_which_are_gone_is_noted(deleted):
    noted = DeletedDrawing.objects.order_by("drawing_id").values_list("drawing_id", "by")
    assert list(noted) == [(pk, "visitor") for pk in deleted.drawings]
    assert set(noted.values_list("snapshots", flat=True)) == {Snapshot.objects.get().pk}


@pytest.mark.sqlite
@pytest.mark.skipif(connection.vendor != "sqlite", reason="looks into SQLite's own file")
def test_nothing_that_tells_them_is_left_in_the_unused_parts_of_sqlites_file(somebody):
    before = in_sqlites_file(somebody.needles)
    somebody.browser.post("/privacy/delete/", {"sure": "yes"})
    assert {"cookie's hash", "strokes", "reason", "address hash"} <= before
    assert in_sqlites_file(somebody.needles) == set()
