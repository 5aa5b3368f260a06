"""A room goes whole, and what stays says nothing."""

import time
from pathlib import Path

import pytest
from django.apps import apps

from recognizer import versions
from recognizer.models import Drawing, Evaluation, Label, Membership, ModelVersion, Room, Visitor
from recognizer.rooms import running
from tests.training.making import weights_file
from tests.training.rooms.conftest import classroom, drawn_in, member
from training import deletions, jobs, snapshot_files, snapshots
from training.models import DeletedDrawing, Snapshot, TrainingJob
from training.rooms import deleting

FOREVER = float("inf")


@pytest.fixture
def trained(room) -> ModelVersion:
    """A version of the room's own, which answers in it, with its job and snapshot."""
    classroom(room)
    snapshot = snapshots.keep(snapshots.select(room=room))
    snapshot_files.read(snapshot)
    own = versions.register(weights_file(9), source=ModelVersion.Source.TRAINED, room_id=room.pk)
    fields = {"kind": "scratch", "architecture": "lenet-5x5", "epochs": 1, "learning_rate": 1e-3}
    TrainingJob.objects.create(state="succeeded", version=own, snapshot=snapshot, room=room, **fields)
    figures = {"n": 1, "correct": 1, "per_digit": [], "confusion": [], "seconds": 1}
    Evaluation.objects.create(version=own, dataset="mnist-test", **figures)
    running.answer_with(room, own)
    return own


def test_everything_goes_but_an_empty_row_and_the_versions_numbers(room, trained, teacher):
    weights = Path(trained.weights.path)
    deleting.begin(room, by=teacher)
    assert deleting.work(room, until=FOREVER)
    room.refresh_from_db()
    trained.refresh_from_db()
    assert (room.state, room.code, room.name, room.welcome, room.version) == ("deleted", None, "", "", None)
    assert (room.deleted_by, room.gone["drawings"], room.gone["members"]) == (teacher, 30, 5)
    left = [Drawing, Label, Membership, Snapshot, TrainingJob, Evaluation, DeletedDrawing]
    assert [model.objects.count() for model in left] == [0] * len(left)
    assert not weights.exists()
    assert (trained.weights_removed_at is None, trained.provenance) == (False, {})
    assert not list(Path(snapshot_files.path_of(Snapshot(pk=1)).parent).glob("snapshot-*"))


def test_no_table_names_a_deleted_room_but_its_versions(room, trained):
    deleting.begin(room)
    deleting.work(room, until=FOREVER)
    naming = {
        model._meta.label
        for app in ("recognizer", "training")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.fields
        if field.is_relation and field.related_model is Room and model.objects.filter(**{field.name: room}).exists()
    }
    assert naming == {"recognizer.ModelVersion"}


def test_what_members_drew_outside_the_room_stays(room):
    who = member(room, "a")
    drawn_in(room, who, 7)
    own = drawn_in(room, who, 3, seed=1)
    Drawing.objects.filter(pk=own.pk).update(room=None)
    deleting.begin(room)
    deleting.work(room, until=FOREVER)
    assert list(Drawing.objects.values_list("pk", flat=True)) == [own.pk]
    assert Visitor.objects.filter(pk=who.pk).exists()


def test_other_rooms_stay(room, teacher):
    other = running.create(name="8a", owner=teacher)
    drawn_in(other, member(other, "b"), 7)
    deleting.begin(room)
    deleting.work(room, until=FOREVER)
    assert Drawing.objects.filter(room=other).count() == 1


def test_a_large_room_goes_in_turns_and_is_there_for_nobody_meanwhile(desk, room, monkeypatch):
    monkeypatch.setattr(deleting, "DRAWINGS_AT_ONCE", 10)
    classroom(room)
    code = room.code
    deleting.begin(room)
    assert not deleting.work(room, until=time.monotonic() - 1)
    assert 0 < Drawing.objects.count() < 30
    assert desk.get(f"/rooms/desk/{code}/").status_code == 404
    assert deleting.go_on(60) == 1
    assert not Drawing.objects.exists()


def test_a_job_at_work_is_cancelled_and_waited_for(room, trained):
    TrainingJob.objects.all().delete()
    base = versions.live_deployment().version
    fields = {"kind": "fine-tune", "architecture": None, "epochs": 1, "learning_rate": 1e-3, "base": base}
    job = jobs.start(**fields, room=room)
    claim = jobs.claim(job.pk)
    deleting.begin(room)
    assert not deleting.work(room, until=FOREVER)
    claim.cancelled()
    assert deleting.work(room, until=FOREVER)


def test_versions_of_the_site_that_learned_from_it_are_still_told_apart(room, settings):
    settings.ROOM_LABELS_TRAIN_SITE = True
    drawing = drawn_in(room, member(room, "a"), 7)
    snapshots.freeze()
    deleting.begin(room)
    deleting.work(room, until=FOREVER)
    assert DeletedDrawing.objects.get().drawing_id == drawing.pk
    assert deletions.learned_from(drawing.pk) == []


def test_the_desk_asks_for_the_code_before_it_deletes(desk, room):
    drawn_in(room, member(room, "a"), 7)
    page = desk.get(f"/rooms/desk/{room.code}/delete/").content.decode()
    assert "1 drawing" in page
    assert desk.post(f"/rooms/desk/{room.code}/delete/", {"code": "BCD234"}).status_code == 422
    assert Room.objects.there().exists()
    said = desk.post(f"/rooms/desk/{room.code}/delete/", {"code": room.code.lower()}, follow=True).content.decode()
    assert "7b is deleted" in said
    assert not Drawing.objects.exists()


def test_a_member_of_a_deleted_room_is_told_that_it_is_gone(client, room):
    client.post(f"/rooms/{room.code}/join/", {"shares": "yes"})
    deleting.begin(room)
    assert "The room you were in is gone" in client.get("/").content.decode()
