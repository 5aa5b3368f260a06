"""The whole loop on the site as people run it: `manage.py up` with its broker and workers, used from a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import conftest
from tests.browser.conftest import Site
from tests.site.running import RunningSite, environment
from tests.site.running import running as run_site
from tests.training.conftest import write_mnist

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.worker]

# Training takes its time.
PATIENCE_MS = 90_000


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningSite]:
    settings = {
        "MNIST_DIR": str(write_mnist(tmp_path / "mnist")),
        "JOB_PROGRESS_SECONDS": "0.05",
        "MIN_CONFIDENCE": "0",
    }
    with run_site(environment(tmp_path / "data", tmp_path / "static", **settings), tmp_path / "log") as site:
        yield site


@pytest.fixture
def site(running: RunningSite, page: Page) -> Iterator[Site]:
    expect.set_options(timeout=PATIENCE_MS)
    site = Site(page, running.address)
    yield site
    site.close()
    expect.set_options(timeout=conftest.PATIENCE_MS)
    site.check()


def sign_in(site: Site, password: str) -> None:
    site.open("/admin/")
    site.page.locator("[name=username]").fill("admin")
    site.page.locator("[name=password]").fill(password)
    site.follow(site.page.locator("form button[type=submit]"), "/admin/")


def draw_and_label(site: Site, label: int) -> str:
    """Draw, submit, correct; return the version that answered, as the gallery names it."""
    site.open("/")
    site.draw()
    site.submit()
    site.page.keyboard.press(str(label))
    expect(site.words).to_contain_text("Thank")
    site.open("/drawings/")
    return site.page.locator("main li").first.inner_text()


def accept_latest_drawing(site: Site) -> None:
    site.open("/admin/recognizer/drawing/")
    site.follow(site.page.locator("#result_list tbody tr a").first, "/admin/recognizer/drawing/*/change/**")
    site.button("Accept").or_(site.page.locator("button[value=accept]")).first.click()
    expect(site.page.locator("button[value=accept]")).to_be_disabled()


def start_job(site: Site) -> None:
    site.open("/admin/training/trainingjob/add/")
    # Long enough for a page that asks every second to see it running, also where the machine is busy.
    site.page.locator("[name=epochs]").fill("8")
    site.page.locator("[name=generated_images]").fill("1000")  # each takes a millisecond to draw, on a free core
    site.follow(site.page.locator("#start-button"), "/admin/training/trainingjob/*/change/")
    expect(site.page.locator("#job")).to_be_visible()


def test_a_drawing_is_corrected_a_version_trained_and_promoted_and_the_page_answers_with_it(site, running):
    assert "version 2" in draw_and_label(site, 7).lower()
    sign_in(site, running.password())
    accept_latest_drawing(site)
    start_job(site)
    site.page.evaluate("window.neverReloaded = true")
    expect(site.page.locator('[data-field="state"]')).to_have_text("running")
    expect(site.page.locator("#results tr").first).to_be_visible()
    expect(site.page.locator('[data-field="state"]')).to_have_text("succeeded")
    expect(site.page.locator("#version-link")).to_have_text("version 3")
    assert site.page.evaluate("window.neverReloaded")
    expect(site.page.locator("#gate")).to_contain_text("replace version 2")  # the verdict is there
    site.page.locator("#promote-link").click()
    said = site.page.get_by_text("Version 3 is live now.")
    reason = site.page.locator("[name=reason]")
    expect(said.or_(reason)).to_be_visible()
    if reason.is_visible():  # the gate says no
        reason.fill("the first of our own")
        site.button("Promote version 3").click()
    expect(said).to_be_visible()
    assert "version 3" in draw_and_label(site, 7).lower()
