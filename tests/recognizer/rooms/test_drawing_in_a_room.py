"""What is drawn in a room belongs to it, and its own version answers there."""

import pytest
from django.utils import timezone
from django.utils.translation import override

from recognizer import api, asking, metrics, recognition, versions
from recognizer.models import Drawing, ModelVersion, Room
from recognizer.models import Visitor as OfVisitor
from recognizer.rooms import running
from tests.recognizer.conftest import SEVEN, Visitor, weights_file


@pytest.fixture
def own_version(room, visitor) -> ModelVersion:
    made = versions.register(weights_file(9), source=ModelVersion.Source.TRAINED, room_id=room.pk)
    running.answer_with(room, made)
    return made


def join(browser: Visitor, room) -> None:
    assert browser.post(f"/rooms/{room.code}/join/", {"shares": "yes"}).status_code == 302


def test_what_a_member_draws_is_the_rooms_and_what_others_draw_is_not(visitor, other_visitor, room):
    join(visitor, room)
    drawn, foreign = visitor.draw()["id"], other_visitor.draw()["id"]
    assert Drawing.objects.get(pk=drawn).room == room
    assert Drawing.objects.get(pk=foreign).room is None


def test_who_has_drawn_before_and_joins_draws_for_the_room(visitor, room, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        visitor.draw()
    join(visitor, room)
    assert Drawing.objects.get(pk=visitor.draw()["id"]).room == room


def test_after_leaving_a_drawing_is_the_visitors_alone(visitor, room):
    join(visitor, room)
    visitor.post(f"/rooms/{room.code}/leave/")
    assert Drawing.objects.get(pk=visitor.draw()["id"]).room is None


def test_in_a_closed_room_members_draw_for_themselves_again(visitor, room):
    join(visitor, room)
    running.close(room)
    assert Drawing.objects.get(pk=visitor.draw()["id"]).room is None


def test_a_drawing_that_arrives_while_its_room_is_deleted_does_not_stay_in_it(visitor, room, monkeypatch):
    join(visitor, room)
    answer = api._answer

    def and_then_delete(*args):
        found = answer(*args)
        Room.objects.filter(pk=room.pk).update(state="deleting", code=None)
        return found

    monkeypatch.setattr(api, "_answer", and_then_delete)
    assert Drawing.objects.get(pk=visitor.draw()["id"]).room is None


def test_versions_of_rooms_share_one_name_in_the_metrics(visitor, room, own_version):
    join(visitor, room)
    before = set(_versions_in_metrics())
    visitor.draw()
    assert set(_versions_in_metrics()) - before <= {metrics.OF_A_ROOM}
    assert metrics.OF_A_ROOM in _versions_in_metrics()


def _versions_in_metrics() -> list[str]:
    return [sample.labels["version"] for family in metrics.CONFIDENCE.collect() for sample in family.samples]


def test_a_rooms_own_version_answers_its_members_alone(visitor, other_visitor, room, own_version):
    join(visitor, room)
    assert visitor.draw()["model_version"] == own_version.number
    assert visitor.send("recognitions", SEVEN).json()["model_version"] == own_version.number
    assert other_visitor.draw()["model_version"] != own_version.number


def test_looking_inside_shows_members_the_version_that_answers_them(visitor, room, own_version):
    join(visitor, room)
    found = visitor.send("explanations", SEVEN).json()
    assert found["answer"]["model_version"] == own_version.number


def test_nobody_else_looks_into_a_rooms_version(visitor, room, own_version):
    assert visitor.send(f"explanations?model_version={own_version.number}", SEVEN).status_code == 422


def test_where_a_rooms_version_cannot_be_loaded_the_live_one_answers(visitor, room, own_version):
    join(visitor, room)
    own_version.weights.storage.delete(own_version.weights.name)
    recognition.forget()
    assert visitor.draw()["model_version"] != own_version.number


def test_a_member_is_found_in_one_query_and_others_in_none(visitor, other_visitor, room, django_assert_max_num_queries):
    join(visitor, room)
    other_visitor.send("recognitions", SEVEN)
    with django_assert_max_num_queries(1):  # which version is live
        assert other_visitor.send("recognitions", SEVEN).status_code == 200
    with django_assert_max_num_queries(2):
        assert visitor.send("recognitions", SEVEN).status_code == 200


def test_a_rooms_version_never_goes_live(room, own_version):
    with pytest.raises(versions.VersionError, match="trained for a room"):
        versions.promote(own_version)
    with override("de"), pytest.raises(versions.VersionError, match="wurde für einen Raum trainiert"):
        versions.promote(own_version)


def test_the_weights_that_answer_in_a_room_are_kept(room, own_version):
    assert own_version.pk in versions.spared()


@pytest.mark.parametrize(("shares", "shown"), [("yes", 1), ("no", 0)])
def test_who_keeps_drawings_from_the_room_keeps_them_from_strangers_too(visitor, room, shares, shown):
    visitor.draw()
    Drawing.objects.update(room=None)
    OfVisitor.objects.update(shared_at=timezone.now())
    visitor.post(f"/rooms/{room.code}/join/", {"shares": shares})
    drawn = visitor.draw()["id"]
    assert asking.askable().filter(pk=drawn).count() == shown
    assert asking.askable().filter(room=None).count() == 1
