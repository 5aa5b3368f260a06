"""The desk's pages for a room's own versions."""

import pytest
from django.test import Client

from recognizer import versions
from recognizer.models import ModelVersion
from recognizer.rooms import running
from tests.training.making import weights_file
from tests.training.rooms.conftest import classroom
from training.models import TrainingJob
from training.rooms import contest

pytestmark = pytest.mark.usefixtures("small_mnist", "fresh_process")
SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}


@pytest.fixture(autouse=True)
def nothing_remembered():
    contest.forget()
    yield
    contest.forget()


@pytest.fixture
def own(room) -> ModelVersion:
    return versions.register(weights_file(9), source=ModelVersion.Source.TRAINED, room_id=room.pk)


def text(response) -> str:
    return response.content.decode()


def test_a_room_without_drawings_is_told_what_a_version_takes(desk, room):
    page = text(desk.get(f"/rooms/desk/{room.code}/versions/"))
    assert "at least 3 members" in page
    assert "Train a version of this room" not in page


def test_a_teacher_starts_and_cancels_a_training(desk, room, teacher, monkeypatch):
    monkeypatch.setattr("training.tasks.enqueue", lambda job: True)
    classroom(room)
    page = text(desk.post(f"/rooms/desk/{room.code}/versions/start/", follow=True))
    job = TrainingJob.objects.get()
    assert (job.room, job.started_by, job.kind) == (room, teacher, "fine-tune")
    assert "Cancel the training" in page
    desk.post(f"/rooms/desk/{room.code}/versions/cancel/")
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_start_that_cannot_be_says_why(desk, room):
    page = text(desk.post(f"/rooms/desk/{room.code}/versions/start/", follow=True))
    assert "accept more labels" in page
    assert not TrainingJob.objects.exists()


def test_the_room_is_switched_to_its_own_version_and_back(desk, room, own):
    pupil = Client()
    pupil.post(f"/rooms/{room.code}/join/", {"shares": "yes"})

    def answered_by() -> int:
        return pupil.post("/api/v1/drawings", SEVEN, content_type="application/json").json()["model_version"]

    page = text(desk.post(f"/rooms/desk/{room.code}/versions/use/", {"version": own.number}, follow=True))
    assert f"own version {own.number}" in page
    assert answered_by() == own.number
    desk.post(f"/rooms/desk/{room.code}/versions/use/", {"version": "live"})
    assert answered_by() != own.number


def test_another_rooms_version_does_not_answer(desk, room, teacher, own):
    other = running.create(name="8a", owner=teacher)
    foreign = versions.register(weights_file(8), source=ModelVersion.Source.TRAINED, room_id=other.pk)
    for wanted in (foreign.number, versions.live_deployment().version.number, "x"):
        assert desk.post(f"/rooms/desk/{room.code}/versions/use/", {"version": wanted}).status_code == 404
    assert desk.get(f"/rooms/desk/{room.code}/versions/{foreign.number}/").status_code == 404


def test_the_contest_has_a_page_with_all_that_is_known(desk, room, own):
    classroom(room)
    page = text(desk.get(f"/rooms/desk/{room.code}/versions/{own.number}/"))
    assert "of 6" in page
    assert "McNemar" in page


def test_a_version_whose_weights_are_gone_leads_back_and_says_so(desk, room, own):
    versions.remove_weights(own.pk)
    page = text(desk.get(f"/rooms/desk/{room.code}/versions/{own.number}/", follow=True))
    assert "were removed" in page


def test_members_read_who_answers_them_and_how_that_one_does(desk, room, own):
    classroom(room)
    running.answer_with(room, own)
    page = text(desk.get(f"/rooms/{room.code}/"))
    assert f"own version {own.number}" in page
    assert "95 % sure" in page


def test_the_sites_lists_of_versions_leave_it_out(admin_client, own):
    assert f"version {own.number}<" not in text(admin_client.get("/admin/training/comparison/compare/"))
    assert own not in ModelVersion.objects.of_the_site()
