"""The review queue in a real browser: a hundred labels without the mouse, by two people at once, over a bad network."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from recognizer import versions
from recognizer.models import Decision, Drawing, Label, Visitor
from tests import admin_rows as rows

from .conftest import PATIENCE_MS, PHONE, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "/admin/recognizer/drawing/review/"
# Decisions go one after another, and the page waits 15 s for an answer before it asks again.
LONG_MS = 3 * PATIENCE_MS


@pytest.fixture
def labels() -> Callable[[int], list[Drawing]]:
    """So many labels that await review, the first the most suspect; each drawing of another visitor."""
    version = versions.ensure_shipped().version

    def make(count: int) -> list[Drawing]:
        made = [rows.drawing(version, means=number % 10, read=1, visitor=Visitor.objects.create())
                for number in range(count)]  # fmt: skip
        doubts = ["the network read 1 with 90 %"]
        for place, drawing in enumerate(made):
            Label.objects.filter(drawing=drawing).update(priority=1 - place / 1000, doubts=doubts)
        return made

    return make


def reviewer(name: str) -> User:
    rights = ["view_drawing", "view_visitor", "view_label", "review_label", "moderate_drawing"]
    return rows.staff(*(f"recognizer.{right}" for right in rights), name=name)


def signed_in(page: Page, address: str, user: User) -> Site:
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}
    page.context.add_cookies([cookie])
    return Site(page, address)


@pytest.fixture
def desk(site: Site) -> Site:
    signed_in(site.page, site.address, reviewer("rita"))
    return site


@pytest.fixture
def other(browser: Browser, live_server) -> Iterator[Site]:
    context = browser.new_context()
    site = signed_in(context.new_page(), live_server.url, reviewer("ron"))
    yield site
    context.close()
    site.check()


def claim(site: Site) -> str:
    return site.page.locator("[data-claim]").inner_text()


def number(site: Site) -> int:
    """Which drawing is shown."""
    return int(site.page.locator("[data-source] a").inner_text().removeprefix("Drawing "))


def opened(site: Site, query: str = "") -> None:
    site.open(ADDRESS + query)
    expect(site.page.locator("[data-card]")).to_be_visible()


def sent(site: Site) -> None:
    expect(site.page.locator("#review")).to_have_attribute("data-unsent", "0", timeout=LONG_MS)


def press(site: Site, key: str) -> None:
    site.page.keyboard.press(key)


def label_of(drawing: Drawing) -> tuple[int | None, str]:
    label = Label.objects.get(drawing=drawing)
    return label.digit, label.state


def test_every_key_does_what_it_says(desk, labels):
    made = labels(6)
    opened(desk)
    for key in ("a", "r", "3", "n", "h"):
        press(desk, key)
    sent(desk)
    expected = [(0, "accepted"), (1, "rejected"), (3, "accepted"), (None, "accepted"), (4, "unreviewed")]
    assert [label_of(drawing) for drawing in made[:5]] == expected
    assert set(Drawing.objects.exclude(hidden_as="")) == {made[4]}
    assert number(desk) == made[5].pk
    press(desk, "u")
    sent(desk)
    assert not Drawing.objects.exclude(hidden_as="").exists()
    assert number(desk) == made[4].pk


def test_several_decisions_are_taken_back_one_after_another_and_made_anew(desk, labels):
    made = labels(4)
    opened(desk)
    for key in "aarUUU":
        press(desk, key.lower())
    sent(desk)
    assert {state for _, state in map(label_of, made)} == {"unreviewed"}
    assert number(desk) == made[0].pk
    for key in "rr":
        press(desk, key)
    sent(desk)
    assert [label_of(drawing)[1] for drawing in made[:2]] == ["rejected", "rejected"]


def test_arrows_look_back_and_what_was_decided_can_be_decided_otherwise(desk, labels):
    made = labels(3)
    opened(desk)
    press(desk, "a")
    press(desk, "a")
    sent(desk)
    press(desk, "ArrowLeft")
    press(desk, "ArrowLeft")
    assert number(desk) == made[0].pk
    expect(desk.page.locator("[data-decided]")).to_contain_text("Accepted as 0")
    press(desk, "5")
    sent(desk)
    assert label_of(made[0]) == (5, "accepted")
    press(desk, "ArrowRight")
    assert number(desk) == made[2].pk


def test_what_was_decided_otherwise_is_taken_back_step_by_step(desk, labels):
    made = labels(2)
    opened(desk)
    for key in ("r", "ArrowLeft", "5", "u"):
        press(desk, key)
    sent(desk)
    assert (label_of(made[0])[1], number(desk)) == ("rejected", made[1].pk)
    press(desk, "u")
    sent(desk)
    assert (label_of(made[0]), number(desk)) == ((0, "unreviewed"), made[0].pk)
    press(desk, "a")
    sent(desk)
    assert label_of(made[0]) == (0, "accepted")


def test_what_is_put_off_comes_again_at_the_end(desk, labels):
    made = labels(2)
    opened(desk)
    press(desk, "ArrowRight")
    assert number(desk) == made[1].pk
    press(desk, "a")
    expect(desk.page.locator("[data-source]")).to_contain_text(f"Drawing {made[0].pk},")


def test_two_people_review_by_keyboard_at_once_and_nothing_is_lost_or_doubled(desk, other, labels):
    count = 120
    made = labels(count)
    opened(desk)
    opened(other)
    began = time.monotonic()
    decided: dict[int, tuple[int, str]] = {}
    for turn in range(count):
        site, colleague = (desk, other) if turn % 2 == 0 else (other, desk)
        card_or_end = site.page.locator("[data-card]:visible, [data-empty]:visible")
        expect(card_or_end).to_have_count(1, timeout=LONG_MS)
        if site.page.locator("[data-empty]").is_visible():  # the colleague has taken the last ones ahead
            assert count - turn <= settings.REVIEW_CARDS_AHEAD, "nothing is left although others are not handed out"
            site = colleague
        expect(site.page.locator("[data-card]")).to_be_visible()
        digit = turn % 10
        assert number(site) not in decided, "both were shown the same drawing"
        decided[number(site)] = (digit, "accepted")
        press(site, str(digit))
    sent(desk)
    sent(other)
    seconds = time.monotonic() - began
    print(f"{count} labels by two people in {seconds:.1f} s: {count / 2 / seconds * 60:.0f} a minute each")
    assert {drawing.pk: label_of(drawing) for drawing in made} == decided
    assert Decision.objects.count() == count
    assert sorted(Decision.objects.values_list("drawing_id", flat=True)) == sorted(decided)
    by_each = [Decision.objects.filter(by__username=name).count() for name in ("rita", "ron")]
    assert sum(by_each) == count
    assert abs(by_each[0] - by_each[1]) <= 2 * settings.REVIEW_CARDS_AHEAD
    expect(desk.page.locator("[data-empty]")).to_be_visible()


def test_decisions_survive_a_network_that_fails(desk, labels):
    made = labels(3)
    opened(desk)
    desk.expects_failures = True
    desk.route("**/decide/", lambda route: route.abort())
    press(desk, "a")
    press(desk, "r")
    expect(desk.page.locator("[data-unsent]:not(#review)")).to_have_text("2 not sent yet")
    assert number(desk) == made[2].pk
    desk.page.unroute("**/decide/")
    sent(desk)
    assert [label_of(drawing)[1] for drawing in made] == ["accepted", "rejected", "unreviewed"]


@pytest.mark.parametrize("gone", [{"name": "sessionid"}, {}], ids=["the session", "all cookies"])
def test_decisions_wait_for_signing_in_again_in_another_tab(desk, labels, gone):
    """Which gives the browser another CSRF token than the open page was made with."""
    made = labels(4)
    opened(desk)
    desk.expects_failures = True
    desk.page.context.clear_cookies(**gone)
    press(desk, "a")
    press(desk, "r")
    expect(desk.page.locator("[data-unsent]:not(#review)")).to_have_text("2 not sent yet")
    tab = desk.page.context.new_page()
    User.objects.filter(username="rita").update(password=make_password("secret"))
    tab.goto(f"{desk.address}/admin/login/")
    tab.get_by_label("Username").fill("rita")
    tab.get_by_label("Password").fill("secret")
    tab.get_by_role("button", name="Log in").click()
    sent(desk)
    press(desk, "3")
    sent(desk)
    expected = [(0, "accepted"), (1, "rejected"), (3, "accepted"), (3, "unreviewed")]
    assert [label_of(drawing) for drawing in made] == expected


def test_an_answer_that_got_lost_does_not_decide_twice(desk, labels):
    made = labels(2)
    opened(desk)
    desk.expects_failures = True
    lost = []

    def lose_the_first(route) -> None:
        response = route.fetch()
        if lost:
            return route.fulfill(response=response)
        lost.append(response)
        route.abort()

    desk.route("**/decide/", lose_the_first)
    press(desk, "3")
    sent(desk)
    assert (len(lost), Decision.objects.count(), label_of(made[0])) == (1, 1, (3, "accepted"))


def test_what_somebody_else_decided_meanwhile_is_said_and_stands(desk, labels):
    from recognizer import drawings

    made = labels(2)
    opened(desk)
    desk.expects_failures = True
    drawings.review([made[0].pk], "rejected", by=reviewer("ron"))
    press(desk, "a")
    expect(desk.page.locator("[data-said]")).to_contain_text("ron rejected drawing")
    assert label_of(made[0])[1] == "rejected"
    assert number(desk) == made[1].pk


def test_it_is_used_by_thumb_on_a_phone_in_the_dark(browser, live_server, labels):
    made = labels(2)
    context = browser.new_context(**PHONE, color_scheme="dark")
    site = signed_in(context.new_page(), live_server.url, reviewer("rita"))
    opened(site)
    sizes = site.page.locator("[data-do]").evaluate_all("all => all.map((b) => b.getBoundingClientRect().height)")
    assert min(sizes) >= 44
    assert site.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    site.page.get_by_role("button", name="It is a 4").tap()
    sent(site)
    assert label_of(made[0]) == (4, "accepted")
    context.close()
    site.check()


def test_an_empty_queue_says_what_will_be_here(desk):
    desk.open(ADDRESS)
    expect(desk.page.locator("[data-empty]")).to_contain_text("No label awaits review. Each one that a visitor gives")


def test_an_address_that_asks_for_what_there_is_not_is_told_so(desk, labels):
    labels(1)
    opened(desk, "?claimed=77")
    expect(desk.page.get_by_role("alert")).to_contain_text("claimed is '77': it can be 0")
