"""What visitors say of others' drawings is kept once, at a human pace, and only of what the site asked them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer import asking, drawings, opinions, visitors
from recognizer.models import Drawing, Label, LabelSkip, LabelVote, Visitor

from .test_agreement import RECORD, drawn, drawn_by_known, says, somebody, trusted, two_must_agree  # noqa: F401

pytestmark = pytest.mark.django_db


def asked() -> tuple[Visitor, Drawing, str]:
    """A visitor with a question in hand."""
    visitor, drawing = somebody(), drawn()
    return visitor, drawing, asking.ask(visitor).ticket


def test_the_first_answer_stands():
    visitor, drawing = somebody(), drawn()
    says(visitor, drawing, 7)
    assert says(visitor, drawing, 1).digit == 7
    assert LabelVote.objects.count() == 1


def test_who_could_not_tell_does_not_vote_later():
    visitor, _, ticket = asked()
    opinions.skip(visitor, ticket)
    opinions.vote(visitor, ticket, 7)
    assert not LabelVote.objects.exists()


@pytest.mark.parametrize("digit", [10, -1, 1.5, "7", True])
def test_what_is_no_digit_is_refused_in_words(digit):
    with pytest.raises(opinions.OpinionError, match="is no digit"):
        says(somebody(), drawn(), digit)


def test_nobody_votes_with_a_question_that_was_not_asked_or_was_asked_of_somebody_else():
    visitor, other, drawing = somebody(), somebody(), drawn()
    for ticket in (f"{visitor.pk}.{drawing.pk}", asking.ask(other).ticket, ""):
        with pytest.raises(opinions.NotAsked, match="load the page again"):
            opinions.vote(visitor, ticket, 7)
    assert not LabelVote.objects.exists()


def test_a_drawing_that_was_deleted_meanwhile_is_said():
    visitor, drawing, ticket = asked()
    drawings.delete(drawing)
    with pytest.raises(opinions.Gone):
        opinions.vote(visitor, ticket, 7)


@pytest.mark.parametrize("answer", [opinions.skip, lambda *one: opinions.vote(*one, 7)])
def test_consent_that_is_withdrawn_while_a_question_is_open_holds_at_once(answer):
    visitor, drawing, ticket = asked()
    visitors.let_others_see(drawing.visitor, False)
    with pytest.raises(opinions.Gone, match="not shown to others any more"):
        answer(visitor, ticket)
    assert not LabelVote.objects.exists()
    assert not LabelSkip.objects.exists()


def test_what_is_hidden_while_a_question_is_open_gets_no_vote():
    visitor, drawing, ticket = asked()
    Drawing.objects.filter(pk=drawing.pk).update(hidden_as="hidden", hidden_at=timezone.now())
    with pytest.raises(opinions.Gone):
        opinions.vote(visitor, ticket, 7)


def test_who_is_blocked_while_a_question_is_open_does_not_vote():
    visitor, _, ticket = asked()
    Visitor.objects.filter(pk=visitor.pk).update(blocked_at=timezone.now())
    with pytest.raises(opinions.Gone):
        opinions.vote(visitor, ticket, 7)


def test_votes_and_skips_go_with_their_drawing():
    visitor, drawing, ticket = asked()
    opinions.skip(visitor, ticket)
    says(somebody(), drawing, 7)
    drawings.delete(drawing)
    assert not LabelVote.objects.exists()
    assert not LabelSkip.objects.exists()


class TestPace:
    @pytest.fixture(autouse=True)
    def three_a_minute_and_five_a_day(self, settings):
        settings.SECOND_OPINIONS_A_MINUTE, settings.SECOND_OPINIONS_A_DAY = 3, 5

    def give(self, visitor: Visitor, times: int, *, ago_seconds: float = 0.0) -> None:
        for number in range(times):
            kept = opinions.skip(visitor, asking.ticket(visitor, drawn())) if number % 2 else says(visitor, drawn(), 7)
            moment = timezone.now() - timedelta(seconds=ago_seconds)
            type(kept).objects.filter(pk=kept.pk).update(created_at=moment)

    def test_more_answers_than_a_person_gives_in_a_minute_are_refused(self):
        visitor = somebody()
        self.give(visitor, 3, ago_seconds=20.0)
        with pytest.raises(opinions.TooFast, match="3 answers within a minute") as refused:
            says(visitor, drawn(), 7)
        assert 30 <= refused.value.retry_after_seconds <= 40
        assert LabelVote.objects.count() + LabelSkip.objects.count() == 3

    def test_they_are_taken_again_when_the_minute_is_over(self):
        visitor = somebody()
        self.give(visitor, 3, ago_seconds=61.0)
        assert says(visitor, drawn(), 7).digit == 7

    def test_more_than_a_persons_in_a_day_are_refused(self):
        visitor = somebody()
        self.give(visitor, 3, ago_seconds=3600.0)
        self.give(visitor, 2, ago_seconds=1800.0)
        with pytest.raises(opinions.TooFast, match="5 answers within a day"):
            says(visitor, drawn(), 7)

    def test_each_visitor_has_an_own_pace(self):
        self.give(somebody(), 3)
        assert says(somebody(), drawn(), 7).digit == 7

    def test_an_answer_that_is_sent_again_is_not_refused(self):
        visitor, drawing = somebody(), drawn()
        says(visitor, drawing, 7)
        self.give(visitor, 2)
        assert says(visitor, drawing, 7).digit == 7


class TestTold:
    def test_nothing_is_told_before_a_whole_group_of_answers(self, monkeypatch):
        monkeypatch.setattr(opinions, "TOLD_EVERY", 4)
        visitor = somebody()
        for _ in range(3):
            says(visitor, drawn(state=Label.State.ACCEPTED), 7)
        assert opinions.told(visitor) == opinions.Told(given=3, counted=0, reviewed=0, same=0)

    def test_what_is_told_does_not_move_with_single_answers(self, monkeypatch):
        monkeypatch.setattr(opinions, "TOLD_EVERY", 4)
        visitor = somebody()
        for state, digit in (("accepted", 7), ("unreviewed", 7), ("accepted", 1), ("unreviewed", 1)):
            says(visitor, drawn(state=state), digit)
        assert opinions.told(visitor) == opinions.Told(given=4, counted=4, reviewed=2, same=1)
        for number in range(3):
            says(visitor, drawn(state=Label.State.ACCEPTED), 7)
            assert opinions.told(visitor) == opinions.Told(given=5 + number, counted=4, reviewed=2, same=1)
