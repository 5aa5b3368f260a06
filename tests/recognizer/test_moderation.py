"""Hiding and blocking: what is hidden for which reason, what comes back when one ends, and the trail of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from recognizer import bans, locks, moderation, trail
from recognizer.models import BannedShape, Decision, Drawing, Visitor
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
Hidden = Drawing.Hidden
WHATS = ["hide", "show", "block", "unblock", "ban", "lift", "undo"]
VERSION: list = []  # the one that answered


def picture(kind: int) -> bytes:
    """One of a few that have no pixel in common."""
    image = np.zeros((28, 28), np.uint8)
    image[4 * kind : 4 * kind + 3, 4:24] = 255
    return image.tobytes()


def drawn(visitor: Visitor, kind: int = 0) -> Drawing:
    made = rows.drawing(VERSION[0], visitor=visitor)
    Drawing.objects.filter(pk=made.pk).update(seen=picture(kind), fingerprint=bans.shapes.fingerprint(picture(kind)))
    made.refresh_from_db()
    return made


@pytest.fixture(autouse=True)
def version(db):
    VERSION[:] = [rows.version()]


@pytest.fixture
def moderator():
    return rows.staff(name="mo")


@pytest.fixture
def pest():
    return Visitor.objects.create()


def reasons() -> list[str]:
    return list(Drawing.objects.order_by("pk").values_list("hidden_as", flat=True))


def kinds() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("kind", flat=True))


def test_a_hidden_drawing_is_hidden_once_and_shown_again(pest, moderator):
    one = drawn(pest)
    assert [moderation.hide([one.pk], by=moderator, reason="rude") for _ in range(2)] == [1, 0]
    assert reasons() == [Hidden.BY_PERSON]
    assert not Drawing.objects.visible().exists()
    assert [moderation.show([one.pk], by=moderator) for _ in range(2)] == [1, 0]
    assert reasons() == [""]
    assert kinds() == ["hide", "show"]
    assert Decision.objects.get(kind="hide").reason == "rude"


def test_many_are_hidden_in_one_batch_of_several_pages(pest, moderator, monkeypatch):
    monkeypatch.setattr(locks, "IDS_AT_ONCE", 2)
    ids = [drawn(pest).pk for _ in range(5)]
    assert moderation.hide(ids, by=moderator) == 5
    assert set(reasons()) == {Hidden.BY_PERSON}
    batch = Decision.objects.values_list("batch", flat=True).distinct().get()
    assert trail.undo_press(batch, by=moderator) == (5, 0)
    assert set(reasons()) == {""}


def test_blocking_hides_all_drawings_of_a_visitor_and_nobody_elses(pest, moderator):
    drawn(pest), drawn(pest), drawn(Visitor.objects.create())
    assert moderation.block(pest, by=moderator, reason="spam")
    assert not moderation.block(pest, by=moderator)
    assert reasons() == [Hidden.VISITOR, Hidden.VISITOR, ""]
    assert kinds() == ["block"]


def test_what_a_person_hid_stays_hidden_when_the_block_ends(pest, moderator):
    first = drawn(pest)
    drawn(pest)
    moderation.hide([first.pk], by=moderator)
    moderation.block(pest, by=moderator)
    assert moderation.unblock(pest, by=moderator)
    assert not moderation.unblock(pest, by=moderator)
    assert reasons() == [Hidden.BY_PERSON, ""]


def test_what_is_shown_while_its_visitor_is_blocked_stays_hidden_for_that(pest, moderator):
    one = drawn(pest)
    moderation.hide([one.pk], by=moderator)
    moderation.block(pest, by=moderator)
    assert moderation.show([one.pk], by=moderator) == 1
    assert reasons() == [Hidden.VISITOR]


def test_a_banned_shape_still_covers_what_a_block_hid(pest, moderator):
    one = drawn(pest)
    moderation.block(pest, by=moderator)
    shape = bans.ban(drawn(Visitor.objects.create()), "same", by=moderator, reason="rude")
    moderation.unblock(pest, by=moderator)
    one.refresh_from_db()
    assert (one.hidden_as, one.banned_shape) == (Hidden.SHAPE, shape)


def test_hiding_and_blocking_is_one_batch_that_is_taken_back_at_once(pest, moderator):
    one = drawn(pest)
    drawn(pest)
    batch = moderation.hide_and_block(one, by=moderator)
    assert reasons() == [Hidden.BY_PERSON, Hidden.VISITOR]
    assert trail.undo_press(batch, by=moderator) == (2, 0)
    assert reasons() == ["", ""]
    assert kinds() == ["block", "hide", "undo", "undo"]


def test_a_decision_is_taken_back_once(pest, moderator):
    one = drawn(pest)
    moderation.hide([one.pk], by=moderator)
    decision = Decision.objects.get()
    undone = moderation.undo(decision, by=moderator)
    assert (undone.undoes, undone.drawing, reasons()) == (decision, one, [""])
    with pytest.raises(moderation.DecisionError, match="taken back before"):
        moderation.undo(decision, by=moderator)


def test_a_decision_with_another_after_it_is_not_taken_back(pest, moderator):
    one = drawn(pest)
    moderation.hide([one.pk], by=moderator)
    moderation.show([one.pk], by=moderator)
    first, second = Decision.objects.order_by("pk")
    with pytest.raises(moderation.DecisionError, match="take that back first"):
        moderation.undo(first, by=moderator)
    moderation.undo(second, by=moderator)
    moderation.undo(first, by=moderator)
    assert reasons() == [""]


def test_a_decision_on_a_label_is_not_for_moderation(pest, moderator):
    decision = Decision.objects.create(kind="accept", drawing=drawn(pest))
    with pytest.raises(moderation.DecisionError, match="not about hiding"):
        moderation.undo(decision, by=moderator)


class AnyHistory(TestCase):
    """Whatever people do in whatever order, each drawing is hidden for the first reason there is, and for no other."""

    def setUp(self):
        VERSION[:] = [rows.version()]

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(WHATS), st.integers(0, 3))))
    def test_hidden_is_what_follows_from_the_reasons(self, history):
        visitors = [Visitor.objects.create() for _ in range(2)]
        drawings = [drawn(visitors[number % 2], kind=number // 2) for number in range(4)]
        by_person: set[int] = set()
        for what, number in history:
            self._do(what, drawings[number], by_person)
        for drawing in Drawing.objects.filter(pk__in=[one.pk for one in drawings]).select_related("visitor"):
            banned = any(bytes(s.seen) == bytes(drawing.seen) for s in BannedShape.objects.filter(lifted_at=None))
            expected = Hidden.SHAPE if banned else ""
            expected = Hidden.VISITOR if drawing.visitor.blocked_at else expected
            assert drawing.hidden_as == (Hidden.BY_PERSON if drawing.pk in by_person else expected)

    def _do(self, what: str, drawing: Drawing, by_person: set[int]) -> None:
        if what == "undo":
            self._undo_last(by_person)
        elif what in ("hide", "show"):
            getattr(moderation, what)([drawing.pk], by=None)
            (by_person.add if what == "hide" else by_person.discard)(drawing.pk)
        elif what in ("block", "unblock"):
            getattr(moderation, what)(drawing.visitor, by=None)
        elif what == "ban":
            bans.ban(drawing, "same", by=None, reason="rude")
        elif shape := BannedShape.objects.filter(lifted_at=None).first():
            bans.lift(shape, by=None)

    def _undo_last(self, by_person: set[int]) -> None:
        decision = Decision.objects.filter(undone_at=None).exclude(kind="undo").first()
        if decision:
            moderation.undo(decision, by=None)
            change = {"hide": by_person.discard, "show": by_person.add}.get(decision.kind)
            change and change(decision.drawing_id)
