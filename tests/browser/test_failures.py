"""A drawing outlives everything that goes wrong between the page and the server, and is stored once."""

import re

import pytest
from playwright.sync_api import Route, expect

from recognizer.models import Drawing, Label
from tests.browser.conftest import SEVEN, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def drawn(site: Site) -> Site:
    """The page with a drawing on it that is not submitted."""
    site.open()
    site.draw()
    return site


def test_without_a_connection_the_drawing_stays_and_can_be_sent_again(drawn: Site):
    drawn.expects_failures = True
    ink = drawn.ink()
    drawn.page.context.set_offline(True)
    drawn.button("Submit").click()
    expect(drawn.words).to_contain_text("No connection. Your drawing is kept, and not stored.")
    assert drawn.ink() == ink

    drawn.page.context.set_offline(False)
    drawn.page.evaluate("dispatchEvent(new Event('online'))")
    drawn.button("Try again").click()
    drawn.wait_until_stored()

    assert Drawing.objects.count() == 1


def test_a_failure_of_the_server_leaves_the_drawing_and_a_way_to_try_again(drawn: Site):
    drawn.expects_failures = True
    drawn.route("**/api/v1/drawings", lambda route: route.fulfill(status=500, body="<h1>broken</h1>"), times=1)
    drawn.button("Submit").click()
    expect(drawn.words).to_contain_text("The server failed. Your drawing is kept, and not stored.")

    drawn.button("Try again").click()
    drawn.wait_until_stored()

    assert Drawing.objects.count() == 1


def test_an_answer_that_got_lost_does_not_store_the_drawing_twice(drawn: Site):
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    drawn.expects_failures = True
    drawn.route("**/api/v1/drawings", lose_the_answer, times=1)
    drawn.button("Submit").click()
    expect(drawn.button("Try again")).to_be_visible()
    assert Drawing.objects.count() == 1

    drawn.page.reload()
    expect(drawn.digit).not_to_be_empty()
    drawn.submit()
    assert Drawing.objects.count() == 1

    drawn.draw()
    drawn.submit()
    assert Drawing.objects.count() == 2


def test_the_servers_reason_for_a_refusal_is_said_and_not_repeated_in_vain(drawn: Site, settings):
    drawn.expects_failures = True
    settings.MAX_POINTS = 5

    drawn.button("Submit").click()

    expect(drawn.words).to_contain_text("more than the 5")
    expect(drawn.button("Try again")).to_have_count(0)
    expect(drawn.button("Submit")).to_be_enabled()
    assert drawn.ink() > 0


def test_an_answer_that_is_not_ours_counts_as_a_failure(drawn: Site):
    drawn.route("**/api/v1/drawings", lambda route: route.fulfill(status=200, body="<h1>Log in</h1>"), times=1)

    drawn.button("Submit").click()

    expect(drawn.words).to_contain_text("The server failed.")
    expect(drawn.button("Try again")).to_be_visible()


def test_an_answer_that_does_not_come_is_given_up(drawn: Site):
    drawn.page.clock.install()
    drawn.hold("**/api/v1/drawings")

    with drawn.page.expect_request("**/api/v1/drawings"):
        drawn.button("Submit").click()
    drawn.page.clock.run_for(21_000)

    expect(drawn.words).to_contain_text("No answer in time. Your drawing is kept, and not stored.")
    expect(drawn.button("Try again")).to_be_visible()


def test_waiting_is_shown_and_nothing_is_sent_twice_meanwhile(drawn: Site):
    held = drawn.hold("**/api/v1/drawings")
    ink = drawn.ink()
    drawn.button("Submit").click()
    expect(drawn.button("Submit")).to_have_attribute("aria-busy", "true")
    expect(drawn.words).to_have_text("Sending.")

    drawn.button("Submit").click()
    drawn.page.keyboard.press("Escape")
    drawn.stroke(SEVEN[0])
    assert drawn.ink() == ink
    held.release()
    drawn.wait_until_stored()

    expect(drawn.page.locator("[data-submit][aria-busy]")).to_have_count(0)
    assert len(drawn.asked("POST", "/drawings")) == 1


def test_a_live_answer_that_fails_is_said_and_the_next_stroke_asks_again(site: Site):
    site.expects_failures = True
    site.page.route("**/recognitions", lambda route: route.fulfill(status=503, body=""))
    site.open()
    site.stroke([(0.5, 0.5)])
    expect(site.words).to_contain_text("The server failed. Your drawing is kept.")

    site.page.unroute("**/recognitions")
    site.draw()

    expect(site.words).to_have_text("Nothing is stored until you submit.")


def test_a_live_answer_is_asked_for_again_when_the_connection_is_back(site: Site):
    site.expects_failures = True
    site.open()
    site.page.context.set_offline(True)
    site.stroke(SEVEN[0])
    expect(site.words).to_contain_text("No connection. Your drawing is kept.")

    site.page.context.set_offline(False)

    expect(site.digit).not_to_be_empty()
    expect(site.words).to_have_text("Nothing is stored until you submit.")


def test_a_reload_brings_back_the_drawing_that_was_not_submitted(drawn: Site):
    drawn.page.reload()

    expect(drawn.digit).not_to_be_empty()
    expect(drawn.page.locator("[data-draw-page][data-empty]")).to_have_count(0)
    drawn.button("Undo").click()
    drawn.submit()
    assert len(Drawing.objects.get().strokes) == 1


def test_a_drawing_that_is_stored_does_not_come_back(drawn: Site):
    drawn.submit()

    drawn.page.reload()

    expect(drawn.words).to_have_text("Draw a digit, 0 to 9.")
    assert drawn.ink() == 0


def test_a_draft_that_is_damaged_does_not_stop_the_page(site: Site):
    site.open()
    site.page.evaluate("""sessionStorage.setItem("digits.draft", '{"strokes": [[[1, "x", 3]]], "key": "k"}')""")

    site.page.reload()

    expect(site.words).to_have_text("Draw a digit, 0 to 9.")


def test_a_lost_csrf_cookie_is_fetched_again_unseen(drawn: Site):
    drawn.expects_failures = True  # the refusal is written to the console
    drawn.hold("**/recognitions")  # one that is still to come would fetch the cookie first
    drawn.page.context.clear_cookies(name="csrftoken")

    drawn.submit()

    assert Drawing.objects.count() == 1
    assert len(drawn.asked("POST", "/drawings")) == 2


def test_a_correction_that_fails_is_taken_off_the_page_and_can_be_sent_again(drawn: Site):
    drawn.expects_failures = True
    drawn.submit()
    drawn.route("**/label", lambda route: route.abort(), times=1)
    drawn.button("It is 4").click()
    expect(drawn.words).to_contain_text("The correction is not stored.")
    expect(drawn.button("It is 4")).to_have_attribute("aria-pressed", "false")

    drawn.button("Try again").click()

    expect(drawn.words).to_contain_text("Thanks.")
    expect(drawn.button("It is 4")).to_have_attribute("aria-pressed", "true")
    assert Label.objects.get().digit == 4


def test_a_browser_without_storage_draws_as_any_other(site: Site):
    site.page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
             Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""
    )
    site.open()

    site.draw()
    site.button("Theme: as the system").click()
    site.submit()

    expect(site.words).to_have_text(re.compile("^Is it"))


def test_a_correction_that_is_lost_stays_said_while_the_next_digit_is_drawn(drawn: Site):
    drawn.expects_failures = True
    held = []
    drawn.submit()
    drawn.route("**/label", lambda route: held.append(route), times=1)
    drawn.button("It is 4").click()
    while not held:
        drawn.page.wait_for_timeout(20)
    drawn.button("Draw another").click()
    drawn.draw()
    held.pop().abort()
    expect(drawn.words).to_contain_text("The correction is not stored.")

    with drawn.page.expect_response("**/recognitions"):
        drawn.stroke([(0.2, 0.2), (0.2, 0.8)])
    drawn.page.wait_for_timeout(100)
    expect(drawn.words).to_contain_text("The correction is not stored.")
    with drawn.page.expect_response("**/label"):
        drawn.button("Try again").click()

    expect(drawn.words).to_have_text("Nothing is stored until you submit.")
    assert Label.objects.get().digit == 4


def throttled(route: Route, *, seconds: int = 1) -> None:
    error = {"error": {"code": "too_many_requests", "message": "Too many requests of this kind.", "field": None}}
    route.fulfill(status=429, json=error, headers={"Retry-After": str(seconds)})


def test_a_drawing_that_comes_too_soon_is_sent_again_when_the_server_says(drawn: Site):
    drawn.expects_failures = True
    drawn.route("**/api/v1/drawings", throttled, times=2)
    drawn.button("Submit").click()
    expect(drawn.words).to_contain_text("Too many requests for now: trying again in 1 s. Your drawing is kept.")
    drawn.wait_until_stored()
    assert Drawing.objects.count() == 1


def test_a_long_wait_is_told_and_left_to_people(drawn: Site):
    drawn.expects_failures = True
    drawn.route("**/api/v1/drawings", lambda route: throttled(route, seconds=3600), times=1)
    drawn.button("Submit").click()
    expect(drawn.words).to_contain_text("Too many requests of this kind. Your drawing is kept, and not stored.")
    drawn.button("Try again").click()
    drawn.wait_until_stored()


def test_a_server_that_refuses_for_good_is_asked_a_few_times_only(drawn: Site):
    drawn.expects_failures = True
    asked = []
    drawn.route("**/api/v1/drawings", lambda route: (asked.append(1), throttled(route, seconds=0)))
    drawn.button("Submit").click()
    expect(drawn.button("Try again")).to_be_visible()
    assert len(asked) == 4


def test_a_live_answer_that_comes_too_soon_follows(site: Site):
    site.expects_failures = True
    site.open()
    site.route("**/api/v1/recognitions", throttled)
    site.stroke([(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)])
    expect(site.words).to_contain_text("trying again in 1 s")
    site.page.unroute("**/api/v1/recognitions")
    expect(site.digit).not_to_be_empty()


def test_a_quota_is_said_with_its_remedy(drawn: Site, settings):
    drawn.expects_failures = True
    drawn.submit()
    settings.QUOTA_VISITOR_DRAWINGS = 1
    drawn.draw()
    drawn.button("Submit").click()
    expect(drawn.words).to_contain_text("delete some under My drawings")
    assert drawn.ink() > 0


def test_a_full_disk_is_said_and_the_drawing_stays(drawn: Site, settings):
    drawn.expects_failures = True
    settings.MIN_FREE_BYTES = 10**18
    drawn.button("Submit").click()
    expect(drawn.words).to_contain_text("The disk of this site is full")
    expect(drawn.words).to_contain_text("Your drawing is kept, and not stored.")
    expect(drawn.button("Try again")).to_be_visible()
