"""Against abuse, as a moderator works: hide, ban a shape after a look, block a visitor, and take it all back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from recognizer import bans, drawings, recognition, submissions, versions
from recognizer.models import BannedShape, Drawing, Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RUDE = [[[90, 20], [150, 20], [110, 130]]]
OTHER = [[[60, 75], [100, 20], [140, 75], [100, 130], [60, 75]]]


@pytest.fixture
def admin(page: Page, live_server) -> Iterator[Page]:
    """A browser that is signed in as somebody who may do everything."""
    recognition.forget()  # what a test before had live
    versions.ensure_shipped()
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    yield page
    page.close()  # so that it asks nothing while the database is emptied


def drawn(strokes: list, visitor: Visitor | None = None) -> Drawing:
    submission = submissions.of_strokes(strokes, 200, 150)
    return drawings.store(visitor or Visitor.objects.create(), submission, recognition.recognise(submission.seen))


def test_a_drawing_is_hidden_found_in_the_list_and_shown_again(admin, live_server):
    drawing = drawn(RUDE)
    admin.goto(f"{live_server.url}/admin/recognizer/drawing/{drawing.pk}/change/")
    admin.get_by_label("Reason, for those who read the history later").fill("rude words")
    admin.get_by_role("button", name="Hide", exact=True).click()
    expect(admin.get_by_text("This drawing is hidden: hidden by a reviewer")).to_be_visible()
    expect(admin.locator(".d-prose", has_text="rude words")).to_be_visible()
    admin.goto(f"{live_server.url}/admin/recognizer/drawing/?hidden=yes")
    expect(admin.locator(".d-badge")).to_have_count(1)
    admin.goto(f"{live_server.url}/admin/recognizer/drawing/{drawing.pk}/change/")
    admin.get_by_role("button", name="Show again").click()
    expect(admin.get_by_text("No person hides the drawing any more.")).to_be_visible()
    assert Drawing.objects.visible().get() == drawing


def test_a_shape_is_banned_after_a_look_hides_what_comes_and_is_lifted(admin, live_server):
    drawing, _ = drawn(RUDE), drawn(OTHER)
    admin.goto(f"{live_server.url}/admin/recognizer/drawing/{drawing.pk}/change/")
    admin.get_by_role("link", name="Ban this shape").click()
    admin.get_by_role("link", name="nearly the same").click()
    expect(admin.locator("tr[aria-current]")).to_contain_text("nearly the same")
    expect(admin.locator(".d-gallery a")).to_have_count(1)
    admin.get_by_label("Reason").fill("the same again and again")
    admin.get_by_role("button", name="Ban it: nearly the same").click()
    expect(admin.get_by_text("The shape is banned: 1 drawing hidden for it.")).to_be_visible()
    drawn(RUDE)
    admin.reload()
    expect(admin.locator(".d-gallery a")).to_have_count(2)
    admin.get_by_role("button", name="Lift the ban").click()
    expect(admin.get_by_text("The ban is lifted.")).to_be_visible()
    assert Drawing.objects.visible().count() == 3


def test_a_visitor_is_blocked_with_a_reason_and_let_in_again(admin, live_server):
    visitor = Visitor.objects.create()
    drawn(RUDE, visitor)
    admin.goto(f"{live_server.url}/admin/recognizer/visitor/{visitor.pk}/change/")
    admin.get_by_label("Reason").fill("spam")
    admin.get_by_role("button", name="Block the visitor").click()
    expect(admin.get_by_text("Blocked. All drawings are hidden")).to_be_visible()
    drawn(OTHER, visitor)
    assert not Drawing.objects.visible().exists()
    admin.get_by_role("button", name="Let in again").click()
    expect(admin.get_by_text("Not blocked any more.")).to_be_visible()
    assert Drawing.objects.visible().count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_a_phone_and_the_browser_does_not_complain(admin, live_server, scheme, width):
    visitor = Visitor.objects.create()
    first, *_ = (drawn(RUDE, visitor) for _ in range(3))
    other = drawn(OTHER, visitor)
    shape = bans.ban(other, BannedShape.Nearness.CLOSE, by=None, reason="the same again and again")
    pages = {
        "drawings": "drawing/?hidden=yes", "drawing": f"drawing/{other.pk}/change/", "ban": f"drawing/{first.pk}/ban/",
        "shapes": "bannedshape/", "shape": f"bannedshape/{shape.pk}/change/",
        "visitors": "visitor/?o=-2", "visitor": f"visitor/{visitor.pk}/change/",
    }  # fmt: skip
    complaints: list[str] = []
    admin.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    admin.set_viewport_size({"width": width, "height": 844})
    admin.emulate_media(color_scheme=scheme)
    for name, address in pages.items():
        assert admin.goto(f"{live_server.url}/admin/recognizer/{address}").ok, name
        assert admin.evaluate("document.documentElement.scrollWidth") == width, name
        if folder := os.environ.get("SHOTS"):
            admin.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert complaints == []
