"""Which versions learnt a drawing is found in the snapshots that they learnt from, reading no more than it takes."""

import pytest

from recognizer import drawings
from recognizer.models import ModelVersion
from tests import admin_rows as rows
from training import learnt, packing, snapshots
from training.models import Snapshot, TrainingJob

from .making import drawn, new_version, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(packing, "PART", 3)


def learning(snapshot: Snapshot) -> ModelVersion:
    """A version that learnt from the snapshot."""
    version = new_version(ModelVersion.objects.count() + 50)
    rows.job(kind="retrain", snapshot=snapshot, state="succeeded", version=version)
    return version


def several(count: int = 5) -> list:
    return [drawn(visitor(f"v{n}"), n % 10, seed=n) for n in range(count)]


def numbers(drawing) -> list[int]:
    return [lesson.version.number for lesson in learnt.of(drawing.pk)]


def test_all_versions_that_had_it_in_their_snapshot_are_found_the_newest_first():
    kept = several()
    first = learning(snapshots.freeze())
    late = drawn(visitor("late"), 3, seed=9)
    second = learning(snapshots.freeze())
    assert numbers(kept[4]) == [second.number, first.number]
    assert numbers(late) == [second.number]


def test_it_is_known_as_what_it_was_learnt():
    drawing, none = drawn(visitor("a"), 3), drawn(visitor("b"), None)
    learning(snapshots.freeze())
    drawings.review([drawing.pk], "accepted", by=None, digit=5)
    assert learnt.of(drawing.pk)[0].digit == 3
    assert learnt.of(none.pk)[0].digit is None


def test_a_snapshot_without_a_version_taught_nobody():
    kept = several(1)
    rows.job(kind="retrain", snapshot=snapshots.freeze())
    assert numbers(kept[0]) == []


def test_the_unfinished_job_that_reads_it_is_found():
    kept = several()
    job = rows.job(kind="retrain", snapshot=snapshots.freeze())
    late = drawn(visitor("late"), 3, seed=9)
    assert learnt.being_learnt(kept[2].pk) == job
    assert learnt.being_learnt(late.pk) is None
    TrainingJob.objects.update(state="cancelled")
    assert learnt.being_learnt(kept[2].pk) is None


def test_a_page_of_drawings_takes_as_many_queries_as_one(django_assert_num_queries):
    kept = several(9)
    for _ in range(3):
        learning(snapshots.freeze())
    for some in (kept[:1], kept):
        with django_assert_num_queries(2):
            found = learnt.of_all([one.pk for one in some])
        assert {len(lessons) for lessons in found.values()} == {3}


def test_only_the_parts_around_a_drawing_are_read(monkeypatch):
    kept = several(9)
    learning(snapshots.freeze())
    read, unpacked = [], packing.unpacked
    monkeypatch.setattr(packing, "unpacked", lambda part: read.append(part.number) or unpacked(part))
    learnt.of(kept[4].pk)
    assert read == [1]


def test_a_page_looks_at_the_newest_versions_only():
    kept = several(1)
    versions = [learning(snapshots.freeze()) for _ in range(3)]
    found = learnt.of_all([kept[0].pk], most=2)[kept[0].pk]
    assert [lesson.version for lesson in found] == versions[:0:-1]
