"""Consent and second opinions by the API and on the page: asked honestly, taken back at once, off where it is off."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from recognizer import asking, schemas
from recognizer.models import Drawing, LabelSkip, LabelVote
from recognizer.models import Visitor as Row
from tests.recognizer import pictures
from tests.recognizer.bad_requests import Bad
from tests.recognizer.test_bad_requests import check, named, sent

NEXT, OPINIONS, VISITOR = "/api/v1/second-opinions/next", "/api/v1/second-opinions", "/api/v1/visitor"


@pytest.fixture(autouse=True)
def two_must_agree(settings):
    settings.LABEL_AGREEMENT = 2


def share(client, shares: bool = True) -> dict:
    response = client.put(VISITOR, {"shares": shares}, content_type="application/json")
    assert response.status_code == 200, response.content
    return response.json()


def shared_drawing(client, label: int = 7) -> dict:
    drawing = client.draw()
    client.label(drawing["id"], {"label": label})
    share(client)
    Row.objects.update(held_out=False)
    return drawing


class TestConsent:
    def test_it_is_off_unless_the_visitor_says_yes(self, visitor):
        visitor.draw()
        assert visitor.get(VISITOR).json() == {"shares": False, "since": None, "is_asked": True}
        assert Row.objects.get().shared_at is None

    def test_yes_is_kept_with_its_moment_and_taken_back_at_once(self, visitor):
        visitor.draw()
        since = share(visitor)["since"]
        assert since is not None
        assert share(visitor)["since"] == since
        assert share(visitor, False) == {"shares": False, "since": None, "is_asked": True}

    def test_who_has_drawn_nothing_allows_nothing(self, visitor):
        assert visitor.get(VISITOR).json()["shares"] is False
        response = visitor.put(VISITOR, {"shares": True}, content_type="application/json")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")

    def test_one_speaks_for_oneself_only(self, visitor, other_visitor):
        visitor.draw(), other_visitor.draw()
        share(visitor)
        assert other_visitor.get(VISITOR).json()["shares"] is False

    def test_the_switch_is_where_ones_drawings_are(self, visitor):
        visitor.draw()
        assert b"data-sharing" in visitor.get("/drawings/").content
        assert b" checked" not in visitor.get("/drawings/").content
        share(visitor)
        assert b" checked" in visitor.get("/drawings/").content

    def test_nobody_is_asked_where_the_site_shows_drawings_to_nobody(self, visitor, settings):
        settings.LABEL_AGREEMENT = 0
        visitor.draw()
        assert visitor.get(VISITOR).json()["is_asked"] is False
        assert b"data-sharing" not in visitor.get("/drawings/").content
        assert b"data-consent" not in visitor.get("/").content

    def test_who_said_yes_can_take_it_back_also_where_nobody_is_asked_any_more(self, visitor, settings):
        visitor.draw()
        share(visitor)
        settings.LABEL_AGREEMENT = 0
        assert b"data-sharing" in visitor.get("/drawings/").content


class TestAsking:
    def test_the_question_is_the_ink_and_a_ticket_and_nothing_else(self, visitor, other_visitor):
        drawing = shared_drawing(other_visitor)
        visitor.draw()
        body = visitor.get(NEXT).json()
        assert set(body) == {"question", "opinions"}
        assert set(body["question"]) == {"ticket", "path", "image"}
        assert body["question"]["path"].startswith("M")
        row = Drawing.objects.get(pk=drawing["id"])
        assert body["question"]["ticket"] == asking.ticket(Row.objects.exclude(pk=row.visitor_id).get(), row)

    def test_of_a_picture_it_shows_no_more_than_the_network_sees(self, visitor, other_visitor):
        form = {"image": SimpleUploadedFile("7.png", pictures.encoded("PNG"))}
        drawing = other_visitor.post("/api/v1/drawings", form).json()
        other_visitor.label(drawing["id"], {"label": 7})
        share(other_visitor)
        Row.objects.update(held_out=False)
        visitor.draw()
        question = visitor.get(NEXT).json()["question"]
        assert (question["path"], question["image"]) == (None, drawing["seen"])

    def test_own_and_unshared_drawings_are_not_asked_about(self, visitor, other_visitor):
        shared_drawing(visitor)
        other_visitor.label(other_visitor.draw()["id"], {"label": 7})
        assert visitor.get(NEXT).json()["question"] is None

    def test_who_never_drew_here_is_told_to_draw_first(self, visitor):
        response = visitor.get(NEXT)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "draw_first")
        assert b'data-state="stranger"' in visitor.get("/second-opinion/").content

    def test_the_one_behind_is_asked_for_with_the_ticket_in_hand(self, visitor, other_visitor):
        shared_drawing(other_visitor), shared_drawing(other_visitor)
        visitor.draw()
        ticket = visitor.get(NEXT).json()["question"]["ticket"]
        behind = visitor.get(f"{NEXT}?after={ticket}").json()["question"]["ticket"]
        assert behind != ticket
        response = visitor.get(f"{NEXT}?after=nonsense")
        assert (response.status_code, response.json()["error"]["code"]) == (422, "unknown_ticket")
        assert "'nonsense'" in response.json()["error"]["message"]


class TestGiving:
    @pytest.fixture
    def ticket(self, visitor, other_visitor) -> str:
        shared_drawing(other_visitor)
        visitor.draw()
        return visitor.get(NEXT).json()["question"]["ticket"]

    @pytest.mark.parametrize("digit", [7, None])
    def test_an_answer_is_kept_and_counted(self, visitor, ticket, digit):
        response = visitor.send("second-opinions", {"ticket": ticket, "digit": digit})
        assert response.json() == {"given": 1, "counted": 0, "reviewed": 0, "same": 0}
        assert LabelVote.objects.get().digit == digit

    def test_who_cannot_tell_leaves_no_vote(self, visitor, ticket):
        response = visitor.send("second-opinions", {"ticket": ticket, "digit": None, "cannot_tell": True})
        assert response.json()["given"] == 1
        assert (LabelVote.objects.count(), LabelSkip.objects.count()) == (0, 1)

    def test_anothers_ticket_is_refused(self, other_visitor, ticket):
        response = other_visitor.send("second-opinions", {"ticket": ticket, "digit": 7})
        assert (response.status_code, response.json()["error"]["code"]) == (422, "unknown_ticket")
        assert not LabelVote.objects.exists()

    def test_what_was_withdrawn_meanwhile_is_gone(self, visitor, other_visitor, ticket):
        share(other_visitor, False)
        response = visitor.send("second-opinions", {"ticket": ticket, "digit": 7})
        assert (response.status_code, response.json()["error"]["code"]) == (410, "gone")
        assert not LabelVote.objects.exists()
        assert visitor.get(NEXT).json()["question"] is None

    def test_a_looping_script_is_told_when_to_come_again(self, visitor, other_visitor, ticket, settings):
        settings.SECOND_OPINIONS_A_MINUTE = 1
        visitor.send("second-opinions", {"ticket": ticket, "digit": 7})
        shared_drawing(other_visitor)
        ticket = visitor.get(NEXT).json()["question"]["ticket"]
        response = visitor.send("second-opinions", {"ticket": ticket, "digit": 7})
        assert (response.status_code, response.json()["error"]["code"]) == (429, "too_fast")
        assert 1 <= int(response["Retry-After"]) <= 60
        assert LabelVote.objects.count() == 1

    def test_the_token_against_forgery_is_needed(self, visitor, ticket):
        response = visitor.send("second-opinions", {"ticket": ticket, "digit": 7}, HTTP_X_CSRFTOKEN="a" * 32)
        assert response.status_code == 403
        assert not LabelVote.objects.exists()


def test_answers_are_as_they_are_described(visitor, other_visitor):
    shared_drawing(other_visitor)
    visitor.draw()
    asked = schemas.Asked.model_validate(visitor.get(NEXT).json(), extra="forbid")
    given = visitor.send("second-opinions", {"ticket": asked.question.ticket, "digit": 7})
    schemas.Opinions.model_validate(given.json(), extra="forbid")
    schemas.Sharing.model_validate(visitor.get(VISITOR).json(), extra="forbid")


def opinion(name: str, body: object, code: str, says: str, status: int = 422) -> Bad:
    return Bad(name, status, code, says, body, path=OPINIONS)


def consent(name: str, body: object, code: str, says: str, status: int = 422) -> Bad:
    return Bad(name, status, code, says, body, method="PUT", path=VISITOR)


BAD = [
    opinion("no ticket", {"digit": 7}, "missing", "ticket is missing"),
    opinion("no digit", {"ticket": "a"}, "missing", "digit is missing"),
    opinion("ticket is a number", {"ticket": 7, "digit": 7}, "wrong_type", "ticket is 7"),
    opinion("ticket of 5,000 letters", {"ticket": "a" * 5000, "digit": 7}, "wrong_type", "ticket is"),
    opinion("ticket of another site", {"ticket": "A" * 43, "digit": 7}, "unknown_ticket", "not asked of you"),
    opinion("digit 10", {"ticket": "a", "digit": 10}, "invalid_digit", "digit is 10"),
    opinion("digit is text", {"ticket": "a", "digit": "7"}, "invalid_digit", "digit is '7'"),
    opinion("digit is true", {"ticket": "a", "digit": True}, "invalid_digit", "digit is True"),
    opinion("digit 7.0", {"ticket": "a", "digit": 7.0}, "invalid_digit", "digit is 7.0"),
    opinion("cannot tell, and a digit", {"ticket": "a", "digit": 7, "cannot_tell": True}, "ambiguous", "digit is 7"),
    opinion("cannot_tell is text", {"ticket": "a", "digit": None, "cannot_tell": "y"}, "wrong_type", "'y'"),
    opinion("no object", [7], "wrong_type", "The body is [7]"),
    opinion("no JSON", b"digit=7", "invalid_json", "not valid JSON", 400),
    consent("nothing said", {}, "missing", "shares is missing"),
    consent("shares is text", {"shares": "yes"}, "wrong_type", "shares is 'yes'"),
    consent("shares is 1", {"shares": 1}, "wrong_type", "shares is 1"),
    consent("shares is null", {"shares": None}, "wrong_type", "shares is None"),
    consent("consent as no JSON", b"yes", "invalid_json", "not valid JSON", 400),
]


@pytest.mark.parametrize("bad", named(BAD))
def test_a_bad_request_is_refused_and_changes_nothing(bad, visitor):
    visitor.draw()
    check(sent(visitor, bad, bad.path), bad)
    assert Row.objects.get().shared_at is None
    assert not LabelVote.objects.exists()
    assert not LabelSkip.objects.exists()


@pytest.mark.parametrize(("method", "path"), [("get", NEXT), ("post", OPINIONS), ("get", "/second-opinion/")])
def test_where_it_is_off_there_is_nothing(visitor, settings, method, path):
    settings.LABEL_AGREEMENT = 0
    visitor.draw()
    body = json.dumps({"ticket": "a", "digit": 7})
    options = {"data": body, "content_type": "application/json"} if method == "post" else {}
    assert getattr(visitor, method)(path, **options).status_code == 404
    for page in ("/", "/drawings/", "/model/"):
        assert b"second-opinion" not in visitor.get(page).content
        assert b"Other visitors do not see it." in visitor.get(page).content


def test_where_it_is_on_the_pages_say_so(visitor):
    visitor.draw()
    for page in ("/", "/drawings/", "/model/", "/second-opinion/"):
        assert b"Other visitors do not see it unless you allow it." in visitor.get(page).content
        assert b'href="/second-opinion/"' in visitor.get(page).content
