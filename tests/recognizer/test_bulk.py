"""Bulk reviews: exactly what was previewed is accepted, unless it changed since; it is cancelled and taken back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from recognizer import bulk, drawings, moderation
from recognizer.models import BulkReview, Decision, Drawing, Label, ModelVersion, Visitor
from recognizer.queue_filters import Filters
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
State = BulkReview.State


@pytest.fixture
def rita():
    return rows.staff("recognizer.bulk_review_label", "recognizer.view_bulkreview", name="rita")


def waiting(count: int = 1, **fields) -> list[Drawing]:
    version = ModelVersion.objects.first() or rows.version()
    return [rows.drawing(version, **{"means": 7, "read": 7} | fields) for _ in range(count)]


def accepted() -> set[int]:
    return set(Label.objects.filter(state="accepted").values_list("pk", flat=True))


def now(review: BulkReview) -> BulkReview:
    review.refresh_from_db()
    return review


def test_what_was_previewed_is_accepted_in_one_press(rita):
    mine, others = waiting(3), waiting(2, means=2)
    review = bulk.preview(Filters(claimed="7"), by=rita)
    waiting()  # comes later
    assert accepted() == set()
    assert bulk.confirm(review.pk)
    assert accepted() == {drawing.pk for drawing in mine}
    assert (now(review).state, review.done) == (State.DONE, 3)
    assert set(Decision.objects.values_list("batch", "by")) == {(review.batch, rita.pk)}
    assert len(others) == Label.objects.filter(state="unreviewed", digit=2).count()


def test_what_changed_since_is_left_alone_and_counted(rita):
    changed, gone, hidden, rejected, same = waiting(5)
    review = bulk.preview(Filters(), by=rita)
    drawings.set_label(changed, 2)
    drawings.delete(gone)
    moderation.hide([hidden.pk], by=None)
    drawings.review([rejected.pk], "rejected", by=None)
    bulk.confirm(review.pk)
    assert accepted() == {same.pk}
    assert (now(review).done, review.position) == (1, 5)


def test_it_is_done_once(rita):
    waiting(2)
    review = bulk.preview(Filters(), by=rita)
    assert [bulk.confirm(review.pk), bulk.confirm(review.pk)] == [True, False]
    assert Decision.objects.count() == 2


def test_a_large_one_goes_on_in_turns_also_after_a_crash(rita, settings, monkeypatch):
    settings.BULK_AT_ONCE = 0
    monkeypatch.setattr(bulk, "PAGE", 2)
    waiting(5)
    review = bulk.preview(Filters(), by=rita)
    bulk.confirm(review.pk)
    assert accepted() == set()
    assert bulk._one_page(review.pk) == 2
    with monkeypatch.context() as crashing:
        crashing.setattr(drawings, "review", lambda *args, **kwargs: 1 / 0)
        bulk.work(0.2)
    assert (len(accepted()), now(review).position) == (2, 2)
    bulk.work(5)
    assert (len(accepted()), now(review).state) == (5, State.DONE)


def test_one_that_fails_does_not_keep_the_next_one_waiting(rita, settings, monkeypatch):
    settings.BULK_AT_ONCE = 0
    waiting(1), waiting(1, means=2)
    failing, fine = (bulk.preview(Filters(claimed=claim), by=rita) for claim in "72")
    bulk.confirm(failing.pk), bulk.confirm(fine.pk)
    one_page = bulk._one_page
    monkeypatch.setattr(bulk, "_one_page", lambda pk: 1 / 0 if pk == failing.pk else one_page(pk))
    bulk.work(5)
    assert (now(failing).state, now(fine).state) == (State.RUNNING, State.DONE)


def test_cancelled_half_way_it_keeps_what_is_accepted_until_that_is_taken_back(rita, settings, monkeypatch):
    settings.BULK_AT_ONCE = 0
    monkeypatch.setattr(bulk, "PAGE", 2)
    waiting(5)
    review = bulk.preview(Filters(), by=rita)
    bulk.confirm(review.pk)
    bulk._one_page(review.pk)
    assert bulk.cancel(review.pk)
    bulk.work(5)
    assert (len(accepted()), now(review).state) == (2, State.CANCELLED)
    bulk.undo(review.pk)
    bulk.work(5)
    assert (len(accepted()), now(review).state, review.done) == (0, State.UNDONE, 2)


def test_taking_back_leaves_what_was_decided_on_since(rita):
    first, _ = waiting(2)
    review = bulk.preview(Filters(), by=rita)
    bulk.confirm(review.pk)
    drawings.review([first.pk], "rejected", by=None)
    assert bulk.undo(review.pk)
    assert sorted(Label.objects.values_list("state", flat=True)) == ["rejected", "unreviewed"]
    assert now(review).done == 1


def test_each_decision_is_by_who_pressed_the_button(rita):
    drawing = waiting()[0]
    ron, ruth = rows.staff(name="ron"), rows.staff(name="ruth")
    review = bulk.preview(Filters(), by=rita)
    bulk.confirm(review.pk, by=ron)
    bulk.undo(review.pk, by=ruth)
    assert [decision.by for decision in drawing.decisions.order_by("pk")] == [ron, ruth]


def test_a_preview_says_what_is_in_it(rita):
    ada = Visitor.objects.create()
    waiting(3, visitor=ada), waiting(1, means="none", read=None), waiting(2, means=2, read=5)
    found = bulk.summary(bulk.preview(Filters(), by=rita))
    assert found.claims == [("not a digit", 1), ("2", 2), ("7", 3)]
    assert (found.visitors, found.largest[0], found.contradicted) == (4, (ada.pk, 3), 2)
    assert len(found.sample) == len(found.suspect) == 6


def test_of_more_than_there_may_be_the_least_suspect_are_taken(rita, settings):
    settings.BULK_MOST = 1
    doubtful, sure = waiting(2)
    Label.objects.filter(pk=doubtful.pk).update(priority=0.9)
    bulk.confirm(bulk.preview(Filters(), by=rita).pk)
    assert accepted() == {sure.pk}


def test_previews_that_nobody_confirms_go_after_a_day(rita):
    old, new = (bulk.preview(Filters(), by=rita) for _ in range(2))
    BulkReview.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    bulk.remove_old()
    assert list(BulkReview.objects.all()) == [new]


class TestPages:
    @pytest.fixture
    def client(self, rita) -> Client:
        client = Client()
        client.force_login(rita)
        return client

    def test_from_a_filter_to_accepted_labels_and_back(self, client):
        waiting(3), waiting(1, means=2)
        page = client.post("/admin/recognizer/bulkreview/preview/", {"claimed": "7"}, follow=True)
        assert "Accept all 3" in page.content.decode()
        review = BulkReview.objects.get()
        page = client.post(f"/admin/recognizer/bulkreview/{review.pk}/confirm/", follow=True)
        assert "3 of 3 accepted." in page.content.decode()
        page = client.post(f"/admin/recognizer/bulkreview/{review.pk}/undo/", follow=True)
        assert "3 of 3 taken back." in page.content.decode()
        assert accepted() == set()

    def test_it_warns_of_what_the_network_contradicts(self, client):
        waiting(3, read=1)
        page = client.post("/admin/recognizer/bulkreview/preview/", {}, follow=True)
        assert "The network contradicts 100.0 % of them" in page.content.decode()

    def test_a_filter_that_there_is_not_is_named(self, client, rita):
        from django.contrib.auth.models import Permission

        rita.user_permissions.add(Permission.objects.get(codename="review_label"))
        page = client.post("/admin/recognizer/bulkreview/preview/", {"claimed": "77"}, follow=True)
        assert "claimed is &#x27;77&#x27;" in page.content.decode()
        assert not BulkReview.objects.exists()

    def test_what_cannot_be_done_any_more_is_said(self, client):
        waiting()
        client.post("/admin/recognizer/bulkreview/preview/")
        review = BulkReview.objects.get()
        page = client.post(f"/admin/recognizer/bulkreview/{review.pk}/undo/", follow=True)
        assert "cannot be done with a bulk review that is not confirmed yet" in page.content.decode()

    def test_who_confirms_anothers_preview_has_decided(self, client, rita):
        waiting()
        review = bulk.preview(Filters(), by=rows.staff(name="ron"))
        client.post(f"/admin/recognizer/bulkreview/{review.pk}/confirm/")
        assert Decision.objects.get().by == rita

    def test_after_cancelling_nobody_is_told_that_what_was_never_accepted_has_changed(
        self, client, settings, monkeypatch
    ):
        settings.BULK_AT_ONCE = 0
        monkeypatch.setattr(bulk, "PAGE", 2)
        waiting(5)
        client.post("/admin/recognizer/bulkreview/preview/")
        review = BulkReview.objects.get()
        bulk.confirm(review.pk)
        bulk._one_page(review.pk)
        bulk.cancel(review.pk)
        bulk.work(5)
        bulk.undo(review.pk)
        bulk.work(5)
        told = client.get(f"/admin/recognizer/bulkreview/{review.pk}/progress/").json()
        assert told["words"].startswith("2 of 5 taken back. Others were never accepted")

    def test_that_there_are_more_than_it_takes_is_said(self, client, settings):
        settings.BULK_MOST = 2
        waiting(3)
        page = client.post("/admin/recognizer/bulkreview/preview/", {}, follow=True)
        assert "A bulk review takes 2 labels at most" in page.content.decode()

    @pytest.mark.parametrize(
        ("query", "offered"), [("", True), ("&means=7", True), ("&q=12", False), ("&days=1", False)]
    )
    def test_the_list_offers_it_only_where_it_would_take_what_is_shown(self, client, rita, query, offered):
        from django.contrib.auth.models import Permission

        names = ["review_label", "view_drawing"]
        rita.user_permissions.add(*Permission.objects.filter(codename__in=names, content_type__app_label="recognizer"))
        waiting()
        page = client.get(f"/admin/recognizer/drawing/?label=unreviewed{query}").content.decode()
        assert ("look first" in page) == offered

    def test_taking_back_the_press_of_one_takes_the_bulk_review_back(self, client, rita):
        from django.contrib.auth.models import Permission

        rita.user_permissions.add(Permission.objects.get(codename="review_label"))
        waiting(3)
        review = bulk.preview(Filters(), by=rita)
        bulk.confirm(review.pk)
        decision = Decision.objects.first()
        client.post(f"/admin/recognizer/decision/{decision.pk}/undo/", {"what": "press"})
        assert (now(review).state, accepted()) == (State.UNDONE, set())

    def test_progress_is_told_to_who_asks(self, client):
        waiting()
        client.post("/admin/recognizer/bulkreview/preview/")
        review = BulkReview.objects.get()
        bulk.confirm(review.pk)
        told = client.get(f"/admin/recognizer/bulkreview/{review.pk}/progress/").json()
        assert (told["words"], told["ended"]) == ("1 of 1 accepted.", True)
