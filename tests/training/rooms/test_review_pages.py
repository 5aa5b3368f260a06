"""The teacher's review: for the room alone, one by one and many at once, and taken back."""

from uuid import uuid4

import pytest
from django.utils import timezone

from recognizer import drawings
from recognizer.models import Label
from tests.training.rooms.conftest import drawn_in, member
from training import snapshots
from training.rooms import reviewing


@pytest.fixture
def waits(room):
    """A drawing that its member says is a 7."""
    return drawn_in(room, member(room, "a"), 7, state="unreviewed")


def decide(desk, room, drawing, decision: str, changes: dict | None = None):
    body = {"drawing": drawing.pk, "decision": decision, "claim": "7", "key": str(uuid4())} | (changes or {})
    return desk.post(f"/rooms/desk/{room.code}/review/decide/", body, headers={"accept": "application/json"})


def label(drawing) -> Label:
    return Label.objects.get(pk=drawing.pk)


@pytest.mark.parametrize(
    ("decision", "state", "digit"),
    [("accept", "accepted", 7), ("reject", "rejected", 7), ("1", "accepted", 1), ("none", "accepted", None)],
)
def test_a_press_decides_for_the_room_alone(desk, room, waits, teacher, decision, state, digit):
    answer = decide(desk, room, waits, decision).json()
    found = label(waits)
    assert (found.state, found.digit, found.by_room, found.reviewed_by) == (state, digit, True, teacher)
    assert answer["waiting"] == 0


def test_the_same_press_sent_twice_is_one(desk, room, waits):
    key = str(uuid4())
    first, second = (decide(desk, room, waits, "1", {"key": key}).json() for _ in range(2))
    assert first == second
    assert waits.decisions.count() == 1


def test_a_label_that_changed_meanwhile_is_left_alone(desk, room, waits):
    drawings.set_label(waits, 3)
    assert decide(desk, room, waits, "accept").status_code == 409
    assert label(waits).state == "unreviewed"


def test_a_drawing_of_another_room_is_not_decided_on(desk, room, teacher):
    from recognizer.rooms import running

    other = running.create(name="8a", owner=teacher)
    foreign = drawn_in(other, member(other, "b"), 7, state="unreviewed")
    assert decide(desk, room, foreign, "accept").status_code == 409
    assert label(foreign).state == "unreviewed"


@pytest.mark.parametrize("changes", [{"decision": "hide"}, {"claim": "x"}, {"key": "1"}, {"drawing": "x"}])
def test_what_is_no_decision_is_refused(desk, room, waits, changes):
    assert decide(desk, room, waits, "accept", changes).status_code == 400


def test_a_press_is_taken_back(desk, room, waits):
    key = decide(desk, room, waits, "1").json()["key"]
    desk.post(f"/rooms/desk/{room.code}/review/undo/", {"key": key})
    found = label(waits)
    assert (found.state, found.digit, found.by_room) == ("unreviewed", 7, False)


def test_what_was_decided_elsewhere_is_not_taken_back_here(desk, room, waits, teacher):
    key = uuid4()
    drawings.review([waits.pk], "accepted", by=None, batch=key)
    desk.post(f"/rooms/desk/{room.code}/review/undo/", {"key": str(key)})
    assert label(waits).state == "accepted"


def test_a_site_reviewers_decision_counts_for_the_site_again(room, waits):
    drawings.review([waits.pk], "accepted", by=None, by_room=True)
    drawings.review([waits.pk], "accepted", by=None)
    assert not label(waits).by_room


def test_a_changed_claim_is_no_longer_the_teachers(room, waits):
    drawings.review([waits.pk], "accepted", by=None, by_room=True)
    drawings.set_label(waits, 4)
    assert not label(waits).by_room


def test_what_a_teacher_accepted_trains_the_site_only_where_a_setting_says_so(room, waits, settings):
    drawings.review([waits.pk], "accepted", by=None, by_room=True)
    assert not snapshots.learnable().exists()
    settings.ROOM_LABELS_TRAIN_SITE = True
    assert snapshots.learnable().exists()


def test_what_measures_a_room_never_trains_the_site(room, settings):
    settings.ROOM_LABELS_TRAIN_SITE = True
    for name in "abc":
        drawn_in(room, member(room, name), 7)
    assert snapshots.learnable().count() == 2


def test_the_preview_shows_what_member_and_network_agree_on_and_accepts_what_kept_its_tick(desk, room):
    who = member(room, "a")
    made = [drawn_in(room, who, 7, state="unreviewed", seed=seed) for seed in range(3)]
    for drawing in made:
        type(drawing.prediction).objects.filter(pk=drawing.pk).update(digit=7, reason="")
    page = desk.get(f"/rooms/desk/{room.code}/review/many/").content.decode()
    assert page.count('name="drawing"') == 3
    body = {"key": str(uuid4()), "seen_at": timezone.now().isoformat(), "drawing": [made[0].pk, made[1].pk]}
    desk.post(f"/rooms/desk/{room.code}/review/many/", body)
    assert [label(drawing).state for drawing in made] == ["accepted", "accepted", "unreviewed"]
    assert label(made[0]).by_room


def test_what_changed_since_the_preview_goes_on_waiting(desk, room, waits):
    seen_at = timezone.now().isoformat()
    drawings.set_label(waits, 1)
    body = {"key": str(uuid4()), "seen_at": seen_at, "drawing": waits.pk}
    response = desk.post(f"/rooms/desk/{room.code}/review/many/", body, follow=True)
    assert label(waits).state == "unreviewed"
    assert "1 has changed since you saw it" in response.content.decode()


def test_many_are_taken_back_at_one_press(desk, room, waits, teacher):
    key = uuid4()
    reviewing.accept(room, [waits.pk], by=teacher, seen_at=timezone.now(), batch=key)
    desk.post(f"/rooms/desk/{room.code}/review/undo/", {"key": str(key)})
    assert label(waits).state == "unreviewed"


def test_the_page_asks_as_much_for_many_cards_as_for_one(desk, room, waits, django_assert_num_queries):
    who = member(room, "b")
    with django_assert_num_queries(8):  # session, user, two for permissions, the room, two counts, the cards
        assert desk.get(f"/rooms/desk/{room.code}/review/").status_code == 200
    for seed in range(4):
        drawn_in(room, who, 3, state="unreviewed", seed=seed)
    with django_assert_num_queries(8):
        assert desk.get(f"/rooms/desk/{room.code}/review/").status_code == 200


def test_what_a_teacher_accepts_gives_nobody_a_record_among_visitors(room, waits):
    from recognizer import agreement

    drawings.review([waits.pk], "accepted", by=None, by_room=True)
    assert agreement.record(waits.visitor).answers == 0
    drawings.review([waits.pk], "accepted", by=None)
    assert agreement.record(waits.visitor).answers == 1


def test_the_life_of_a_drawing_says_that_it_counts_in_its_room(room, waits):
    from training import life

    drawings.review([waits.pk], "accepted", by=None, by_room=True)
    waits.refresh_from_db()
    steps = {step.name: step for step in life.steps(waits, is_own=True)}
    assert "counts in the room alone" in steps["learnt"].words
