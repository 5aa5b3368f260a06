"""What every page owes its reader: room, contrast, a theme, sharpness, and no move that nobody asked for."""

import pytest
from playwright.sync_api import Page, expect

from recognizer import versions
from recognizer.models import Evaluation
from tests.browser.conftest import PHONE, SEVEN, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SIZES = [(360, 640), (390, 844), (768, 1024), (1440, 900)]
PHONES = [(360, 640), (390, 664), (390, 844)]
# Fingers, and so a camera among the buttons: small and large phones, one lying on its side, tablets.
TOUCHED = [
    (320, 568),
    (375, 553),
    (390, 664),
    (390, 844),
    (844, 390),
    (667, 331),
    (768, 1024),
    (1024, 690),
    (1180, 746),
]
PAGES = ["/", "/drawings/", "/model/", "/nowhere"]

# Every text on the page with its contrast against what is painted below it, as WCAG 2.2 defines it; the worst first.
CONTRASTS = """() => {
    const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
    const ground = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
        if (!text || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        if (element.closest("noscript, .unseen, button:disabled:not(.choices button)")) continue;
        const style = getComputedStyle(element), size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const [light, dark] = [luminance(parse(style.color)), luminance(ground(element))].sort((a, b) => b - a);
        found.push({ text, contrast: (light + 0.05) / (dark + 0.05), needed: isLarge ? 3 : 4.5 });
    }
    return found.sort((a, b) => a.contrast / a.needed - b.contrast / b.needed);
}"""


@pytest.fixture
def lived_in(site: Site) -> Site:
    """A site with a labelled drawing, and a live version that was measured."""
    confusion = [[{0: 900, 1: 1, 2: 4, 3: 8, 4: 15, 5: 60}.get((a - d) % 10, 0) for a in range(10)] for d in range(10)]
    confusion[0][0], confusion[1][1], confusion[2][2], confusion[3][3] = 10, 300, 650, 4000
    n, correct = sum(map(sum, confusion)), sum(confusion[d][d] for d in range(10))
    Evaluation.objects.create(
        version=versions.live_deployment().version,
        dataset=Evaluation.DRAWINGS,
        n=n,
        correct=correct,
        per_digit=[confusion[d][d] / sum(confusion[d]) for d in range(10)],
        confusion=confusion,
        seconds=1.0,
    )
    site.open()
    site.draw()
    site.submit()
    site.button("It is 4").click()
    expect(site.words).to_contain_text("Thanks.")
    return site


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


BUTTONS = """() => {
    const buttons = [...document.querySelectorAll(".actions > :not([hidden])")];
    const boxes = buttons.map((button) => button.getBoundingClientRect());
    return {
        overlap: boxes.slice(1).some((box, i) => box.left < boxes[i].right),
        out: boxes.some(({ left, right }) => left < 0 || right > innerWidth),
        small: boxes.some(({ width, height }) => width < 44 || height < 44),
        spills: buttons.some((button) => button.scrollWidth > button.clientWidth),
        shown: boxes.filter(({ width }) => width).length,
    };
}"""


@pytest.mark.browser_context_args(**PHONE)
def test_all_buttons_have_room_under_a_finger(site: Site):
    site.open()
    for width, height in TOUCHED:
        site.page.set_viewport_size({"width": width, "height": height})
        found = site.page.evaluate(BUTTONS)
        expected = {"overlap": False, "out": False, "small": False, "spills": False, "shown": 5}
        assert found == expected, (width, height)
        assert not scrolls_sideways(site.page), (width, height)


def test_no_page_scrolls_sideways_at_any_width(lived_in: Site):
    lived_in.expects_failures = True  # one of the pages is that of a missing one
    wide = []
    for path in PAGES:
        for width, height in SIZES:
            lived_in.page.set_viewport_size({"width": width, "height": height})
            lived_in.open(path)
            wide += [(path, width)] if scrolls_sideways(lived_in.page) else []

    assert wide == []


def test_a_phone_shows_paper_answer_and_question_without_scrolling(site: Site):
    site.open()
    site.draw()
    site.submit()
    site.button("It is 4").click()
    expect(site.words).to_contain_text("Thanks.")

    for width, height in PHONES:
        site.page.set_viewport_size({"width": width, "height": height})
        boxes = [site.page.locator(part).bounding_box() for part in (".paper", ".actions", ".answer", ".ask")]
        tops = [box["y"] for box in boxes]
        assert tops == sorted(tops)
        assert max(box["y"] + box["height"] for box in boxes) <= height
        assert not scrolls_sideways(site.page)


@pytest.mark.browser_context_args(**PHONE)
def test_on_a_phone_the_paper_has_the_full_width(site: Site):
    site.open()

    assert site.canvas.bounding_box()["width"] == 390 - 2 * 16


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_nothing_moves_when_the_answer_comes(site: Site, width, height):
    def places() -> list[dict]:
        parts = (".paper", ".actions", ".answer", ".bars", ".seen", ".ask", ".choices")
        return [site.page.locator(part).bounding_box() for part in parts]

    site.page.set_viewport_size({"width": width, "height": height})
    site.open()
    before = places()
    site.draw()
    drawn = places()
    site.submit()
    asked = places()
    site.button("It is 4").click()
    expect(site.words).to_contain_text("Thanks.")

    assert before == drawn == asked == places()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_against_its_ground(lived_in: Site, theme):
    lived_in.expects_failures = True
    lived_in.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    expect_theme(lived_in, theme)
    faint = [lived_in.page.evaluate(CONTRASTS)]
    for path in PAGES:
        lived_in.open(path)
        faint.append(lived_in.page.evaluate(CONTRASTS))

    assert min(len(texts) for texts in faint) >= 8
    assert [text for texts in faint for text in texts if text["contrast"] < text["needed"]] == []


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_the_paper_has_a_pixel_for_each_pixel_of_the_screen(site: Site, browser, ratio):
    context = browser.new_context(device_scale_factor=ratio, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(site.address)
    size = "canvas => [canvas.width, canvas.height, canvas.clientWidth * devicePixelRatio]"

    expect(page.locator("canvas")).not_to_have_attribute("width", "300")
    width, height, pixels = page.locator("canvas").evaluate(size)

    assert width == height == pixels == 358 * ratio
    context.close()


def test_the_paper_stays_sharp_when_the_screen_changes(site: Site):
    """A window that is moved to another screen: the ratio changes under the page, and all ink is drawn anew."""
    site.open()
    site.stroke(SEVEN[0])
    session = site.page.context.new_cdp_session(site.page)
    ink, side = site.ink(), site.canvas.evaluate("canvas => canvas.width")

    metrics = {"width": 1280, "height": 720, "deviceScaleFactor": 2, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", metrics)
    site.stroke([(0.1, 0.9)])

    expect(site.canvas).to_have_attribute("width", str(2 * side))
    assert site.ink() > 4 * ink


def test_a_smaller_window_keeps_the_ink(site: Site):
    site.open()
    site.draw()
    side = site.canvas.evaluate("canvas => canvas.width")
    share = site.ink() / side**2

    site.page.set_viewport_size({"width": 390, "height": 844})

    expect(site.canvas).to_have_attribute("width", "358")
    assert site.ink() / 358**2 == pytest.approx(share, rel=0.1)
    site.stroke([(0.1, 0.9), (0.2, 0.9)])
    assert site.ink() / 358**2 > share


# Theme


def expect_theme(site: Site, theme: str) -> None:
    expect(site.page.locator("html")).to_have_attribute("data-theme", theme)


def test_the_theme_is_the_systems_until_one_is_chosen_and_is_kept(site: Site):
    site.page.emulate_media(color_scheme="dark")
    site.open()
    expect_theme(site, "dark")
    site.page.emulate_media(color_scheme="light")
    expect_theme(site, "light")

    site.button("Theme: as the system").click()
    site.button("Theme: light").click()
    expect(site.button("Theme: dark")).to_be_visible()
    expect_theme(site, "dark")
    site.open("/model/")
    expect_theme(site, "dark")

    site.button("Theme: dark").click()
    expect(site.button("Theme: as the system")).to_be_visible()
    expect_theme(site, "light")


def test_the_theme_stands_before_anything_is_painted(site: Site):
    site.page.emulate_media(color_scheme="dark")
    site.page.add_init_script(
        """new MutationObserver((_, observer) => {
            if (!document.body) return;
            window.themeAtBody = document.documentElement.dataset.theme;
            observer.disconnect();
        }).observe(document, { childList: true, subtree: true });"""
    )

    site.open()

    assert site.page.evaluate("themeAtBody") == "dark"


def test_ink_takes_the_colour_of_the_theme(site: Site):
    site.page.emulate_media(color_scheme="light")
    site.open()
    site.stroke([(0.5, 0.5)])
    colour = """canvas => {
        const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        context.drawImage(canvas, -canvas.width / 2, -canvas.height / 2);
        return Array.from(context.getImageData(0, 0, 1, 1).data);
    }"""
    light = site.canvas.evaluate(colour)

    site.page.emulate_media(color_scheme="dark")
    expect_theme(site, "dark")

    assert light == [26, 26, 34, 255]
    assert site.canvas.evaluate(colour) == [22, 22, 28, 255]


# Rules


def test_the_pages_work_under_a_strict_content_security_policy(lived_in: Site):
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"

    def strictly(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})

    lived_in.page.route(lambda url: url.endswith("/"), strictly)
    for path in ("/model/", "/drawings/", "/"):
        lived_in.open(path)
    lived_in.draw()
    lived_in.submit()
    # What the policy forbids is a complaint in the console, which fails every test here.
    expect(lived_in.seen).to_have_js_property("naturalWidth", 28)
    expect(lived_in.button("Right")).to_be_visible()


def test_the_keyboard_reaches_the_content_past_the_navigation(site: Site):
    site.open()

    site.page.keyboard.press("Tab")
    expect(site.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    site.page.keyboard.press("Enter")
    expect(site.page).to_have_url(f"{site.address}/#content")
    site.page.keyboard.press("Tab")

    expect(site.canvas).to_be_focused()


def test_motion_stops_where_it_is_not_wanted(site: Site):
    site.page.emulate_media(reduced_motion="reduce")
    site.open()
    site.stroke(SEVEN[0])

    moving = "() => document.getAnimations().length + [...document.querySelectorAll('*')]"
    moving += ".filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
    assert site.page.evaluate(moving) == 0
