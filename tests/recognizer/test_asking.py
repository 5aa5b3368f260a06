"""Which drawings visitors are asked about: by chance, never their own, and never what others may not be shown."""

from base64 import urlsafe_b64decode

import numpy as np
import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from recognizer import asking, drawings, opinions, tokens, visitors
from recognizer.models import Drawing, Label, LabelSkip, LabelVote, ModelVersion, Visitor

from .conftest import new_version
from .test_agreement import drawn, somebody, two_must_agree  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def asked(visitor: Visitor, seed: int = 0) -> Drawing | None:
    question = asking.ask(visitor, np.random.default_rng(seed))
    return question and question.drawing


def test_it_asks_about_each_drawing_of_others_once():
    visitor = somebody()
    drawn(visitor)
    expected = {drawn().pk, drawn().pk, drawn(state=Label.State.ACCEPTED).pk}
    seen, random = [], np.random.default_rng(0)
    while question := asking.ask(visitor, random):
        seen.append(question.drawing.pk)
        opinions.vote(visitor, question.ticket, 7)
    assert (len(seen), set(seen)) == (3, expected)


def test_about_half_of_the_first_questions_are_about_drawings_that_people_reviewed():
    for _ in range(4):
        drawn()
        drawn(state=Label.State.ACCEPTED)
    random = np.random.default_rng(0)
    states = [asking.ask(somebody(), random).drawing.label.state for _ in range(60)]
    assert 20 < states.count("accepted") < 40


def test_which_drawing_it_asks_about_is_a_matter_of_chance():
    for _ in range(20):
        drawn()
    random = np.random.default_rng(0)
    assert len({asking.ask(somebody(), random).drawing.pk for _ in range(20)}) > 8


def test_who_asks_again_gets_the_same_question_until_it_is_answered():
    for _ in range(20):
        drawn()
    visitor = somebody()
    questions = [asking.ask(visitor) for _ in range(5)]
    assert {question.ticket for question in questions} == {questions[0].ticket}
    opinions.vote(visitor, questions[0].ticket, 7)
    assert asking.ask(visitor).ticket != questions[0].ticket


def test_what_one_could_not_tell_is_not_asked_again():
    visitor, drawing = somebody(), drawn()
    opinions.skip(visitor, asking.ask(visitor).ticket)
    assert asking.ask(visitor) is None
    assert LabelSkip.objects.get().drawing == drawing
    assert not LabelVote.objects.exists()


def test_the_question_behind_the_one_in_hand_is_the_one_that_then_comes():
    for _ in range(20):
        drawn()
    visitor = somebody()
    for _ in range(10):
        first = asking.ask(visitor)
        second = asking.ask(visitor, after=first.ticket)
        assert second.drawing != first.drawing
        opinions.vote(visitor, first.ticket, 7)
        assert asking.ask(visitor).ticket == second.ticket


def test_behind_the_last_question_there_is_none():
    visitor, _ = somebody(), drawn()
    assert asking.ask(visitor, after=asking.ask(visitor).ticket) is None


def test_only_an_own_ticket_leads_on():
    visitor, _ = somebody(), drawn()
    with pytest.raises(tokens.TokenError):
        asking.ask(visitor, after=asking.ask(somebody()).ticket)


def test_it_does_not_ask_about_what_needs_no_answer():
    drawn(means=None)
    drawn(state=Label.State.REJECTED)
    drawn(somebody(held_out=True))
    assert asked(somebody()) is None


@pytest.mark.parametrize("why", [*Drawing.Hidden.values])
def test_it_never_shows_what_is_hidden(why):
    for state in ("unreviewed", "accepted"):
        drawn(state=state, hidden_as=why, hidden_at=timezone.now())
    assert asked(somebody()) is None


def test_it_never_shows_what_its_visitor_does_not_share():
    owner = somebody(shared_at=None)
    drawn(owner)
    assert asked(somebody()) is None
    visitors.let_others_see(owner, True)
    assert asked(somebody()) is not None
    visitors.let_others_see(owner, False)
    assert asked(somebody()) is None


def test_a_blocked_visitor_is_neither_asked_nor_asked_about():
    blocked = somebody(blocked_at=timezone.now())
    drawn(blocked)
    assert asked(somebody()) is None
    drawn()
    assert asked(blocked) is None


def test_a_ticket_tells_nothing_of_the_drawing():
    visitor, drawing = somebody(id=987_654), drawn(id=123_456_789)
    ticket = asking.ask(visitor).ticket
    plain = urlsafe_b64decode(ticket + "==")
    for number in (visitor.pk, drawing.pk):
        assert str(number) not in ticket
        assert number.to_bytes(4, "big") not in plain
    assert len(ticket) == len(asking.ticket(visitor, drawn(id=1)))


def test_where_hardly_anybody_shares_the_few_are_found(monkeypatch):
    monkeypatch.setattr(asking, "WINDOW", 2)
    monkeypatch.setattr(asking, "WINDOWS", 1)
    private = somebody(shared_at=None)
    for _ in range(12):
        drawn(private)
    shared = drawn()
    for _ in range(12):
        drawn(private)
    assert {asked(somebody(), seed) for seed in range(5)} == {shared}


def test_asking_takes_the_same_number_of_queries_for_any_number_of_drawings(django_assert_max_num_queries):
    for _ in range(12):
        drawn()
    visitor = somebody()
    with django_assert_max_num_queries(16):
        asking.ask(visitor)
    for _ in range(40):
        drawn(somebody(shared_at=None))
    with django_assert_max_num_queries(16):
        asking.ask(visitor)


ACTS = ["draw", "share", "stop", "hide", "show", "block", "unblock", "accept", "reject", "ask", "skip"]
HISTORIES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), max_size=30)


class RandomHistories(TestCase):
    """Whatever happened before: what a visitor is asked about may be shown to that visitor at that moment."""

    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(HISTORIES)
    def test_nobody_is_ever_shown_what_is_not_for_them(self, acts):
        version = ModelVersion.objects.first() or new_version(1)
        people = [Visitor.objects.create() for _ in range(3)]
        for act, number in acts:
            self.do(act, number, people, version)
        for person in people:
            person.refresh_from_db()
            self.check(person, asking.ask(person))

    def do(self, act, number, people, version):
        person = people[number % 3]
        known = list(Drawing.objects.order_by("pk"))
        drawing = known[number % len(known)] if known else None
        if act == "draw":
            drawn(person)
        elif act in ("share", "stop"):
            visitors.let_others_see(person, act == "share")
        elif act in ("block", "unblock"):
            Visitor.objects.filter(pk=person.pk).update(blocked_at=timezone.now() if act == "block" else None)
        elif act in ("ask", "skip"):
            person.refresh_from_db()
            question = asking.ask(person)
            self.check(person, question)
            if question:
                (opinions.skip if act == "skip" else lambda *one: opinions.vote(*one, 7))(person, question.ticket)
        elif drawing and act in ("hide", "show"):
            hidden = {"hidden_as": "hidden", "hidden_at": timezone.now()}
            Drawing.objects.filter(pk=drawing.pk).update(
                **hidden if act == "hide" else {"hidden_as": "", "hidden_at": None}
            )
        elif drawing:
            drawings.review([drawing.pk], f"{act}ed", by=None)

    def check(self, person, question):
        if question is None:
            return
        drawing = Drawing.objects.select_related("visitor", "label").get(pk=question.drawing.pk)
        assert person.blocked_at is None
        assert drawing.visitor != person
        assert drawing.visitor.shared_at is not None
        assert drawing.visitor.blocked_at is None
        assert drawing.hidden_as == ""
        assert drawing.label.state != Label.State.REJECTED
        assert not LabelVote.objects.filter(drawing=drawing, visitor=person).exists()
        assert not LabelSkip.objects.filter(drawing=drawing, visitor=person).exists()


@pytest.mark.parametrize("gone", ["nobody shares any more", "no label is left"])
@pytest.mark.parametrize("moment", range(1, 13))
def test_what_goes_while_it_looks_is_no_error(gone, moment):
    """After each statement in turn, as if another request had come between."""
    for state in (Label.State.ACCEPTED, Label.State.UNREVIEWED):
        drawn(state=state)
    visitor, statements = somebody(), []

    def meddle(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        statements.append(sql)
        if len(statements) == moment:
            with transaction.atomic():
                if gone == "no label is left":
                    Label.objects.all().delete()
                Visitor.objects.update(shared_at=None)
        return result

    with connection.execute_wrapper(meddle):
        question = asking.ask(visitor, np.random.default_rng(0))
    assert len(statements) >= min(moment, 4)
    assert question is None or question.drawing.visitor_id != visitor.pk
