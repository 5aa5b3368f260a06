import os
import time

import numpy as np
import pytest
from django.db import connection

from recognizer import drawings, ink
from recognizer.models import Drawing
from training import packing, snapshot_files, snapshots
from training.data import packed
from training.data.dataset import DatasetError
from training.models import Snapshot

from .making import drawn, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(snapshots, "PAGE", 2)
    monkeypatch.setattr(packing, "PART", 3)


@pytest.fixture
def snapshot() -> Snapshot:
    for n in range(5):
        drawn(visitor(f"v{n}"), n, seed=n)
    return snapshots.freeze()


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """The names of the files that were made."""
    names, write = [], packed.write
    monkeypatch.setattr(packed, "write", lambda path, *rest: names.append(path.name) or write(path, *rest))
    return names


def test_the_file_is_made_once_and_mapped_from_then_on(snapshot, made):
    first, again = snapshot_files.read(snapshot), snapshot_files.read(snapshot)
    assert made == [f"snapshot-{snapshot.pk}-preprocessing-{ink.PREPROCESSING_VERSION}.images"]
    np.testing.assert_array_equal(first.images[:], again.images[:])
    assert first.labels.tolist() == again.labels.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("damage", [b"", b"nothing", None])
def test_a_damaged_file_is_made_again(snapshot, made, damage):
    before = snapshot_files.read(snapshot).images[:]
    path = snapshot_files.path_of(snapshot)
    data = bytearray(path.read_bytes())
    data[-9] ^= 4
    path.write_bytes(data if damage is None else damage)
    np.testing.assert_array_equal(snapshot_files.read(snapshot).images[:], before)
    assert len(made) == 2


def test_another_way_of_making_images_has_a_file_of_its_own(snapshot, made, monkeypatch):
    snapshot_files.read(snapshot)
    monkeypatch.setattr(ink, "PREPROCESSING_VERSION", ink.PREPROCESSING_VERSION + 1)
    assert len(snapshot_files.read(snapshot)) == 5
    assert len(set(made)) == 2


def test_the_lines_are_those_of_the_strokes_and_uploads_have_none(snapshot):
    one = Drawing.objects.order_by("pk")[2]
    Drawing.objects.filter(pk=one.pk).update(source="upload", upload="x.png")
    lines = snapshot_files.read(snapshot).lines
    assert lines.known(np.arange(5)).tolist() == [True, True, False, True, True]
    other = Drawing.objects.order_by("pk")[4]
    expected = ink.box_lines(ink.parse_strokes(other.strokes, other.width, other.height))
    np.testing.assert_allclose(lines.of(4)[0], expected[0], atol=0.01)


@pytest.mark.parametrize("strokes", [[[[10, 10]]], [[["x", 1]]]], ids=["a dot", "unreadable"])
def test_a_dot_or_strokes_that_cannot_be_read_are_never_drawn_anew(strokes):
    drawing = drawn(visitor("ann"), 1)
    Drawing.objects.filter(pk=drawing.pk).update(strokes=strokes)
    dataset = snapshot_files.read(snapshots.freeze())
    assert len(dataset) == 1
    assert dataset.lines is None


def test_two_that_make_the_same_file_at_once_do_no_harm(snapshot, monkeypatch):
    write, second = packed.write, []

    def write_twice(path, about, pages):
        pages = list(pages)
        write(path, about, pages)
        second.append(packed.read(path, about))
        write(path, about, pages)

    monkeypatch.setattr(packed, "write", write_twice)
    mine = snapshot_files.read(snapshot)
    np.testing.assert_array_equal(second[0].dataset.images[:], mine.images[:])
    assert len(list(snapshot_files.path_of(snapshot).parent.iterdir())) == 1


def test_a_drawing_deleted_while_the_file_is_made_is_not_in_it(
    snapshot, monkeypatch, django_capture_on_commit_callbacks
):
    page, victim = snapshot_files._page, Drawing.objects.order_by("pk")[0]

    def page_and_deletion(labels):
        made = page(labels)
        if Drawing.objects.filter(pk=victim.pk).exists():
            with django_capture_on_commit_callbacks(execute=True):
                drawings.delete(victim)
        return made

    monkeypatch.setattr(snapshot_files, "_page", page_and_deletion)
    assert snapshot_files.read(snapshot).labels.tolist() == [1, 2, 3, 4]
    assert victim.pk not in packed.ids_of(snapshot_files.path_of(snapshot))


def test_a_disk_that_gives_back_something_else_is_named(snapshot, monkeypatch):
    monkeypatch.setattr(packed, "write", lambda path, *rest: path.parent.mkdir(exist_ok=True) or path.write_bytes(b"?"))
    with pytest.raises(DatasetError, match="check the disk that SNAPSHOT_DIR is on"):
        snapshot_files.read(snapshot)


def test_who_stops_it_half_way_leaves_no_file(snapshot):
    def stop(done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        snapshot_files.read(snapshot, stop)
    assert list(snapshot_files.path_of(snapshot).parent.iterdir()) == []


def test_a_sweep_removes_what_is_of_no_snapshot_and_what_nobody_finished(snapshot):
    snapshot_files.read(snapshot)
    path = snapshot_files.path_of(snapshot)
    folder = path.parent
    orphan = folder / "snapshot-999-preprocessing-2.images"
    fresh, old = folder / f"{path.name}.a.part", folder / f"{path.name}.b.part"
    for each in (orphan, fresh, old, folder / "something-else"):
        each.write_bytes(b"x")
    long_ago = time.time() - 2 * snapshot_files.ABANDONED_SECONDS
    os.utime(old, (long_ago, long_ago))
    assert snapshot_files.remove_stale() == 2
    assert {each.name for each in folder.iterdir()} == {path.name, fresh.name, "something-else"}


def test_a_folder_that_is_not_there_yet_has_nothing_to_remove():
    assert snapshot_files.remove_stale() == snapshot_files.remove([1]) == 0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_restarts_half_way_costs_nothing_but_a_new_connection(snapshot):
    assert len(snapshot_files.read(snapshot, lambda done: connection.close())) == 5
