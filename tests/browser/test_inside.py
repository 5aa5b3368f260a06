"""Looking inside: the steps, the strokes that decided and the layers, moving while one draws."""

import pytest
from playwright.sync_api import expect

from recognizer.models import Drawing
from tests.browser.conftest import Site
from tests.browser.test_pictures import choose
from tests.recognizer.pictures import encoded

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_it_is_closed_at_first_and_asks_for_nothing(site: Site):
    site.open()
    site.draw()
    expect(site.digit).not_to_be_empty()
    expect(site.page.locator("[data-layers]")).to_be_hidden()
    assert not site.asked("POST", "explanations")


@pytest.mark.parametrize("opener", ["button[data-look-inside]", "[data-inside] summary"])
def test_it_shows_steps_strokes_and_layers(site: Site, opener: str):
    site.open()
    site.draw()
    site.page.locator(opener).click()
    expect(site.page.locator("[data-steps] img")).to_have_count(4)
    expect(site.page.get_by_text("Input: 28 × 28 × 1")).to_be_visible()
    assert site.page.locator("[data-layers] li").count() >= 6
    assert site.page.locator("[data-strokes] li").count() >= 1
    assert not Drawing.objects.exists()


def test_it_changes_with_the_drawing_and_empties_with_it(site: Site):
    site.open()
    site.page.locator("[data-inside] summary").click()
    words = site.page.locator("[data-inside-words]")
    expect(words).to_contain_text("watch here how the network reads it")
    site.draw()
    first = site.page.locator("[data-steps] img").first
    expect(first).to_be_visible()
    before = first.get_attribute("src")
    site.stroke([(0.2, 0.2), (0.2, 0.8)])
    expect(first).not_to_have_attribute("src", before)
    site.page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(words).to_be_visible()


def test_a_picture_can_be_looked_into_and_has_no_strokes(site: Site):
    site.open()
    choose(site, encoded("PNG"))
    expect(site.digit).not_to_be_empty()
    site.page.locator("[data-inside] summary").click()
    expect(site.page.locator("[data-layers] li").first).to_be_visible()
    expect(site.page.locator("[data-strokes] li")).to_have_count(0)
    expect(site.page.locator(".inside")).to_contain_text("Strokes can be taken away from drawings only")


def test_nothing_is_wider_than_a_phone(site: Site):
    site.page.set_viewport_size({"width": 390, "height": 844})
    site.open()
    site.draw()
    site.page.locator("[data-inside] summary").click()
    expect(site.page.locator("[data-layers] li").first).to_be_visible()
    assert site.page.evaluate("document.documentElement.scrollWidth") == 390


def stages(site: Site) -> list[str]:
    return site.page.locator("[data-figure] li strong").all_inner_texts()


def test_the_figure_shows_each_layer_as_a_stack_of_maps_with_lines_between(site: Site):
    site.open()
    site.draw()
    site.page.locator("[data-inside] summary").click()
    expect(site.page.locator("[data-figure] li").first).to_be_visible()
    assert stages(site)[0] == "28 × 28 × 1"
    assert len(stages(site)) == site.page.locator("[data-layers] > li").count()
    assert site.page.locator("[data-figure] li").nth(1).locator(".maps > i").count() == 8
    painted = site.page.locator("[data-figure] .maps > i[data-front]").nth(1)
    assert "data:image/png" in painted.evaluate("tile => getComputedStyle(tile).backgroundImage")
    assert site.page.locator("[data-figure] line").count() == 2 * (len(stages(site)) - 1)
    chosen = site.page.locator(".answers b[data-chosen]").inner_text()
    expect(site.digit).to_have_text(chosen)  # which may still be that of the first stroke
    expect(site.page.locator("[data-inside-answer]")).to_contain_text(f"Version 2: {chosen}, ")


def test_another_network_can_be_looked_into_and_stays_picked_while_one_draws(site: Site):
    site.open()
    site.draw()
    site.page.locator("[data-inside] summary").click()
    site.page.get_by_label("lenet-5x5").check()
    expect(site.page.locator("[data-figure] li")).to_have_count(6)
    assert stages(site) == ["28 × 28 × 1", "24 × 24 × 8", "20 × 20 × 8", "10 × 10 × 8", "128", "10"]
    site.page.evaluate("scrollTo(0, 0)")
    with site.page.expect_response(lambda response: response.url.endswith("/explanations?model_version=1")):
        site.stroke([(0.2, 0.2), (0.2, 0.8)])
    expect(site.page.get_by_label("lenet-5x5")).to_be_checked()


def test_a_network_that_is_picked_while_an_answer_is_on_its_way_stays_picked(site: Site):
    held = []
    site.open()
    site.draw()
    site.page.locator("[data-inside] summary").click()
    expect(site.page.get_by_label("lenet-5x5")).to_be_visible()
    site.page.evaluate("scrollTo(0, 0)")
    site.route("**/explanations", lambda route: held.append(route))
    site.stroke([(0.2, 0.2), (0.2, 0.8)])
    expect(site.page.get_by_label("lenet-5x5")).not_to_be_checked()
    while not held:
        site.page.wait_for_timeout(20)
    site.page.get_by_label("lenet-5x5").check()
    with site.page.expect_response(lambda response: response.url.endswith("/explanations?model_version=1")):
        held.pop().continue_()
    expect(site.page.locator("[data-figure] li")).to_have_count(6)
    expect(site.page.get_by_label("lenet-5x5")).to_be_checked()


def test_what_could_not_be_explained_can_be_asked_again(site: Site):
    site.expects_failures = True
    site.open()
    site.draw()
    site.route("**/explanations", lambda route: route.fulfill(status=503, body=""), times=1)
    site.page.locator("[data-inside] summary").click()
    expect(site.page.locator("[data-inside-words]")).to_contain_text("The server failed.")
    site.page.locator("[data-inside-words]").get_by_role("button", name="Try again").click()
    expect(site.page.locator("[data-layers] li").first).to_be_visible()
    expect(site.page.locator("[data-inside-words]")).to_be_hidden()


def test_the_figure_moves_under_a_finger_and_not_the_page(site: Site):
    site.page.set_viewport_size({"width": 390, "height": 844})
    site.open()
    site.draw()
    site.page.locator("[data-inside] summary").click()
    figure = site.page.locator("[data-figure]")
    expect(figure.locator("li").first).to_be_visible()
    assert figure.evaluate("figure => figure.scrollWidth > figure.clientWidth")
    assert site.page.evaluate("document.documentElement.scrollWidth") == 390
