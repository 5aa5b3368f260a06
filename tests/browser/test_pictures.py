"""Pictures of digits: chosen, dropped and pasted, read as ink is, and refused in words."""

import base64

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from recognizer.models import Drawing
from tests.browser.conftest import SEVEN, Site
from tests.recognizer.pictures import encoded

pytestmark = pytest.mark.browser

# Hands the page a file as the browser does at a drop or a paste.
HAND_OVER = """([name, kind, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "seven.png", { type: kind }));
    const event = name === "drop" ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
                                  : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
    document.querySelector("canvas").dispatchEvent(event);
}"""


def choose(site: Site, data: bytes, name: str = "seven.png", kind: str = "image/png") -> None:
    site.page.locator("[data-picture]").set_input_files({"name": name, "mimeType": kind, "buffer": data})


@pytest.mark.parametrize(("format", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_is_read_as_soon_as_it_is_chosen_and_stored_when_it_is_submitted(site: Site, format, kind):
    site.open()
    choose(site, encoded(format), kind=kind)
    expect(site.digit).not_to_be_empty()
    expect(site.words).to_contain_text("Your picture is on the paper.")
    assert site.ink() > 1000
    assert not Drawing.objects.exists()

    site.submit()

    stored = Drawing.objects.get()
    assert stored.source == Drawing.Source.UPLOAD
    site.open("/drawings/")
    expect(site.page.get_by_alt_text("Your picture, as the network saw it")).to_be_visible()


@pytest.mark.parametrize("name", ["drop", "paste"])
def test_a_picture_can_be_handed_over(site: Site, name):
    site.open()

    site.page.evaluate(HAND_OVER, [name, "image/png", base64.b64encode(encoded("PNG")).decode()])

    expect(site.words).to_contain_text("Your picture is on the paper.")
    expect(site.digit).not_to_be_empty()


def test_what_is_no_picture_is_refused_in_words(site: Site):
    site.open()

    choose(site, b"a shopping list", "list.png")

    expect(site.words).to_have_text("That is no picture: choose a PNG, JPEG or WebP file.")
    assert not site.asked("POST", "/recognitions")


def test_what_only_the_server_can_refuse_is_said_in_its_words(site: Site):
    site.expects_failures = True
    site.open()

    choose(site, encoded("BMP"), "seven.bmp", "image/bmp")

    expect(site.words).to_contain_text("PNG, JPEG")
    expect(site.words).to_have_attribute("data-tone", "failure")


def test_a_picture_that_is_too_large_is_made_smaller(site: Site, settings):
    settings.MAX_BODY_BYTES = 40_000
    site.open()
    grain = np.random.default_rng(0).integers(245, 256, (400, 400), np.uint8)  # paper, as a camera sees it
    grain[60:340, 190:220] = 0
    large = encoded("PNG", Image.fromarray(grain))
    assert len(large) > settings.MAX_BODY_BYTES

    choose(site, large)

    expect(site.digit).not_to_be_empty()
    expect(site.words).to_contain_text("Your picture is on the paper.")


def test_a_picture_of_too_many_pixels_is_made_smaller_however_few_bytes_it_has(site: Site, settings):
    settings.MAX_WHOLE_PIXELS = 1_000_000
    site.open()
    paper = np.full((2_000, 3_000), 250, np.uint8)
    paper[300:1_700, 1_400:1_600] = 0

    choose(site, encoded("PNG", Image.fromarray(paper)))

    expect(site.digit).not_to_be_empty()
    expect(site.words).to_contain_text("Your picture is on the paper.")


def test_ink_takes_the_place_of_a_picture_and_undo_brings_it_back(site: Site):
    site.open()
    choose(site, encoded("PNG"))
    expect(site.digit).not_to_be_empty()
    picture = site.ink()

    site.stroke(SEVEN[0])
    assert 0 < site.ink() < picture
    site.button("Undo").click()

    assert site.ink() == picture
    site.submit()
    assert Drawing.objects.get().source == Drawing.Source.UPLOAD
