"""A drawing's life as its visitor follows it: from the thanks to the page, in another browser, and on a phone."""

import pytest
from playwright.sync_api import expect

from recognizer import drawings
from recognizer.models import Drawing
from tests.browser.conftest import PHONE, Site
from tests.browser.test_second_opinion import POLICY, corrected

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def follow(site: Site) -> str:
    """From the thanks to the life; its address."""
    corrected(site)
    site.follow(site.page.get_by_role("link", name="Follow it"), "/drawings/*/")
    expect(site.page.get_by_role("heading", level=1)).to_have_text("The life of your drawing")
    return site.page.url


def test_the_thanks_lead_to_the_life_which_goes_on_with_the_review(site: Site):
    follow(site)
    steps = site.page.get_by_role("listitem")
    expect(steps.nth(1)).to_contain_text("You said 4")
    expect(site.page.locator("[aria-current=step]")).to_contain_text("In review")

    drawings.review([Drawing.objects.get().pk], "accepted", by=None)
    site.page.reload()

    expect(site.page.locator("[data-step=reviewed]")).to_contain_text("Accepted as 4")
    expect(site.page.locator("[data-step=learnt]")).to_contain_text("Not learnt yet")


def test_the_address_opens_in_a_browser_without_the_cookie(site: Site):
    address = follow(site)
    site.page.context.clear_cookies()
    site.page.goto(address)
    expect(site.page.get_by_role("heading", level=1)).to_have_text("The life of a drawing")
    expect(site.page.get_by_role("img", name="The drawing")).to_be_visible()
    expect(site.page.locator("main").get_by_role("link")).to_have_count(0)


def test_the_address_is_copied_by_a_press(site: Site):
    address = follow(site)
    site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    site.button("Copy").click()
    expect(site.words).to_have_text("The address is copied.")
    assert site.page.evaluate("navigator.clipboard.readText()") == address


def test_where_the_clipboard_is_closed_the_old_way_is_taken(site: Site):
    site.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    follow(site)
    site.button("Copy").click()
    expect(site.words).to_have_text("The address is copied.")


def test_the_gallery_leads_there_and_back(site: Site):
    corrected(site)
    site.open("/drawings/")
    site.page.get_by_role("link", name="Its life").click()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("The life of your drawing")
    site.page.get_by_role("main").get_by_role("link", name="My drawings").click()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("My drawings")


@pytest.mark.browser_context_args(**PHONE)
def test_on_a_phone_it_is_shared(site: Site):
    site.page.add_init_script("navigator.share = async (what) => { window.sharedWith = what; };")
    address = follow(site)
    assert not site.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    site.button("Share").tap()
    site.page.wait_for_function("window.sharedWith")  # a tap is over before its click has come
    assert site.page.evaluate("window.sharedWith.url") == address


def test_it_works_under_a_strict_content_security_policy(site: Site):
    def strict(route):
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-security-policy": POLICY})

    address = follow(site)
    site.page.route(address, strict)
    site.page.goto(address)
    site.button("Copy").click()
    expect(site.words).not_to_be_empty()
