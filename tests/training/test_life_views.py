"""The private page of a drawing's life opens to its address alone, tells nothing else, and is kept by nobody."""

import re

import pytest
from django.utils import timezone

from recognizer import lives, tokens
from recognizer.models import Drawing
from recognizer.models import Visitor as Row
from tests.recognizer.conftest import Visitor, fresh_process, shipped  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
def stranger(client):
    """Somebody without any cookie."""
    return client


def test_it_opens_without_a_cookie(visitor, stranger):
    drawing = visitor.draw()
    visitor.label(drawing["id"], {"label": 7})
    response = stranger.get(drawing["life"])
    assert response.status_code == 200
    assert "Who drew it said 7" in response.content.decode()
    assert "In review" in response.content.decode()
    assert "You said 7" in visitor.get(drawing["life"]).content.decode()


def test_it_is_neither_kept_nor_found(visitor, stranger):
    response = stranger.get(visitor.draw()["life"])
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert b'name="robots" content="noindex' in response.content
    assert not response.cookies


def test_it_tells_nothing_else_of_its_visitor(visitor, stranger):
    drawing, other = visitor.draw(), visitor.draw(width=300)
    page = stranger.get(drawing["life"]).content.decode()
    assert other["life"] not in page
    assert "#drawing-" not in page
    assert f"drawing {drawing['id']}" not in page
    assert Row.objects.get().key_hash not in page


def test_a_changed_address_opens_nothing(visitor, stranger):
    token = visitor.draw()["life"].split("/")[-2]
    for place in range(0, len(token), 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert stranger.get(f"/drawings/{changed}/").status_code == 404


@pytest.mark.parametrize("token", ["1", "é", "A" * 32, "a" * 4000, "..", "12.345:abc", "%00"])
def test_a_made_up_address_opens_nothing(stranger, token):
    assert stranger.get(f"/drawings/{token}/").status_code == 404


def test_a_ticket_is_no_address(visitor, stranger):
    drawing = visitor.draw()
    for token in (tokens.seal("second opinion", drawing["id"]), tokens.seal(lives.PURPOSE, drawing["id"], 1)):
        assert stranger.get(f"/drawings/{token}/").status_code == 404


def test_a_deleted_drawing_has_no_life_any_more(visitor, stranger):
    drawing = visitor.draw()
    visitor.delete(f"/api/v1/drawings/{drawing['id']}")
    assert stranger.get(drawing["life"]).status_code == 404


def test_a_hidden_drawing_is_shown_to_its_own_visitor_as_ever_and_to_nobody_else(visitor, stranger):
    drawing = visitor.draw()
    before = visitor.get(drawing["life"]).content
    Drawing.objects.update(hidden_as="hidden", hidden_at=timezone.now())
    assert visitor.get(drawing["life"]).content == before
    assert stranger.get(drawing["life"]).status_code == 404
    assert Visitor().get(drawing["life"]).status_code == 404


def test_nothing_is_changed_there(visitor, stranger):
    assert stranger.post(visitor.draw()["life"]).status_code in (403, 405)


def test_the_gallery_leads_there(visitor):
    drawing = visitor.draw()
    assert drawing["life"] not in visitor.get("/drawings/").content.decode()
    visitor.label(drawing["id"], {"label": 7})
    assert drawing["life"] in visitor.get("/drawings/").content.decode()


def test_the_address_is_told_to_nobody_but_the_visitor(visitor):
    drawing = visitor.draw()
    assert visitor.get(f"/api/v1/drawings/{drawing['id']}").json()["life"] == drawing["life"]
    assert Visitor().get(f"/api/v1/drawings/{drawing['id']}").status_code == 404


def test_it_asks_the_database_a_fixed_number_of_times(visitor, stranger, settings, django_assert_num_queries):
    settings.LIVE_VERSION_TTL_SECONDS = 3600.0
    drawing = visitor.draw()
    visitor.label(drawing["id"], {"label": 7})
    assert stranger.get(drawing["life"]).status_code == 200
    with django_assert_num_queries(2):  # the drawing with all that belongs to it, and which versions may have learnt it
        assert stranger.get(drawing["life"]).status_code == 200


def test_how_a_step_stands_is_said_in_german_too(visitor, stranger):
    drawing = visitor.draw()
    visitor.label(drawing["id"], {"label": 7})
    page = stranger.get(drawing["life"], HTTP_ACCEPT_LANGUAGE="de").content.decode()
    unseen = re.findall(r'<span class="unseen">, ([^<]+)</span>', page)
    assert {"fertig", "jetzt"} <= set(unseen)
    assert not {"done", "now"} & set(unseen)
