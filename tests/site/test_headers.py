"""What every answer tells the browser besides its content, and what cookies are called where the site has HTTPS."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from recognizer import visitors
from recognizer.models import Visitor
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
PAGES = [
    "/",
    "/drawings/",
    "/model/",
    "/no/such/page",
    "/healthz",
    "/api/v1/model",
    "/api/v1/docs",
    "/api/v1/drawings/1",
]


@pytest.mark.parametrize("address", [*PAGES, "/admin/", "/admin/login/"])
def test_every_answer_has_the_headers(db, client, address):
    response = client.get(address)
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


def test_static_files_are_for_this_site_alone(db, client):
    response = client.get("/static/base.css")
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("feature", ["camera", "microphone", "geolocation", "payment", "usb"])
def test_no_page_may_use_the_devices_of_its_visitor(db, client, feature):
    assert f"{feature}=()" in client.get("/").headers["Permissions-Policy"].split(", ")


def test_cookies_are_of_this_host_alone_where_there_is_https(tmp_path):
    code = (
        "import digits_site.settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.VISITOR_COOKIE_NAME, "
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    )
    env = environment(tmp_path / "data", tmp_path / "static", HTTPS="true")
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, env=env, capture_output=True, text=True)
    assert answer.stdout == "__Host-sessionid __Host-csrftoken __Host-visitor True True\n", answer.stderr


@pytest.fixture
def plain(db, client, settings) -> Visitor:
    """A visitor of a site that came to HTTPS, whose browser has the cookie of before, or a neighbouring host's."""
    client.cookies["visitor"] = "a" * 43
    settings.VISITOR_COOKIE_NAME = "__Host-visitor"
    return Visitor.objects.create(key_hash=visitors._hash("a" * 43))


def test_a_cookie_that_any_neighbour_can_set_is_nobodys(plain, client):
    assert visitors.current(client.get("/drawings/").wsgi_request) is None


@pytest.mark.parametrize(("days", "is_known"), [(0, True), (-1, False)], ids=["on the last day", "the day after"])
def test_a_visitor_of_before_is_known_until_a_day_that_is_set(plain, client, settings, days, is_known):
    settings.PLAIN_COOKIE_UNTIL = timezone.localdate() + timedelta(days=days)
    assert (visitors.current(client.get("/drawings/").wsgi_request) == plain) is is_known


def test_who_is_known_by_the_plain_name_is_counted_as_well(plain, client, settings):
    settings.PLAIN_COOKIE_UNTIL = timezone.localdate()
    settings.THROTTLE_SCALE, settings.THROTTLES = 1.0, settings.THROTTLES | {"pages": (2, 0, 0)}
    assert [client.get("/drawings/").status_code for _ in range(3)] == [200, 200, 429]
