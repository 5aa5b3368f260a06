"""A room's version against the live one, on members whom neither has met."""

import threading

import numpy as np
import pytest

from recognizer import recognition, versions
from recognizer.models import Drawing, Membership, ModelVersion
from recognizer.recognition import Recognition
from recognizer.rooms import running
from tests.training.making import weights_file
from tests.training.rooms.conftest import classroom, drawn_in, member
from training.paired import Paired
from training.rooms import contest


@pytest.fixture(autouse=True)
def nothing_remembered():
    contest.forget()
    yield
    contest.forget()


@pytest.fixture
def own(room) -> ModelVersion:
    return versions.register(weights_file(9), source=ModelVersion.Source.TRAINED, room_id=room.pk)


@pytest.fixture
def one_reads_right(monkeypatch, own):
    """The room's version reads everything right, and the live one nothing."""

    real = recognition.recognise_all

    def answers(seen, model):
        if not model.number:  # who draws is answered by a network of the tests' own
            return real(seen, model)
        labels = {bytes(row.seen): row.label.digit for row in Drawing.objects.select_related("label")}
        right = [labels[one.image.tobytes()] for one in seen]
        digits = right if model.version_id == own.pk else [(digit + 1) % 10 for digit in right]
        rest = ([0.1] * 10, None, model.number, model.version_id, np.zeros((28, 28)))
        return [Recognition(digit, 0.9, *rest) for digit in digits]

    monkeypatch.setattr(recognition, "recognise_all", answers)


def test_it_is_on_the_drawings_of_members_who_measure_alone(room, own):
    classroom(room)
    assert contest.of(room, own).paired.n == 6


def test_a_clear_winner_is_named_with_how_sure_that_is(room, own, one_reads_right):
    classroom(room)
    found = contest.of(room, own)
    assert (found.rows[0].right, found.rows[1].right) == (6, 0)
    assert f"6 more are read right by version {own.number}" in found.sentence
    assert "more than chance (p = 0.031)" in found.sentence


def test_too_few_are_said_to_be_too_few(room, own, one_reads_right):
    for name in "abc":
        drawn_in(room, member(room, name), 7)
    assert "too few to tell which is better (p = 1.00)" in contest.of(room, own).sentence


def test_without_a_drawing_that_measures_it_says_what_is_missing(room, own):
    assert "nothing to compare on yet" in contest.of(room, own).sentence


def test_drawings_on_which_they_differ_are_shown(room, own, one_reads_right):
    classroom(room)
    shown = contest.flips(room, contest.of(room, own))
    assert (len(shown["gained"]), len(shown["lost"])) == (6, 0)
    assert shown["gained"][0].own == shown["gained"][0].label


def test_drawings_of_who_keeps_them_to_oneself_count_and_are_not_shown(room, own, one_reads_right):
    who = classroom(room)
    Membership.objects.filter(visitor=who[2]).update(shared_at=None)
    found = contest.of(room, own)
    assert (found.paired.n, contest.flips(room, found)) == (6, {"gained": [], "lost": []})


def test_it_is_read_again_only_when_something_changed(room, own, monkeypatch):
    who = classroom(room)
    read = []
    answer = recognition.recognise_all
    monkeypatch.setattr(recognition, "recognise_all", lambda *args: read.append(args) or answer(*args))
    contest.of(room, own)
    contest.of(room, own)
    assert len(read) == 2  # one for each of the two
    drawn_in(room, who[2], 7, seed=77)
    read.clear()  # what answered who drew
    assert contest.of(room, own).paired.n == 7
    assert len(read) == 2


def test_who_answers_now_is_marked(room, own):
    running.answer_with(room, own)
    assert [side.answers for side in contest.of(room, own).rows] == [True, False]


def test_a_version_without_weights_is_no_contest(room, own):
    versions.remove_weights(own.pk)
    own.refresh_from_db()
    recognition.forget()
    with pytest.raises(versions.VersionError, match="were removed"):
        contest.of(room, own)


def test_pages_that_ask_at_the_same_moment_have_it_read_once():
    kept, made, release = contest._Kept(), [], threading.Event()

    def make():
        made.append(threading.current_thread())
        if len(made) == 2:
            release.set()
        release.wait(10)
        return Paired.empty("room", most_flips=1)

    askers = [threading.Thread(target=kept.made, args=("key", make)) for _ in range(2)]
    for asker in askers:
        asker.start()
    release.wait(0.2)  # as long as a second one would have to come in
    release.set()
    for asker in askers:
        asker.join(10)
    assert len(made) == 1
