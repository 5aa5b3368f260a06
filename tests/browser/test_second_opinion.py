"""Second opinions and consent as people give them: by key and by thumb, at once, and nothing lost on a bad line."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from recognizer import versions
from recognizer.models import Drawing, LabelSkip, LabelVote, Visitor
from tests import admin_rows as rows
from tests.browser.conftest import PHONE, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]

POLICY = "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'"


@pytest.fixture(autouse=True)
def two_must_agree(settings):
    settings.LABEL_AGREEMENT = 2


def shared(count: int) -> list[Drawing]:
    """Drawings of somebody who lets others see them."""
    owner = Visitor.objects.create(shared_at=timezone.now())
    version = versions.live_deployment().version
    return [rows.drawing(version, means=7, visitor=owner, confidence=0.4) for _ in range(count)]


@pytest.fixture
def opinions(site: Site) -> Site:
    """The page, of somebody who has drawn, with four drawings to look at."""
    site.open()
    site.draw()
    site.submit()
    shared(4)
    site.open("/second-opinion/")
    expect(site.page.locator("[data-state=asking]")).to_be_visible()
    return site


def count(site: Site, given: int) -> None:
    expect(site.page.locator("[data-count]")).to_contain_text(f"{given} answer")


def test_all_is_answered_by_keyboard_alone(opinions: Site):
    for key, given in (("7", 1), ("n", 2), ("c", 3), ("0", 4)):
        expect(opinions.page.locator("[data-state=asking]")).to_be_visible()
        opinions.page.keyboard.press(key)
        count(opinions, given)
    expect(opinions.page.locator("[data-ended]")).to_be_visible()
    assert sorted(LabelVote.objects.values_list("digit", flat=True), key=str) == [0, 7, None]
    assert LabelSkip.objects.count() == 1


def test_the_next_drawing_is_there_before_the_answer_has_arrived(opinions: Site):
    opinions.page.reload()
    expect(opinions.page.locator("[data-ahead=one]")).to_be_visible()
    first = opinions.page.locator(".sheet svg").element_handle()
    held = opinions.hold("**/api/v1/second-opinions")
    opinions.page.keyboard.press("7")
    expect(opinions.page.locator("[data-state=asking]")).to_be_visible()
    opinions.page.wait_for_function("node => !node.isConnected", arg=first)  # the next one is there
    assert not LabelVote.objects.exists()
    held.release()
    count(opinions, 1)


def test_an_answer_that_is_given_before_the_next_question_has_come_is_not_lost(opinions: Site):
    held = opinions.hold("**/second-opinions/next?after=*")
    opinions.page.reload()
    expect(opinions.page.locator("[data-state=asking]")).to_be_visible()
    opinions.page.keyboard.press("7")
    expect(opinions.page.locator("[data-state=waiting]")).to_be_visible()
    held.release()
    count(opinions, 1)
    expect(opinions.page.locator("[data-state=asking]")).to_be_visible()


def test_an_answer_without_a_connection_is_kept_and_sent_again(opinions: Site):
    opinions.expects_failures = True
    opinions.page.context.set_offline(True)
    opinions.page.keyboard.press("7")
    expect(opinions.words).to_contain_text("No connection. 1 answer is not sent yet.")
    assert not LabelVote.objects.exists()
    opinions.page.context.set_offline(False)
    count(opinions, 1)  # by itself, once the line is back
    assert LabelVote.objects.get().digit == 7


def test_what_is_withdrawn_meanwhile_is_said_and_gone(opinions: Site):
    opinions.expects_failures = True
    Visitor.objects.update(shared_at=None)
    opinions.page.keyboard.press("7")
    expect(opinions.words).to_contain_text("not shown to others any more")
    assert not LabelVote.objects.exists()


def test_too_many_answers_are_refused_in_words(opinions: Site, settings):
    opinions.expects_failures = True
    settings.SECOND_OPINIONS_A_MINUTE = 1
    opinions.page.keyboard.press("7")
    count(opinions, 1)
    expect(opinions.page.locator("[data-state=asking]")).to_be_visible()
    opinions.page.keyboard.press("7")
    expect(opinions.words).to_contain_text("That is 1 answers within a minute")
    assert LabelVote.objects.count() == 1


def test_who_never_drew_is_sent_to_draw(site: Site):
    site.open("/second-opinion/")
    expect(site.page.locator("[data-stranger]")).to_contain_text("asked of those who have drawn here")


@pytest.mark.browser_context_args(**PHONE)
def test_on_a_phone_drawing_and_answers_are_in_view(opinions: Site):
    box = opinions.page.locator("[data-skip]").bounding_box()
    assert box["y"] + box["height"] <= 844
    assert not opinions.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    small = opinions.page.locator(".answers button").evaluate_all(
        "all => all.filter(b => b.getBoundingClientRect().width < 44 || b.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    opinions.page.get_by_role("button", name="7", exact=True).tap()
    count(opinions, 1)


def test_the_page_works_under_a_strict_content_security_policy(opinions: Site):
    def strict(route):
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-security-policy": POLICY})

    opinions.page.route("**/second-opinion/", strict)
    opinions.open("/second-opinion/")
    expect(opinions.page.locator("[data-state=asking]")).to_be_visible()
    opinions.page.keyboard.press("7")
    count(opinions, 1)


def corrected(site: Site) -> None:
    site.open()
    site.draw()
    site.submit()
    site.button("It is 4").click()
    expect(site.words).to_contain_text("Thanks.")


def test_consent_is_asked_once_after_a_correction_and_kept(site: Site):
    corrected(site)
    expect(site.page.locator("[data-consent]")).to_contain_text("May other visitors see your drawings")
    assert Visitor.objects.get().shared_at is None
    site.button("Yes, they may").click()
    expect(site.page.locator("[data-consent]")).to_contain_text("may see your drawings now")
    assert Visitor.objects.get().shared_at is not None
    corrected(site)
    expect(site.page.locator("[data-consent]")).to_be_hidden()


def test_a_no_is_remembered(site: Site):
    corrected(site)
    site.button("No").click()
    expect(site.page.locator("[data-consent]")).to_contain_text("do not see your drawings")
    corrected(site)
    expect(site.page.locator("[data-consent]")).to_be_hidden()
    assert Visitor.objects.get().shared_at is None


def test_it_can_be_changed_among_ones_drawings(site: Site):
    corrected(site)
    site.open("/drawings/")
    switch = site.page.get_by_role("switch")
    expect(switch).not_to_be_checked()
    switch.check()
    expect(site.words).to_contain_text("may see your drawings now")
    assert Visitor.objects.get().shared_at is not None
    switch.uncheck()
    expect(site.words).to_contain_text("do not see")
    assert Visitor.objects.get().shared_at is None


def test_a_switch_that_could_not_be_told_goes_back(site: Site):
    site.expects_failures = True
    corrected(site)
    site.open("/drawings/")
    site.page.context.set_offline(True)
    site.page.get_by_role("switch").click()
    expect(site.words).to_contain_text("Nothing has changed.")
    expect(site.page.get_by_role("switch")).not_to_be_checked()
    site.page.context.set_offline(False)
