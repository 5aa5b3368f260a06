"""Pages in languages that are wordier than English or run from right to left: nothing overflows, order is mirrored.

Both languages are made up from the catalogs. Left out on purpose: whether a translation is good, which people judge."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recognizer import languages
from tests.browser.conftest import PHONE, Site
from tests.browser.test_accessibility import PUBLIC
from tests.site.catalogs import hebrew, longer, write_language

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Reached by buttons that have words; the page that is left when all is deleted has nothing of its own to break.
DRAWN_FIRST = {
    "gallery": "/drawings/",
    "what is stored of somebody": "/privacy/",
    "deleting everything": "/privacy/delete/",
}
NAMES = [name for name in PUBLIC if name != "everything deleted"]
DESKTOP = {"width": 1280, "height": 900}
NARROW = PHONE["viewport"]
# What is cut off or lies outside of the screen, other than what scrolls by itself or is meant to be unseen
SPILLED = """() => {
  const unseen = (one) => one.closest(".unseen, [hidden], svg, canvas, .skip, .network-figure, .bars");
  const scrolls = (element) => {
    for (let one = element; one; one = one.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(one).overflowX)) return true;
    }
    return false;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || unseen(element) || scrolls(element)) continue;
    const box = element.getBoundingClientRect();
    const name = `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`;
    if (box.left < -1 || box.right > innerWidth + 1) found.push(`off the screen: ${name}`);
    if (element.matches("button, .button, a, h1, h2, label, nav") && element.scrollWidth > element.clientWidth + 1
        && getComputedStyle(element).display !== "inline") found.push(`too narrow: ${name}`);
  }
  return found;
}"""
# Controls that lie over each other
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("button, .button, nav a, input, canvas, summary, h1:not(.unseen), h2")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .filter((one) => !one.closest(".unseen, dialog, .consent, .skip"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width > 2 && box.height > 2);
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return boxes.flatMap(([one, box], i) => boxes.slice(i + 1)
    .filter(([other, second]) => meet(box, second) && !one.contains(other) && !other.contains(one))
    .map(([other]) => `${one.outerHTML.slice(0, 80)} lies over ${other.outerHTML.slice(0, 80)}`));
}"""


@pytest.fixture
def speak(settings, tmp_path: Path, site: Site) -> Iterator[Callable[[str], None]]:
    """Have the browser ask for a language that is made up: Latin's code for the longer, Hebrew's for the mirrored."""
    settings.LABEL_AGREEMENT = 2
    for code, say in (("la", longer), ("he", hebrew)):
        write_language(code, tmp_path / "locale", say)
    settings.LANGUAGES = [*settings.LANGUAGES, ("la", longer("Latin")), ("he", "עברית")]
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    languages._script.cache_clear()
    yield lambda code: site.page.set_extra_http_headers({"Accept-Language": code})
    languages._script.cache_clear()


def act(site: Site, name: str) -> None:
    """Open the page of this name, and do there what its line says, by marks that no language changes."""
    address, _ = PUBLIC[name]
    site.expects_failures = name == "no such page"
    site.open(address)
    if name in ("drawn", "submitted", "labelled", "a drawing's life", *DRAWN_FIRST):
        site.open("/")
        site.draw()
    if name in ("submitted", "labelled", "a drawing's life", *DRAWN_FIRST):
        site.page.locator("[data-submit]").click()
        site.wait_until_stored()
    if name in ("labelled", "a drawing's life"):
        site.page.locator("[data-right]").click()
        expect(site.page.locator("[data-words] a")).to_be_visible()
        expect(site.page.locator("[data-consent]")).to_be_visible()
    if name == "a drawing's life":
        site.follow(site.page.locator("[data-words] a"), "/drawings/*/")
    if name in DRAWN_FIRST:
        site.open(DRAWN_FIRST[name])


def problems(page: Page) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    wide = [f"{width} px too wide"] if width > 0 else []
    return [*wide, *page.evaluate(SPILLED), *page.evaluate(OVERLAPS)]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_overflows_in_a_wordier_language(site, speak, name):
    speak("la")
    found = {}
    for size in (DESKTOP, NARROW):
        site.page.set_viewport_size(size)
        act(site, name)
        expect(site.page.locator("html")).to_have_attribute("lang", "la")
        found[size["width"]] = problems(site.page)
    assert found == {DESKTOP["width"]: [], NARROW["width"]: []}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_overflows_in_german_on_a_phone(site, settings, name):
    """Whose words are put together, and longer than any that longer sentences have."""
    settings.LABEL_AGREEMENT = 2
    site.page.set_extra_http_headers({"Accept-Language": "de"})
    site.page.set_viewport_size(NARROW)
    act(site, name)
    expect(site.page.locator("html")).to_have_attribute("lang", "de")
    assert problems(site.page) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_from_right_to_left_is_mirrored_and_whole(site, speak, name):
    speak("he")
    found = {}
    for size in (DESKTOP, NARROW):
        site.page.set_viewport_size(size)
        act(site, name)
        expect(site.page.locator("html")).to_have_attribute("dir", "rtl")
        found[size["width"]] = problems(site.page)
        brand, theme = (site.page.locator(where).bounding_box() for where in (".brand", ".theme"))
        assert brand["x"] > theme["x"]
    assert found == {DESKTOP["width"]: [], NARROW["width"]: []}


def test_the_paper_and_the_answer_change_sides_from_right_to_left(site, speak):
    speak("he")
    site.page.set_viewport_size(DESKTOP)
    site.open()
    site.draw()
    paper, answer = (site.page.locator(where).bounding_box() for where in (".paper", ".answer"))
    assert paper["x"] > answer["x"] + answer["width"]
    track, fill = (site.page.locator(f"[data-answer] {part}").bounding_box() for part in (".track", ".fill"))
    # The bar grows from the side where lines begin.
    assert abs(fill["x"] + fill["width"] - track["x"] - track["width"]) < track["width"]


def test_the_arrow_keys_go_where_they_point_from_right_to_left(site, speak):
    speak("he")
    site.open("/model/")
    cells = site.page.locator("[data-confusion] tbody tr").first.locator("td")
    cells.first.focus()
    site.page.keyboard.press("ArrowLeft")
    expect(cells.nth(1)).to_be_focused()


def test_the_scripts_speak_the_pages_language(site):
    site.page.set_extra_http_headers({"Accept-Language": "de"})
    site.open()
    expect(site.words).to_have_text("Zeichne eine Ziffer, 0 bis 9.")
    site.draw()
    site.page.locator("[data-submit]").click()
    site.wait_until_stored()
    site.page.locator("[data-right]").click()
    expect(site.words).to_contain_text("Danke.")


def test_without_its_texts_a_page_works_in_english(site):
    site.expects_failures = True
    site.page.set_extra_http_headers({"Accept-Language": "de"})
    site.page.route("**/i18n/de.*", lambda route: route.abort())
    site.open()
    expect(site.words).to_have_text("Draw a digit, 0 to 9.")
    site.draw()


def test_a_language_is_chosen_in_the_footer_and_stays(site):
    site.open("/model/")
    site.button("Deutsch").click()
    expect(site.page.locator("h1")).to_have_text("Das Modell")
    site.open()
    expect(site.words).to_have_text("Zeichne eine Ziffer, 0 bis 9.")
    site.button("English").click()
    expect(site.words).to_have_text("Draw a digit, 0 to 9.")


def test_a_language_is_chosen_on_the_page_of_a_life_too(site):
    site.open()
    site.draw()
    site.submit()
    site.button("Right").click()
    site.follow(site.page.get_by_role("link", name="Follow it"), "/drawings/*/")
    site.button("Deutsch").click()
    expect(site.page.locator("html")).to_have_attribute("lang", "de")
    expect(site.page.locator("h1")).to_have_text("Der Werdegang deiner Zeichnung")
