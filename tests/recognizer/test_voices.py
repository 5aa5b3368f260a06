"""Labels that trusted visitors contradict come first in the queue, with what they say; the others stay in place."""

import pytest
from django.utils import timezone

from recognizer import asking, opinions, voices
from recognizer.models import Label, LabelVote, Visitor

from .test_agreement import drawn, drawn_by_known, says, somebody, trusted, two_must_agree  # noqa: F401

pytestmark = pytest.mark.django_db


def label(drawing) -> Label:
    return Label.objects.get(drawing=drawing)


def first_in_the_queue() -> int:
    return Label.objects.filter(state="unreviewed").order_by("-priority", "drawing").first().pk


def test_a_label_that_a_trusted_visitor_contradicts_comes_first():
    drawn(), drawn()
    Label.objects.update(priority=1.25)
    contradicted = drawn_by_known()
    says(trusted(), contradicted, 1)
    assert first_in_the_queue() == contradicted.pk
    assert label(contradicted).doubts == ["visitors say: 1 (1 voice)"]


def test_all_that_they_say_is_counted():
    drawing = drawn_by_known()
    for digit in (1, 7, 1, None):
        says(trusted(), drawing, digit)
    opinions.skip(visitor := somebody(), asking.ticket(visitor, drawing))
    voices.doubt([drawing.pk])
    said = "visitors say: 1 (2 voices), 7 (1 voice) and not a digit (1 voice); 1 other could not tell"
    assert label(drawing).doubts == [said]
    assert label(drawing).priority == voices.AGAINST


def test_untrusted_voices_and_those_that_agree_cast_no_doubt():
    drawing = drawn_by_known()
    says(somebody(), drawing, 1)
    says(trusted(), drawing, 7)
    assert label(drawing).doubts == []
    assert label(drawing).priority == 0
    found = voices.of([drawing.pk])[drawing.pk]
    assert (found.said, found.untrusted) == ({7: 1}, 1)


def test_other_doubts_and_their_value_stay():
    drawing = drawn_by_known()
    Label.objects.filter(drawing=drawing).update(priority=0.5, doubts=["the network was unsure"])
    for _ in range(2):
        says(trusted(), drawing, 1)
    assert label(drawing).doubts == ["visitors say: 1 (2 voices)", "the network was unsure"]
    assert label(drawing).priority == 0.5 + voices.AGAINST


def test_a_doubt_ends_with_the_trust_of_who_spoke():
    drawing, visitor = drawn_by_known(), trusted()
    Label.objects.filter(drawing=drawing).update(priority=0.5)
    says(visitor, drawing, 1)
    Visitor.objects.filter(pk=visitor.pk).update(blocked_at=timezone.now())
    opinions.settle()
    assert (label(drawing).doubts, label(drawing).priority) == ([], 0.5)


def test_a_voice_counts_once_its_visitor_is_trusted():
    early, drawing = somebody(), drawn_by_known()
    says(early, drawing, 1)
    for _ in range(5):
        says(early, drawn(state=Label.State.ACCEPTED), 7)
    assert label(drawing).doubts == []
    opinions.settle()
    assert label(drawing).doubts == ["visitors say: 1 (1 voice)"]


def test_the_drawers_own_voice_says_nothing():
    drawing = drawn(trusted())
    LabelVote.objects.create(drawing=drawing, visitor=drawing.visitor, digit=1)
    assert voices.doubt([drawing.pk]) == 0


def test_voices_take_the_same_number_of_queries_for_any_number_of_drawings(django_assert_num_queries):
    drawings = [drawn().pk for _ in range(4)]
    for pk in drawings:
        LabelVote.objects.create(drawing_id=pk, visitor=somebody(), digit=1)
    for some in (drawings[:1], drawings):
        with django_assert_num_queries(4):  # votes, two for the records, skips
            voices.of(some)
