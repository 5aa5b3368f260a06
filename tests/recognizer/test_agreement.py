"""Labels are accepted by agreement only where visitors with a good record say the same; people have the last word."""

from itertools import count

import pytest
from django.utils import timezone

from recognizer import agreement, asking, drawings, opinions
from recognizer.models import Drawing, Label, LabelVote, ModelVersion, Visitor
from tests import admin_rows as rows

from .conftest import new_version

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

RECORD = 5
seeds = count(1)


@pytest.fixture(autouse=True)
def two_must_agree(settings):
    settings.LABEL_AGREEMENT = 2
    settings.AGREEMENT_RECORD_ANSWERS = RECORD
    settings.AGREEMENT_RECORD_SHARE = 0.8


def somebody(**fields) -> Visitor:
    return Visitor.objects.create(**{"shared_at": timezone.now()} | fields)


def drawn(by: Visitor | None = None, *, means=7, state=Label.State.UNREVIEWED, **fields) -> Drawing:
    """A drawing that the network was not sure about."""
    version = ModelVersion.objects.first() or new_version(1)
    return rows.drawing(version, means=means, state=state, visitor=by or somebody(), **{"confidence": 0.4} | fields)


def drawn_by_known(*, accepted: int = 1, **fields) -> Drawing:
    """A drawing of a visitor of whom people accepted so many labels before."""
    drawer = somebody()
    for _ in range(accepted):
        drawn(drawer, state=Label.State.ACCEPTED)
    return drawn(drawer, **fields)


def says(visitor: Visitor, drawing: Drawing, digit: int | None) -> LabelVote:
    """As if the site had asked just that."""
    return opinions.vote(visitor, asking.ticket(visitor, drawing), digit)


def trusted(right: int = RECORD, wrong: int = 0) -> Visitor:
    """A visitor with such a record."""
    visitor = somebody()
    for number in range(right + wrong):
        says(visitor, drawn(state=Label.State.ACCEPTED), 7 if number < right else 1)
    return visitor


def state(drawing: Drawing) -> tuple[str, bool]:
    label = Label.objects.get(drawing=drawing)
    return label.state, label.by_agreement


ACCEPTED_BY_AGREEMENT, OPEN = ("accepted", True), ("unreviewed", False)


class TestSettling:
    def test_two_trusted_visitors_who_say_the_same_accept_the_label(self):
        drawing = drawn_by_known()
        for _ in range(2):
            assert state(drawing) == OPEN
            says(trusted(), drawing, 7)
        assert state(drawing) == ACCEPTED_BY_AGREEMENT
        assert Label.objects.get(drawing=drawing).reviewed_by is None

    def test_it_is_off_by_default(self, settings):
        settings.LABEL_AGREEMENT = 0
        drawing = drawn_by_known()
        for _ in range(3):
            says(trusted(), drawing, 7)
        assert state(drawing) == OPEN

    @pytest.mark.parametrize(("right", "wrong"), [(0, 0), (RECORD - 1, 0), (7, 3), (0, 9)])
    def test_voices_without_a_good_record_do_not_count(self, right, wrong):
        drawing = drawn_by_known()
        says(trusted(), drawing, 7)
        says(trusted(right, wrong), drawing, 7)
        assert state(drawing) == OPEN

    def test_the_drawers_own_voice_does_not_count(self):
        drawer = trusted()
        drawn(drawer, state=Label.State.ACCEPTED)
        drawing = drawn(drawer)
        says(trusted(), drawing, 7)
        LabelVote.objects.create(drawing=drawing, visitor=drawer, digit=7)
        assert agreement.settle() == 0
        assert state(drawing) == OPEN

    def test_voices_for_another_digit_than_the_label_leave_it_to_people(self):
        drawing = drawn_by_known(means=1)
        for _ in range(3):
            says(trusted(), drawing, 7)
        assert state(drawing) == OPEN

    def test_one_trusted_voice_against_it_leaves_it_to_people(self):
        drawing = drawn_by_known()
        says(trusted(), drawing, 1)
        for _ in range(3):
            says(trusted(), drawing, 7)
        assert state(drawing) == OPEN

    def test_that_it_is_no_digit_can_be_agreed_on(self):
        drawing = drawn_by_known(means="none")
        for _ in range(2):
            says(trusted(), drawing, None)
        assert state(drawing) == ACCEPTED_BY_AGREEMENT

    def test_what_measures_is_left_to_people(self):
        drawer = somebody(held_out=True)
        drawn(drawer, state=Label.State.ACCEPTED)
        drawing = drawn(drawer)
        for _ in range(2):
            says(trusted(), drawing, 7)
        assert state(drawing) == OPEN

    @pytest.mark.parametrize("means", [1, "none"])
    def test_what_contradicts_the_network_where_it_was_sure_is_left_to_people(self, means):
        drawing = drawn_by_known(means=means, read=7, confidence=0.5)
        for _ in range(2):
            says(trusted(), drawing, None if means == "none" else means)
        assert state(drawing) == OPEN

    def test_what_contradicts_the_network_where_it_was_not_sure_can_be_agreed_on(self):
        drawing = drawn_by_known(means=1, read=7, confidence=0.49)
        for _ in range(2):
            says(trusted(), drawing, 1)
        assert state(drawing) == ACCEPTED_BY_AGREEMENT

    def test_of_a_visitor_it_accepts_no_more_labels_than_people_did(self):
        first = drawn_by_known(accepted=2)
        more = [drawn(first.visitor) for _ in range(4)]
        one, two = trusted(), trusted()
        for drawing in (first, *more):
            says(one, drawing, 7)
            says(two, drawing, 7)
        agreement.settle()
        assert [state(drawing) for drawing in (first, *more)] == [ACCEPTED_BY_AGREEMENT] * 2 + [OPEN] * 3

    @pytest.mark.parametrize("contradicted_by", ["rejected", "another digit"])
    def test_of_a_visitor_whom_people_contradicted_it_accepts_nothing(self, contradicted_by):
        drawing = drawn_by_known(accepted=3)
        wrong = drawn(drawing.visitor, means=1)
        if contradicted_by == "rejected":
            drawings.review([wrong.pk], "rejected", by=None)
        else:
            drawings.review([wrong.pk], "accepted", by=None, digit=7)
        for _ in range(2):
            says(trusted(), drawing, 7)
        assert state(drawing) == OPEN

    def test_three_who_are_honest_but_about_each_others_drawings_get_nothing_accepted(self):
        three = [trusted() for _ in range(3)]
        wrong = [drawn(one, means=1) for one in three for _ in range(4)]
        for drawing in wrong:
            for one in three:
                if one != drawing.visitor:
                    says(one, drawing, 1)
        assert agreement.settle() == 0
        assert {state(drawing) for drawing in wrong} == {OPEN}

    def test_a_drawing_without_a_label_gets_none(self):
        drawing = drawn(means=None)
        for _ in range(2):
            says(trusted(), drawing, 7)
        assert not Label.objects.filter(drawing=drawing).exists()

    def test_voices_count_once_their_visitors_have_a_record(self):
        early, drawing = somebody(), drawn_by_known()
        says(early, drawing, 7)
        says(trusted(), drawing, 7)
        for _ in range(RECORD):
            says(early, drawn(state=Label.State.ACCEPTED), 7)
        assert state(drawing) == OPEN
        assert agreement.settle() == 1
        assert state(drawing) == ACCEPTED_BY_AGREEMENT

    def test_settling_again_changes_nothing(self):
        drawing = drawn_by_known()
        for _ in range(2):
            says(trusted(), drawing, 7)
        reviewed_at = Label.objects.get(drawing=drawing).reviewed_at
        assert agreement.settle() == 0
        assert Label.objects.get(drawing=drawing).reviewed_at == reviewed_at


class TestPeople:
    @pytest.mark.parametrize("decided", ["accepted", "rejected"])
    def test_what_a_person_decided_stays(self, decided):
        drawing = drawn_by_known()
        drawings.review([drawing.pk], decided, by=None)
        for _ in range(2):
            says(trusted(), drawing, 7)
        agreement.settle()
        assert state(drawing) == (decided, False)

    def test_a_person_can_overrule_an_agreement(self):
        drawing = drawn_by_known()
        for _ in range(2):
            says(trusted(), drawing, 7)
        drawings.review([drawing.pk], "rejected", by=None)
        agreement.settle()
        assert state(drawing) == ("rejected", False)

    def test_a_claim_that_changes_is_agreed_on_anew(self):
        drawing = drawn_by_known()
        for _ in range(2):
            says(trusted(), drawing, 7)
        drawings.set_label(drawing, 1)
        agreement.settle()
        assert state(drawing) == OPEN

    def test_what_visitors_agreed_on_whose_record_goes_bad_is_left_to_people_again(self):
        one, two = trusted(), trusted()
        drawing, other = drawn_by_known(), drawn_by_known()
        for visitor in (one, two):
            says(visitor, drawing, 7)
        for visitor in (trusted(), trusted()):
            says(visitor, other, 7)
        for _ in range(RECORD):
            says(one, drawn(state=Label.State.ACCEPTED), 1)
        agreement.settle()
        assert state(drawing) == OPEN
        assert state(other) == ACCEPTED_BY_AGREEMENT


class TestRecords:
    def test_right_answers_on_reviewed_drawings_count(self):
        assert agreement.record(trusted(4, 2)) == agreement.Record(answers=6, right=4)

    def test_own_labels_count_as_people_judged_them(self):
        visitor = trusted()
        drawn(visitor, state=Label.State.REJECTED)
        drawn(visitor, state=Label.State.ACCEPTED)
        assert agreement.record(visitor) == agreement.Record(RECORD + 2, RECORD + 1)

    @pytest.mark.parametrize(("claimed", "answers", "right"), [(7, 1, 1), (1, 1, 0), ("none", 1, 0), (None, 0, 0)])
    def test_an_own_label_that_a_reviewer_had_to_correct_is_wrong(self, claimed, answers, right):
        visitor = somebody()
        drawing = drawn(visitor, means=claimed)
        for _ in range(2):  # a second review does not make it the visitor's
            drawings.review([drawing.pk], "accepted", by=None, digit=7)
        assert agreement.record(visitor) == agreement.Record(answers, right)

    def test_a_new_claim_is_the_visitors_again(self):
        visitor = somebody()
        drawing = drawn(visitor, means=1)
        drawings.review([drawing.pk], "accepted", by=None, digit=7)
        drawings.set_label(drawing, 3)
        drawings.review([drawing.pk], "accepted", by=None)
        assert agreement.record(visitor) == agreement.Record(1, 1)

    def test_what_was_accepted_by_agreement_or_is_the_visitors_own_counts_nothing(self):
        visitor, drawing = somebody(), drawn()
        says(visitor, drawing, 7)
        Label.objects.filter(drawing=drawing).update(
            by_agreement=True, state="accepted", reviewed_at="2026-11-26T00:00Z"
        )
        LabelVote.objects.create(drawing=drawn(visitor), visitor=visitor, digit=7)
        assert agreement.record(visitor) == agreement.Record()

    def test_records_take_the_same_number_of_queries_for_any_number_of_visitors(self, django_assert_num_queries):
        visitors = [trusted(1).pk for _ in range(4)]
        for part in (visitors[:1], visitors):
            with django_assert_num_queries(2):
                agreement.records(part)
