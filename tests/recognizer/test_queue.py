"""The review queue: two pages never get the same label, nothing is decided twice, and everything can be taken back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from recognizer import drawings, moderation, queue, statistics
from recognizer.models import Decision, Drawing, Label, ModelVersion, Visitor
from recognizer.queue import Page, Refused, Seen
from recognizer.queue_filters import FilterError, Filters
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
ALL = Filters()


@pytest.fixture
def rita():
    return rows.staff(name="rita")


@pytest.fixture
def ron():
    return rows.staff(name="ron")


def page(user) -> Page:
    return Page(user, str(uuid4()))


def awaiting(priority: float = 0.5, **fields) -> Drawing:
    version = ModelVersion.objects.first() or rows.version()
    drawing = rows.drawing(version, **{"means": 7, "read": 1} | fields)
    Label.objects.filter(drawing=drawing).update(priority=priority)
    return drawing


def label_of(drawing: Drawing) -> Label:
    return Label.objects.get(drawing=drawing)


class TestClaims:
    def test_the_most_suspect_come_first(self, rita):
        low, high, middle = awaiting(0.1), awaiting(0.9), awaiting(0.5)
        assert queue.claim(page(rita), count=3, filters=ALL) == [high.pk, middle.pk, low.pk]

    def test_two_pages_never_get_the_same_also_of_one_person(self, rita, ron):
        known = {awaiting().pk for _ in range(6)}
        got = [queue.claim(page(user), count=2, filters=ALL) for user in (rita, ron, rita)]
        assert sorted(pk for ids in got for pk in ids) == sorted(known)

    def test_a_page_that_asks_again_gets_others_than_it_has(self, rita):
        first, second = awaiting(0.9), awaiting(0.1)
        mine = page(rita)
        assert queue.claim(mine, count=1, filters=ALL) == [first.pk]
        assert queue.claim(mine, count=5, filters=ALL, besides=[first.pk]) == [second.pk]

    def test_a_claim_that_nobody_renews_runs_out(self, rita, ron):
        drawing = awaiting()
        mine = page(rita)
        queue.claim(mine, count=1, filters=ALL)
        assert queue.claim(page(ron), count=1, filters=ALL) == []
        Label.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert queue.claim(page(ron), count=1, filters=ALL) == [drawing.pk]
        assert queue.keep(mine, [drawing.pk]) == [drawing.pk]

    def test_a_claim_that_is_renewed_stays(self, rita, ron):
        drawing = awaiting()
        mine = page(rita)
        queue.claim(mine, count=1, filters=ALL)
        Label.objects.update(claimed_until=timezone.now() + timedelta(seconds=1))
        assert queue.keep(mine, [drawing.pk]) == []
        assert label_of(drawing).claimed_until > timezone.now() + timedelta(seconds=10)

    def test_what_a_page_gives_back_is_there_for_others(self, rita, ron):
        drawing = awaiting()
        mine = page(rita)
        queue.claim(mine, count=1, filters=ALL)
        queue.release(page(ron), [drawing.pk])
        assert queue.claim(page(ron), count=1, filters=ALL) == []
        queue.release(mine, [drawing.pk])
        assert queue.claim(page(ron), count=1, filters=ALL) == [drawing.pk]

    def test_hidden_and_reviewed_ones_are_not_in_it(self, rita):
        awaiting(state=Label.State.ACCEPTED)
        moderation.hide([awaiting().pk], by=rita)
        moderation.block(awaiting().visitor, by=rita)
        assert (queue.claim(page(rita), count=5, filters=ALL), queue.awaiting(ALL)) == ([], 0)


class TestDecisions:
    def decide(
        self, drawing: Drawing, decision: str, by, *, claim: int | None = 7, state: str = "unreviewed", key=None
    ):
        return queue.decide(drawing.pk, decision, by=by, key=key or uuid4(), seen=Seen(claim, state), seconds=1.0)

    @pytest.mark.parametrize(
        ("decision", "digit", "state"),
        [("accept", 7, "accepted"), ("reject", 7, "rejected"), ("3", 3, "accepted"), ("none", None, "accepted")],
    )
    def test_each_does_what_it_says(self, rita, decision, digit, state):
        drawing = awaiting()
        self.decide(drawing, decision, rita)
        label = label_of(drawing)
        assert (label.digit, label.state, label.reviewed_by) == (digit, state, rita)

    def test_hiding_hides_the_drawing_and_blocks_its_visitor_and_is_taken_back_at_once(self, rita):
        visitor = Visitor.objects.create()
        drawing, other = awaiting(visitor=visitor), awaiting(visitor=visitor)
        key = uuid4()
        self.decide(drawing, "hide", rita, key=key)
        assert set(Drawing.objects.exclude(hidden_as="").values_list("pk", flat=True)) == {drawing.pk, other.pk}
        assert queue.undo(key, page(rita)) == drawing.pk
        assert not Drawing.objects.exclude(hidden_as="").exists()
        assert Visitor.objects.get(pk=visitor.pk).blocked_at is None

    def test_a_block_is_taken_back_also_where_nothing_else_is_left_of_the_press(self, rita):
        drawing, key = awaiting(), uuid4()
        visitor = drawing.visitor
        self.decide(drawing, "hide", rita, key=key)
        drawings.delete(drawing)
        assert queue.undo(key, page(rita)) is None
        visitor.refresh_from_db()
        assert visitor.blocked_at is None

    def test_sent_twice_it_is_made_once(self, rita):
        drawing, key = awaiting(), uuid4()
        said = [self.decide(drawing, "3", rita, key=key) for _ in range(2)]
        assert said == ["Accepted as 3."] * 2
        assert Decision.objects.count() == 1

    def test_what_somebody_else_decided_meanwhile_stands(self, rita, ron):
        drawing = awaiting()
        self.decide(drawing, "reject", ron)
        with pytest.raises(Refused, match="ron rejected drawing"):
            self.decide(drawing, "accept", rita)
        assert label_of(drawing).state == "rejected"

    def test_a_claim_that_its_visitor_changed_is_looked_at_again(self, rita):
        drawing = awaiting()
        drawings.set_label(drawing, 2)
        with pytest.raises(Refused, match="is now said to be: 2") as refused:
            self.decide(drawing, "accept", rita)
        assert refused.value.again

    @pytest.mark.parametrize(
        "gone", [drawings.delete, drawings.clear_label, lambda d: moderation.hide([d.pk], by=None)]
    )
    def test_what_is_gone_meanwhile_is_said(self, rita, gone):
        drawing = awaiting()
        number = drawing.pk
        gone(drawing)
        with pytest.raises(Refused, match=f"drawing {number}|Drawing {number}"):
            queue.decide(number, "accept", by=rita, key=uuid4(), seen=Seen(7))
        assert not Label.objects.filter(state="accepted").exists()

    def test_ones_own_decision_can_be_made_anew(self, rita):
        drawing = awaiting()
        self.decide(drawing, "accept", rita)
        self.decide(drawing, "1", rita, state="accepted")
        assert label_of(drawing).digit == 1

    def test_taken_back_it_is_claimed_for_the_page_that_did_so(self, rita, ron):
        drawing, key, mine = awaiting(), uuid4(), page(rita)
        self.decide(drawing, "3", rita, key=key)
        queue.undo(key, mine)
        assert queue.claim(page(ron), count=1, filters=ALL) == []
        assert queue.undo(key, mine) == drawing.pk  # sent twice
        assert (label_of(drawing).digit, label_of(drawing).state) == (7, "unreviewed")

    def test_nobody_takes_back_what_another_decided(self, rita, ron):
        drawing, key = awaiting(), uuid4()
        self.decide(drawing, "3", rita, key=key)
        with pytest.raises(Refused, match="nothing to take back"):
            queue.undo(key, page(ron))

    def test_what_is_taken_back_does_not_count_as_decided_today(self, rita):
        keys = [uuid4() for _ in range(3)]
        for key in keys:
            self.decide(awaiting(), "accept", rita, key=key)
        queue.undo(keys[0], page(rita))
        assert queue.decided_today(rita) == 2


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "count"),
        [({"claimed": "7"}, 2), ({"means": "2"}, 1), ({"read": "1", "claimed": "7"}, 1), ({"read": "none"}, 1),
         ({"answer": "wrong"}, 3), ({"answer": "unsure"}, 1), ({"source": "upload"}, 0)],
    )  # fmt: skip
    def test_an_address_narrows_it_down(self, rita, query, count):
        awaiting(means=7, read=1), awaiting(means=7, read=None, confidence=0.5), awaiting(means=2, read=3)
        filters = Filters.from_query(query)
        assert len(queue.claim(page(rita), count=9, filters=filters)) == queue.awaiting(filters) == count

    @pytest.mark.parametrize("query", [{"claimed": "12"}, {"visitor": "me"}, {"source": "x"}, {"version": "9" * 30}])
    def test_what_there_is_not_is_named(self, query):
        with pytest.raises(FilterError, match=r"it (can|has to) be"):
            Filters.from_query(query)


def test_sqlite_finds_the_first_of_the_queue_by_its_index(rita):
    if connection.vendor != "sqlite":
        return
    version = rows.version()
    for _ in range(60):
        rows.drawing(version, means=7)
    statistics.renew()
    with connection.cursor() as cursor:
        query, values = Filters().labels().order_by("-priority", "drawing_id")[:6].query.sql_with_params()
        cursor.execute(f"EXPLAIN QUERY PLAN {query}", values)
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "label_queue" in plan
    assert "TEMP B-TREE" not in plan


def test_the_next_ones_take_the_same_number_of_queries_however_many_wait(rita, django_assert_num_queries):
    for _ in range(30):
        awaiting()
    with django_assert_num_queries(4):  # two of them begin and end the transaction
        queue.claim(page(rita), count=6, filters=ALL)
