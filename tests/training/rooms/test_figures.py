"""A room in numbers."""

import pytest

from recognizer.models import Drawing, Prediction
from tests.training.rooms.conftest import drawn_in, member
from training.rooms import figures


def read_as(drawing: Drawing, digit: int | None) -> None:
    Prediction.objects.filter(drawing=drawing).update(digit=digit, reason="" if digit is not None else "not_a_digit")


@pytest.fixture
def counted(room):
    who = member(room, "a")
    for seed, (meant, read) in enumerate([(4, 4), (4, 9), (4, 9), (4, None), (7, 7)]):
        read_as(drawn_in(room, who, meant, seed=seed), read)
    return figures.of(room)


def test_right_and_wrong_are_counted_by_labels(counted):
    assert (counted.drawings, counted.said, counted.right, counted.wrong, counted.rejected) == (5, 5, 2, 3, 1)


def test_the_matrix_has_a_column_for_no_digit(counted):
    assert [cell.count for cell in counted.rows[4].cells] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 1]


def test_the_hardest_digit_says_what_it_is_taken_for(counted):
    (hardest,) = counted.hardest
    assert (hardest.digit, hardest.wrong, hardest.mistaken_for.answer) == (4, 3, 9)


def test_a_rejected_label_says_nothing(room):
    drawn_in(room, member(room, "a"), 4, state="rejected")
    assert figures.of(room).said == 0


def test_what_is_hidden_or_of_another_room_is_not_counted(room, teacher):
    from recognizer import moderation
    from recognizer.rooms import running

    who = member(room, "a")
    moderation.hide([drawn_in(room, who, 4).pk], by=None)
    other = running.create(name="8a", owner=teacher)
    drawn_in(other, who, 4, seed=1)
    assert figures.of(room).drawings == 0


def test_an_empty_room_has_no_share(room):
    empty = figures.of(room)
    assert (empty.accuracy, empty.members, empty.hardest) == (None, 0, [])
