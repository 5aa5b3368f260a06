"""The audit trail's desk: what was decided, by whom, and the buttons that take it back, each for who may decide so."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from recognizer import drawings, moderation, trail
from recognizer.models import Decision, Drawing, Label
from tests import admin_rows as rows

pytestmark = pytest.mark.django_db
LIST = "/admin/recognizer/decision/"
SEE = ["recognizer.view_decision", "recognizer.view_drawing"]


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(rows.staff(*SEE, *permissions, name=uuid4().hex[:8]))
    return client


@pytest.fixture
def rita():
    return rows.staff(name="rita")


@pytest.fixture
def drawing() -> Drawing:
    return rows.drawing(rows.version(), read=1, means=7)


def undo(client: Client, decision: Decision, what: str = "one"):
    return client.post(f"{LIST}{decision.pk}/undo/", {"what": what}, follow=True)


def test_the_list_says_what_became_of_a_label_and_who_did_it(drawing, rita):
    drawings.review([drawing.pk], "accepted", by=rita, digit=1, seconds=2.0)
    page = signed_in().get(LIST).content.decode()
    assert "7, unreviewed → 1, accepted" in page
    assert "rita" in page
    assert "2.0 s" in page


@pytest.mark.parametrize(
    ("query", "count"), [("?kind=hide", 1), ("?kind=accept", 2), ("?by=none", 1), ("?q=999999", 0), ("?days=1", 3)]
)
def test_it_is_narrowed_down(drawing, rita, query, count):
    other = rows.drawing(drawing.prediction.version, means=3)
    drawings.review([drawing.pk, other.pk], "accepted", by=rita)
    moderation.hide([drawing.pk], by=None)
    assert signed_in().get(LIST + query).context["cl"].result_count == count


def test_the_list_takes_as_many_queries_for_many_as_for_few(rita, django_assert_max_num_queries):
    version = rows.version()
    client = signed_in()
    for _ in range(12):
        drawings.review([rows.drawing(version, means=7).pk], "accepted", by=rita)
    with django_assert_max_num_queries(16):
        answer = client.get(LIST)
    assert answer.status_code == 200


def test_one_is_taken_back_from_its_page(drawing, rita):
    drawings.review([drawing.pk], "rejected", by=rita)
    client = signed_in("recognizer.review_label")
    assert "Take this back" in client.get(f"{LIST}{Decision.objects.get().pk}/change/").content.decode()
    page = undo(client, Decision.objects.get())
    assert "Taken back: it is as it was before." in page.content.decode()
    assert Label.objects.get().state == "unreviewed"


def test_what_cannot_be_taken_back_is_said(drawing, rita):
    drawings.review([drawing.pk], "rejected", by=rita)
    drawings.set_label(drawing, 3)
    page = undo(signed_in("recognizer.review_label"), Decision.objects.get())
    assert "has changed since" in page.content.decode()


def test_all_of_a_press_is_taken_back_at_once(rita):
    version, batch = rows.version(), uuid4()
    known = [rows.drawing(version, means=7) for _ in range(3)]
    drawings.review([one.pk for one in known], "accepted", by=rita, batch=batch)
    page = undo(signed_in("recognizer.review_label"), Decision.objects.first(), "press")
    assert "3 decisions taken back." in page.content.decode()
    assert set(Label.objects.values_list("state", flat=True)) == {"unreviewed"}


def test_a_block_with_its_hiding_is_taken_back_as_one(drawing, rita):
    batch = moderation.hide_and_block(drawing, by=rita, reason="spam")
    assert trail.undo_press(batch, by=rita) == (2, 0)
    drawing.refresh_from_db()
    assert (drawing.hidden_as, drawing.visitor.blocked_at) == ("", None)


@pytest.mark.parametrize(("act", "right"), [("review", "review_label"), ("hide", "moderate_drawing")])
def test_who_may_decide_may_take_back_and_nobody_else(drawing, rita, act, right):
    if act == "review":
        drawings.review([drawing.pk], "accepted", by=rita)
    else:
        moderation.hide([drawing.pk], by=rita)
    decision = Decision.objects.get()
    other = {"review_label": "moderate_drawing", "moderate_drawing": "review_label"}[right]
    assert undo(signed_in(f"recognizer.{other}"), decision).status_code == 403
    assert undo(signed_in(f"recognizer.{right}"), decision).status_code == 200
    decision.refresh_from_db()
    assert decision.undone_at


def test_a_drawings_page_has_its_history(drawing, rita):
    drawings.review([drawing.pk], "accepted", by=rita)
    moderation.hide([drawing.pk], by=rita, reason="rude")
    page = signed_in("recognizer.review_label").get(f"/admin/recognizer/drawing/{drawing.pk}/change/").content.decode()
    assert "7, unreviewed → 7, accepted" in page
    assert "rude" in page
    assert page.count("Take back") == 1  # hiding is not theirs to take back


def test_reviewers_are_counted_with_what_was_taken_back(rita):
    version = rows.version()
    known = [rows.drawing(version, means=7) for _ in range(4)]
    for one in known:
        drawings.review([one.pk], "accepted", by=rita, seconds=1.5)
    trail.undo(Decision.objects.first(), by=rita)
    (found,) = trail.reviewers(timezone.now() - timedelta(days=1))
    assert (found.name, found.count, found.taken_back, found.a_minute) == ("rita", 4, 1, 40)
