"""Looking back at drawings and at the model, by pointer and by keyboard."""

import pytest
from playwright.sync_api import Locator, expect

from recognizer import versions
from recognizer.models import Drawing, Evaluation, Label
from tests.browser.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SEVEN = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}


@pytest.fixture
def gallery(site: Site) -> Site:
    """The gallery of a visitor with three drawings."""
    site.open("/drawings/")
    site.page.evaluate(
        """async (body) => {
            const { Api, newKey } = await import("/static/api.js");
            for (let i = 0; i < 3; i++) await new Api("/api/v1/").store(body, newKey());
        }""",
        SEVEN,
    )
    site.open("/drawings/")
    return site


def cards(site: Site) -> Locator:
    return site.page.get_by_role("listitem").filter(has=site.page.locator("svg[aria-label='Your drawing']"))


def test_a_screen_reader_finds_a_list_of_drawings(gallery: Site):
    expect(cards(gallery)).to_have_count(3)
    expect(gallery.page.get_by_role("img", name="Your drawing")).to_have_count(3)


def test_a_label_is_given_changed_and_taken_back_in_the_gallery(gallery: Site):
    first, dialog = cards(gallery).first, gallery.page.get_by_role("dialog")
    newest = Drawing.objects.order_by("-pk")[0]

    first.get_by_role("button", name="Correct").click()
    dialog.get_by_role("button", name="8", exact=True).click()
    expect(first).to_contain_text("you said 8, waiting for review")
    assert Label.objects.get().drawing == newest

    first.get_by_role("button", name="Change").click()
    expect(dialog.get_by_role("button", name="8", exact=True)).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="Not a digit").click()
    expect(first).to_contain_text("you said not a digit")

    first.get_by_role("button", name="Change").click()
    dialog.get_by_role("button", name="Take back").click()
    expect(first).to_contain_text("You have not said what it is")
    assert not Label.objects.exists()


def test_the_gallery_works_by_keyboard_alone(gallery: Site):
    press, first = gallery.page.keyboard.press, cards(gallery).first
    first.get_by_role("button", name="Correct").focus()
    press("Enter")
    press("3")
    expect(first).to_contain_text("you said 3")
    expect(first.get_by_role("button", name="Change")).to_be_focused()

    press("Tab")
    press("Enter")
    expect(gallery.page.get_by_role("button", name="Keep it")).to_be_focused()
    press("Tab")
    press("Enter")
    expect(cards(gallery)).to_have_count(2)
    expect(cards(gallery).first.get_by_role("button", name="Delete")).to_be_focused()
    assert Drawing.objects.count() == 2


@pytest.mark.parametrize("way", ["Escape", "Keep it"])
def test_a_deletion_that_is_not_confirmed_deletes_nothing(gallery: Site, way):
    cards(gallery).first.get_by_role("button", name="Delete").click()
    dialog = gallery.page.get_by_role("dialog", name="Delete this drawing?")
    expect(dialog).to_be_visible()

    if way == "Escape":
        gallery.page.keyboard.press("Escape")
    else:
        dialog.get_by_role("button", name=way).click()

    expect(dialog).to_be_hidden()
    assert Drawing.objects.count() == 3
    assert not gallery.asked("DELETE", "")


def test_a_drawing_that_is_gone_already_counts_as_deleted(gallery: Site):
    gallery.expects_failures = True
    Drawing.objects.order_by("-pk")[0].delete()

    cards(gallery).first.get_by_role("button", name="Delete").click()
    gallery.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(gallery.words).to_have_text("Deleted.")
    expect(cards(gallery)).to_have_count(2)


def test_a_deletion_without_a_connection_can_be_tried_again(gallery: Site):
    gallery.expects_failures = True
    gallery.page.context.set_offline(True)
    cards(gallery).first.get_by_role("button", name="Delete").click()
    gallery.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(gallery.words).to_contain_text("No connection. It is not deleted.")

    gallery.page.context.set_offline(False)
    gallery.button("Try again").click()

    expect(cards(gallery)).to_have_count(2)


def test_a_link_leads_to_its_drawing(gallery: Site):
    oldest = Drawing.objects.order_by("pk")[0]

    gallery.open(f"/drawings/#drawing-{oldest.pk}")

    target = gallery.page.locator(f"#drawing-{oldest.pk}")
    expect(target).to_be_in_viewport()
    assert target.evaluate("card => card.matches(':target')")


@pytest.mark.browser_context_args(timezone_id="Asia/Kolkata", locale="en-GB")
def test_times_are_the_visitors(gallery: Site):
    from datetime import UTC, datetime

    Drawing.objects.update(created_at=datetime(2026, 1, 2, 20, 0, tzinfo=UTC))

    gallery.open("/drawings/")

    expect(cards(gallery).first).to_contain_text("3 Jan 2026, 01:30")


def test_the_confusion_matrix_tells_each_cell_by_pointer_and_by_arrow_keys(site: Site):
    confusion = [[90 if a == d else 0 for a in range(10)] for d in range(10)]
    confusion[0][2] = 10
    Evaluation.objects.create(
        version=versions.live_deployment().version,
        dataset=Evaluation.MNIST_TEST,
        n=910,
        correct=900,
        per_digit=[0.9] + [1.0] * 9,
        confusion=confusion,
        seconds=1.0,
    )
    site.open("/model/")
    score = site.page.locator("[data-score]").first
    cells, readout = score.locator("[data-confusion] tbody td"), score.locator("[data-readout]")

    cells.nth(2).hover()
    expect(readout).to_have_text("0 read as 2: 10 of 100, 10.0 %")
    cells.first.focus()
    expect(readout).to_have_text("0 read right: 90 of 100, 90.0 %")
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowRight"):
        site.page.keyboard.press(key)
    expect(cells.nth(2)).to_be_focused()
    expect(readout).to_have_text("0 read as 2: 10 of 100, 10.0 %")
