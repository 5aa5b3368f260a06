"""What other visitors are shown of a drawing follows its visitor's consent, and ends with it at once.

The page of a drawing's life is shown to whoever its visitor gives the address to, which is a consent of its own."""

import pytest

from recognizer import asking, cards, lives, visitors
from recognizer.models import Drawing, Label, LabelVote, Visitor
from tests import admin_rows as rows
from tests.recognizer.conftest import Visitor as Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asks(settings):
    settings.LABEL_AGREEMENT = 2


@pytest.fixture
def drawing(visitor) -> Drawing:
    """The visitor's, with a label, so that others could be asked about it."""
    drawing_id = visitor.draw()["id"]
    visitor.label(drawing_id, {"label": 7})
    return Drawing.objects.get(pk=drawing_id)


@pytest.fixture
def other(other_visitor) -> Browser:
    other_visitor.draw()
    return other_visitor


def share(browser: Browser, shares: bool) -> None:
    assert browser.put("/api/v1/visitor", {"shares": shares}, content_type="application/json").status_code == 200


def asked(browser: Browser) -> dict | None:
    return browser.get("/api/v1/second-opinions/next").json()["question"]


def test_nothing_is_shown_without_consent(drawing, other):
    assert asked(other) is None


def test_what_is_shared_is_shown_as_ink_alone(visitor, drawing, other):
    share(visitor, True)
    question = asked(other)
    assert set(question) == {"ticket", "path", "image"}
    assert question["path"] == cards.stroke_path(drawing.strokes, drawing.width, drawing.height)


def test_taking_it_back_holds_at_once(visitor, drawing, other):
    share(visitor, True)
    assert asked(other) is not None
    share(visitor, False)
    assert asked(other) is None


def test_an_answer_to_what_was_shown_before_it_was_taken_back_is_not_taken(visitor, drawing, other):
    share(visitor, True)
    ticket = asked(other)["ticket"]
    share(visitor, False)
    assert other.send("second-opinions", {"ticket": ticket, "digit": 7}).status_code == 410
    assert not LabelVote.objects.exists()


def test_a_question_in_hand_shows_nothing_more_once_it_was_taken_back(visitor, drawing, other):
    share(visitor, True)
    ticket = asked(other)["ticket"]
    share(visitor, False)
    after = other.get(f"/api/v1/second-opinions/next?after={ticket}")
    assert after.json()["question"] is None


def test_who_is_being_deleted_shows_nothing(visitor, drawing, other, settings):
    settings.ERASE_AT_ONCE, settings.ERASE_REQUEST_SECONDS = 1, 0.0
    visitor.draw(width=210)
    share(visitor, True)
    visitor.delete("/api/v1/me")
    assert Drawing.objects.filter(visitor=drawing.visitor_id).exists()
    assert asked(other) is None
    assert not asking.askable().exists()


@pytest.mark.parametrize("path", ["/", "/model/", "/drawings/", "/second-opinion/", "/privacy/", "/api/v1/model"])
def test_no_page_shows_others_drawings_shared_or_not(visitor, drawing, other, path):
    share(visitor, True)
    text = other.get(path).content.decode()
    assert cards.stroke_path(drawing.strokes, drawing.width, drawing.height) not in text.split("My drawings", 1)[0]
    assert f"/drawings/{drawing.pk}" not in text
    assert lives.address(drawing.pk) not in text


def test_whoever_has_the_address_of_a_life_sees_it_until_everything_is_deleted(visitor, drawing, other, settings):
    settings.ERASE_AT_ONCE, settings.ERASE_REQUEST_SECONDS = 1, 0.0
    visitor.draw(width=210)
    address = lives.address(visitor.draw(width=220)["id"])
    assert other.get(address).status_code == 200
    visitor.delete("/api/v1/me")
    assert other.get(address).status_code == 404


def test_a_writer_of_a_data_set_is_shared_only_where_the_import_says_so():
    assert visitors.imported("pens").shared_at is None
    assert visitors.imported("pencils", shares=True).shared_at is not None


def test_every_question_comes_from_what_is_shared(visitor, drawing):
    live = drawing.prediction.version
    rows.drawing(live, means=1, state=Label.State.ACCEPTED, visitor=Visitor.objects.create())
    assert not asking.askable().exists()
    share(visitor, True)
    assert list(asking.askable()) == [drawing]
