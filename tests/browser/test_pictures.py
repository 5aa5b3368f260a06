"""Pictures of digits: chosen, dropped and pasted, read as ink is, and refused in words."""

import base64

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from recognizer.models import Drawing
from tests.browser.conftest import PHONE, SEVEN, Site
from tests.recognizer.pictures import encoded

pytestmark = [pytest.mark.slow, pytest.mark.browser]

# Hands the page a file as the browser does at a drop or a paste.
HAND_OVER = """([name, kind, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "seven.png", { type: kind }));
    const event = name === "drop" ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
                                  : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
    document.querySelector("canvas").dispatchEvent(event);
}"""


def choose(site: Site, data: bytes, name: str = "seven.png", kind: str = "image/png", *, camera: bool = False) -> None:
    picked = site.page.locator("[data-picture][capture]" if camera else "[data-picture]:not([capture])")
    picked.set_input_files({"name": name, "mimeType": kind, "buffer": data})


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


def test_a_picture_that_opens_too_late_is_not_put_over_what_was_submitted(site: Site):
    site.page.add_init_script("""
        const open = createImageBitmap;
        window.createImageBitmap = async (...all) => {
            const picture = await open(...all);
            await new Promise((resolve) => (window.letGo = resolve));
            return picture;
        };
    """)
    site.open()
    choose(site, encoded("PNG"))
    site.page.wait_for_function("!!window.letGo")
    site.draw()
    site.submit()
    before = site.ink()
    site.page.evaluate("letGo()")
    site.page.wait_for_timeout(200)
    assert site.ink() == before
    assert site.page.locator("[data-draw-page]").get_attribute("data-stage") == "stored"
    assert Drawing.objects.get().source == Drawing.Source.STROKES


def test_what_is_no_picture_is_refused_in_words(site: Site):
    site.open()

    choose(site, b"a shopping list", "list.png")

    expect(site.words).to_have_text("That is no picture: choose a PNG, JPEG or WebP file.")
    assert not site.asked("POST", "/recognitions")


def test_what_only_the_server_can_refuse_is_said_in_its_words(site: Site):
    site.expects_failures = True
    site.open()

    choose(site, encoded("BMP"))  # which says that it is a PNG

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


@pytest.mark.parametrize(("format", "kind"), [("BMP", "image/bmp"), ("GIF", "image/gif")])
def test_what_the_browser_can_open_and_the_server_cannot_is_encoded_anew(site: Site, format, kind):
    site.open()

    choose(site, encoded(format), f"seven.{format.lower()}", kind)

    expect(site.digit).not_to_be_empty()
    expect(site.words).to_contain_text("Your picture is on the paper.")


def test_ink_on_a_transparent_ground_survives_being_made_smaller(site: Site, settings):
    settings.MAX_WHOLE_PIXELS = 100_000
    site.open()
    ink = np.zeros((600, 600, 4), np.uint8)  # black everywhere, and to be seen in a bar only
    ink[60:540, 280:330, 3] = 255

    choose(site, encoded("PNG", Image.fromarray(ink)))

    expect(site.digit).not_to_be_empty()
    site.submit()
    seen = np.frombuffer(bytes(Drawing.objects.get().seen), np.uint8).reshape(28, 28)
    assert seen[14, 13:16].max() > 200
    assert seen[:, :4].max() == 0


def photograph() -> bytes:
    """A seven on grey paper, as a phone held upright stores it: lying, and its EXIF says how to turn it."""
    paper = Image.new("L", (900, 1200), 200)
    ImageDraw.Draw(paper).line([(300, 350), (600, 350), (400, 850)], fill=50, width=40)
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded("JPEG", paper.rotate(90, expand=True), exif=exif)


@pytest.mark.browser_context_args(**PHONE)
def test_a_phones_photograph_is_read_upright_and_everything_stays_in_sight(site: Site):
    site.open()
    camera = site.page.locator("label.camera")
    expect(camera).to_be_visible()
    assert camera.locator("input").get_attribute("capture") == "environment"

    choose(site, photograph(), "photo.jpg", "image/jpeg", camera=True)

    expect(site.digit).not_to_be_empty()
    assert site.page.evaluate("[document.documentElement.scrollWidth, scrollY]") == [390, 0]
    site.submit()
    seen = np.frombuffer(bytes(Drawing.objects.get().seen), np.uint8).reshape(28, 28)
    bar, leg = seen[4:9, :].max(axis=0), seen[20:, :].max(axis=0)
    assert np.ptp(np.flatnonzero(bar > 100)) > np.ptp(np.flatnonzero(leg > 100))  # the bar of the seven is on top


def test_a_desk_has_no_button_for_a_camera(site: Site):
    site.open()
    expect(site.page.locator("label.camera")).to_be_hidden()
