import io
import zipfile

import pytest
from django.core.cache import cache

from recognizer.models import Drawing, Visitor

pytestmark = pytest.mark.django_db


def test_a_stranger_is_told_that_nothing_is_known(visitor):
    assert visitor.get("/api/v1/me").json()["known"] is False


def test_a_visitor_is_told_what_is_stored_in_numbers(visitor):
    visitor.label(visitor.draw()["id"], {"label": 7})
    visitor.draw()
    me = visitor.get("/api/v1/me").json()
    assert (me["known"], me["drawings"], me["corrections"], me["addresses"]) == (True, 2, 1, 1)


def test_all_of_it_comes_as_a_zip_that_is_kept_in_no_cache(visitor):
    drawing_id = visitor.draw()["id"]
    answer = visitor.get("/api/v1/me/export")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert f"pictures/{drawing_id}-seen.png" in archive.namelist()


def test_a_look_at_its_headers_makes_no_zip(visitor):
    visitor.draw()
    answer = visitor.head("/api/v1/me/export")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"")


def test_a_stranger_has_nothing_to_take_or_delete(visitor):
    assert visitor.get("/api/v1/me/export").status_code == 404
    answer = visitor.delete("/api/v1/me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_deleting_needs_the_token_against_forgery(visitor):
    visitor.draw()
    visitor.cookies.pop("csrftoken")
    assert visitor.delete("/api/v1/me").status_code == 403
    assert Drawing.objects.exists()


def test_everything_is_deleted_and_the_cookie_taken_back(visitor, other_visitor):
    visitor.draw()
    kept = other_visitor.draw()["id"]
    answer = visitor.delete("/api/v1/me")
    assert answer.json()["deleted"] is True
    assert answer.cookies["visitor"].value == ""
    assert list(Drawing.objects.values_list("pk", flat=True)) == [kept]
    assert Visitor.objects.count() == 1


def test_an_old_cookie_leads_nowhere_afterwards(visitor):
    drawing_id = visitor.draw()["id"]
    cookie = visitor.cookies["visitor"].value
    visitor.delete("/api/v1/me")
    visitor.cookies["visitor"] = cookie
    assert visitor.get(f"/api/v1/drawings/{drawing_id}").status_code == 404
    assert visitor.get("/api/v1/me").json()["known"] is False


def test_what_is_being_deleted_says_how_much_is_left(visitor, settings):
    settings.ERASE_AT_ONCE, settings.ERASE_REQUEST_SECONDS = 1, 0.0
    for width in (200, 201, 202):
        visitor.draw(width=width)
    answer = visitor.delete("/api/v1/me").json()
    assert (answer["deleted"], answer["left"]) == (False, 2)
    page = visitor.get(answer["progress"]).content.decode()
    assert "2 drawings are still to go" in page


def test_all_that_is_ones_own_is_read_out_so_often_only(visitor, settings):
    settings.THROTTLE_SCALE, settings.THROTTLES = 1.0, settings.THROTTLES | {"exports": (1, 0, 0)}
    cache.clear()
    visitor.draw()
    assert visitor.get("/api/v1/me/export").status_code == 200
    refused = visitor.get("/api/v1/me/export")
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert visitor.get("/api/v1/me").status_code == 200


def test_the_export_explains_itself_in_the_visitors_language(visitor):
    visitor.draw()
    response = visitor.get("/api/v1/me/export", HTTP_ACCEPT_LANGUAGE="de")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    text = archive.read("README.txt").decode()
    assert "Was das Netz von jeder Zeichnung gesehen hat" in text
    assert "What the network saw" not in text
