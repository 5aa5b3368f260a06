import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer import drawings
from recognizer.deletion import Deleter
from recognizer.models import Drawing, ModelVersion
from tests import admin_rows as rows
from training import deletions, packing, snapshot_files, snapshots
from training.models import DeletedDrawing, TrainingJob

from .making import drawn, new_version, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(packing, "PART", 3)


def several(count: int = 5) -> list[Drawing]:
    return [drawn(visitor(f"v{n}"), n % 10, seed=n) for n in range(count)]


def noted() -> list[tuple[int, str]]:
    return list(DeletedDrawing.objects.order_by("drawing_id").values_list("drawing_id", "by"))


def learned(snapshot) -> TrainingJob:
    """A job that succeeded, with its version."""
    return rows.job(
        kind="retrain", snapshot=snapshot, state="succeeded", version=new_version(ModelVersion.objects.count() + 50)
    )


def test_a_deleted_drawing_that_a_snapshot_lists_is_noted_with_all_snapshots_that_do():
    kept = several()
    first, second = snapshots.freeze(), snapshots.freeze()
    drawings.review([kept[1].pk], "rejected", by=None)
    snapshots.freeze()
    drawings.delete(kept[1])
    assert noted() == [(kept[1].pk, Deleter.VISITOR)]
    assert set(DeletedDrawing.objects.get().snapshots.all()) == {first, second}


def test_a_drawing_that_no_snapshot_lists_leaves_nothing():
    several(3)
    snapshots.freeze()
    drawings.delete(drawn(visitor("late"), 1, seed=9))
    assert noted() == []


def test_nothing_of_the_drawing_or_its_visitor_is_kept():
    fields = {field.name for field in DeletedDrawing._meta.get_fields()}
    assert fields == {"id", "drawing_id", "by", "deleted_at", "snapshots"}


@pytest.mark.parametrize(
    ("delete", "by"),
    [
        (lambda one: drawings.delete(one), Deleter.VISITOR),
        (lambda one: drawings.delete_many([one.pk], by=Deleter.ADMIN), Deleter.ADMIN),
        (lambda one: Drawing.objects.filter(pk=one.pk).delete(), Deleter.ADMIN),
        (lambda one: one.delete(), Deleter.ADMIN),
        (lambda one: one.visitor.drawings.all().delete(), Deleter.ADMIN),
        (lambda one: one.visitor.delete(), Deleter.ADMIN),
    ],
    ids=["the visitor", "many", "a queryset", "a row", "a visitor's", "with the visitor"],
)
def test_however_a_drawing_goes_it_is_noted(delete, by):
    kept = several()
    snapshots.freeze()
    gone = kept[3].pk
    delete(kept[3])
    assert noted() == [(gone, by)]
    assert Drawing.objects.count() == 4


def test_a_deletion_that_is_rolled_back_notes_nothing_and_removes_no_file(
    django_capture_on_commit_callbacks, monkeypatch
):
    kept = several()
    snapshot = snapshots.freeze()
    snapshot_files.read(snapshot)
    monkeypatch.setattr(deletions, "_connect", lambda listed: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        drawings.delete(kept[0])
    assert (Drawing.objects.count(), noted()) == (5, [])
    assert snapshot_files.path_of(snapshot).exists()


def test_the_images_of_snapshots_that_list_it_are_removed_and_others_stay(django_capture_on_commit_callbacks):
    kept = several()
    with_it = snapshots.freeze()
    drawings.review([kept[2].pk], "rejected", by=None)
    without = snapshots.freeze()
    mapped = snapshot_files.read(with_it)
    snapshot_files.read(without)
    with django_capture_on_commit_callbacks(execute=True):
        drawings.delete(kept[2])
    assert not snapshot_files.path_of(with_it).exists()
    assert snapshot_files.path_of(without).exists()
    assert len(mapped.images[:]) == 5  # a training that runs goes on
    assert snapshot_files.read(with_it).labels.tolist() == [0, 1, 3, 4]


def test_a_file_of_another_machine_goes_with_the_next_job_there(django_capture_on_commit_callbacks):
    kept = several()
    snapshot = snapshots.freeze()
    snapshot_files.read(snapshot)
    drawings.delete(kept[2])  # whose callbacks ran elsewhere
    assert kept[2].pk not in _ids_after(lambda: snapshot_files.read(snapshot), snapshot)


def test_the_sweep_removes_it_without_a_job_too():
    kept = several()
    snapshot = snapshots.freeze()
    snapshot_files.read(snapshot)
    drawings.delete(kept[2])
    deletions.sweep()
    assert not snapshot_files.path_of(snapshot).exists()


def _ids_after(act, snapshot) -> list[int]:
    act()
    return snapshot_files.packed.ids_of(snapshot_files.path_of(snapshot)).tolist()


def test_the_sweep_finds_drawings_that_went_past_the_site_and_notes_them_once():
    kept = several()
    snapshot = snapshots.freeze()
    snapshot_files.read(snapshot)
    _past_the_site(kept[4].pk)
    deletions.sweep()
    deletions.sweep()
    assert noted() == [(kept[4].pk, Deleter.UNKNOWN)]
    assert not snapshot_files.path_of(snapshot).exists()


def _past_the_site(drawing_id: int) -> None:
    with connection.cursor() as cursor:
        for table in ("recognizer_label", "recognizer_prediction", "recognizer_decision"):
            cursor.execute(f"DELETE FROM {table} WHERE drawing_id = %s", [drawing_id])
        cursor.execute("DELETE FROM recognizer_drawing WHERE id = %s", [drawing_id])


def test_the_versions_that_learned_from_it_are_known_and_count_each_drawing_once():
    kept = several()
    snapshot = snapshots.freeze()
    first, second = learned(snapshot), learned(snapshot)
    other = learned(snapshots.freeze())
    rows.job(kind="retrain", snapshot=snapshot)
    drawings.delete_many([one.pk for one in kept[:2]], by=Deleter.ADMIN)
    assert [deletions.learned_from_deleted(job.version).count() for job in (first, second, other)] == [2, 2, 2]
    deleted = DeletedDrawing.objects.first()
    assert deletions.versions_of([deleted]) == {deleted.pk: [first.version, second.version, other.version]}
    assert deletions.learned_from_deleted(new_version(99)).count() == 0


def test_what_a_version_learned_those_that_build_on_it_have_too():
    kept = several()
    first = learned(snapshots.freeze()).version
    drawings.delete(kept[0])
    tuned, unrelated = learned(snapshots.freeze()).version, learned(snapshots.freeze()).version
    tuned.base = first
    tuned.save()
    drawings.delete(kept[1])
    of_first, of_all = DeletedDrawing.objects.order_by("drawing_id")
    assert deletions.versions_of([of_first, of_all]) == {
        of_first.pk: [first, tuned],
        of_all.pk: [first, tuned, unrelated],
    }
    assert [deletions.learned_from_deleted(one).count() for one in (first, tuned, unrelated)] == [2, 2, 1]


@pytest.mark.parametrize("listed", [True, False])
def test_deleting_many_takes_no_more_queries_of_ours_than_deleting_a_few(listed):
    kept = several(24)
    if listed:
        snapshots.freeze()

    def queries(some: list[Drawing]) -> int:
        with CaptureQueriesContext(connection) as captured:
            drawings.delete_many([one.pk for one in some], by=Deleter.ADMIN)
        return len(captured)

    assert queries(kept[:3]) == queries(kept[3:])


def test_looking_for_a_drawing_reads_the_parts_around_it_only(monkeypatch):
    kept = several(9)
    snapshots.freeze()
    read, unpacked = [], packing.unpacked
    monkeypatch.setattr(packing, "unpacked", lambda part: read.append(part.number) or unpacked(part))
    deletions.note([kept[0].pk, kept[8].pk], by=Deleter.ADMIN)
    assert read == [0, 2]


def test_a_snapshot_made_later_does_not_have_it():
    kept = several()
    snapshots.freeze()
    drawings.delete(kept[0])
    ids = [one for one, _ in packing.pairs(snapshots.freeze())]
    np.testing.assert_array_equal(ids, [one.pk for one in kept[1:]])
