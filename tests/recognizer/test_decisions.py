"""The audit trail of labels: every decision is in it, and each can be taken back while nothing has come after it."""

from uuid import uuid4

import pytest

from recognizer import decisions, drawings, trail
from recognizer.models import Decision, Drawing, Label
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
ACCEPTED, REJECTED = Label.State.ACCEPTED, Label.State.REJECTED


@pytest.fixture
def reviewer():
    return rows.staff(name="rita")


@pytest.fixture
def drawing():
    return rows.drawing(rows.version(), read=1, means=7)


def kinds() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("kind", flat=True))


def label_of(drawing: Drawing) -> Label:
    return Label.objects.get(drawing=drawing)


def test_each_kind_of_decision_is_called_by_its_name(drawing, reviewer):
    bare = rows.drawing(drawing.prediction.version, read=3)
    drawings.review([drawing.pk], ACCEPTED, by=reviewer)
    drawings.review([drawing.pk], REJECTED, by=reviewer)
    drawings.review([drawing.pk], ACCEPTED, by=reviewer, digit=1)
    drawings.review([bare.pk], ACCEPTED, by=reviewer, digit=None)
    assert kinds() == ["accept", "reject", "relabel", "relabel"]


def test_the_trail_says_who_decided_and_for_how_long_it_was_looked_at(drawing, reviewer):
    batch = uuid4()
    drawings.review([drawing.pk], ACCEPTED, by=reviewer, batch=batch, seconds=1.5)
    decision = Decision.objects.get()
    assert (decision.by, decision.batch, decision.seconds, decision.drawing) == (reviewer, batch, 1.5, drawing)


def test_what_agreement_accepts_and_gives_back_is_in_the_trail(drawing):
    drawings.agree(drawing.pk, 7)
    drawings.disagree(drawing.pk)
    assert kinds() == ["agree", "reopen"]


def test_a_review_that_changes_nothing_leaves_no_trace(drawing, reviewer):
    assert drawings.review([drawing.pk], ACCEPTED, by=reviewer, claim=3) == 0
    assert kinds() == []


@pytest.mark.parametrize("digit", [1, None])
def test_undoing_puts_a_claim_back_as_it_was(drawing, reviewer, digit):
    before = decisions.states([drawing.pk])
    drawings.review([drawing.pk], ACCEPTED, by=reviewer, digit=digit)
    undone = decisions.undo(Decision.objects.get(), by=reviewer)
    assert decisions.states([drawing.pk]) == before
    assert (undone.kind, undone.undoes.undone_at is not None) == ("undo", True)


def test_undoing_a_second_decision_brings_the_first_back(drawing, reviewer):
    drawings.review([drawing.pk], ACCEPTED, by=reviewer)
    first = decisions.states([drawing.pk])
    drawings.review([drawing.pk], REJECTED, by=rows.staff(name="ron"))
    decisions.undo(Decision.objects.first(), by=reviewer)
    assert decisions.states([drawing.pk]) == first
    assert label_of(drawing).reviewed_by == reviewer


def test_undoing_a_label_that_a_reviewer_added_takes_it_away(reviewer):
    bare = rows.drawing(rows.version(), read=3)
    drawings.review([bare.pk], ACCEPTED, by=reviewer, digit=3)
    decisions.undo(Decision.objects.get(), by=reviewer)
    assert not Label.objects.exists()


def test_nothing_is_undone_twice_or_after_the_label_changed(drawing, reviewer):
    drawings.review([drawing.pk], ACCEPTED, by=reviewer)
    decision = Decision.objects.get()
    drawings.set_label(drawing, 2)
    with pytest.raises(decisions.DecisionError, match="has changed since"):
        decisions.undo(decision, by=reviewer)
    drawings.review([drawing.pk], ACCEPTED, by=reviewer)
    decisions.undo(Decision.objects.first(), by=reviewer)
    with pytest.raises(decisions.DecisionError, match="taken back before"):
        decisions.undo(Decision.objects.get(kind="accept", undone_at__isnull=False), by=reviewer)
    assert label_of(drawing).digit == 2


def test_a_batch_is_taken_back_except_for_what_has_changed_since(reviewer):
    version, batch = rows.version(), uuid4()
    known = [rows.drawing(version, means=7) for _ in range(3)]
    drawings.review([d.pk for d in known], ACCEPTED, by=reviewer, batch=batch)
    drawings.set_label(known[0], 2)
    assert trail.undo_press(batch, by=reviewer) == (2, 1)
    assert Label.objects.filter(state=Label.State.UNREVIEWED).count() == 3


def test_of_the_trail_of_a_deleted_drawing_stays_who_decided_and_when(drawing, reviewer):
    drawings.review([drawing.pk], ACCEPTED, by=reviewer)
    drawings.delete(drawing)
    kept = Decision.objects.get()
    assert (kept.kind, kept.by, kept.drawing, kept.before, kept.after) == ("accept", reviewer, None, None, None)
