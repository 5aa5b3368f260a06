"""The dashboard in a real browser: it follows the site by itself and leaves the reader where they are."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from recognizer import drawings, versions
from recognizer.models import Drawing, ModelVersion
from tests import admin_rows as rows

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a card shows, which only a chart knows: the numbers behind its pixels.
CHART = "id => { const chart = Chart.getChart(id); return chart && chart.data.datasets.map(set => set.data.length); }"


@pytest.fixture
def live(settings) -> ModelVersion:
    settings.DASHBOARD_REFRESH_SECONDS = 1.0
    # No worker runs: each look counts what is new.
    settings.DAY_FIGURES_OLD_SECONDS, settings.DASHBOARD_BUDGET_SECONDS = -1.0, 60.0
    settings.HEALTH_CACHE_SECONDS = 3600.0
    cache.clear()
    return versions.ensure_shipped().version


@pytest.fixture
def admin(page: Page, live_server, live) -> Iterator[Page]:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def drawn(live) -> list[Drawing]:
    """Sevens read as seven, one as four, and two that are no digit."""
    found = [rows.drawing(live, read=7, means=7, state="accepted", confidence=0.95) for _ in range(5)]
    found.append(rows.drawing(live, read=4, means=7, state="accepted", confidence=0.6))
    found.append(rows.drawing(live, read=None, means="none", state="accepted"))
    Drawing.objects.filter(pk=found[0].pk).update(created_at=timezone.now() - timedelta(days=3))
    return found


def open_dashboard(page: Page, live_server, query: str = "") -> None:
    page.goto(f"{live_server.url}/admin/{query}")


def cell(page: Page, words: str):
    return page.get_by_role("link", name=words, exact=True)


def test_a_cell_of_the_confusion_leads_to_its_drawings(admin, live_server, drawn):
    open_dashboard(admin, live_server)
    cell(admin, "1 of 6 drawings of a 7 read as 4").click()
    admin.wait_for_url("**/recognizer/drawing/**")
    query = parse_qs(urlsplit(admin.url).query)
    assert (query["means"], query["read"], query["label"]) == (["7"], ["4"], ["accepted"])
    expect(admin.locator("#result_list tbody tr")).to_have_count(1)


def test_what_happens_on_the_site_appears_by_itself(admin, live_server, live, drawn):
    open_dashboard(admin, live_server)
    expect(cell(admin, "5 of 6 drawings of a 7 read as 7")).to_be_visible()
    drawings.review([rows.drawing(live, read=7, means=7).pk], "accepted", by=None)
    expect(cell(admin, "6 of 7 drawings of a 7 read as 7")).to_be_visible()


def test_charts_show_new_figures_in_place(admin, live_server, live, drawn):
    open_dashboard(admin, live_server)
    admin.wait_for_function("() => Chart.getChart('calibration-chart')?.data.datasets[0].data.length === 2")
    admin.evaluate("() => { window.before = Chart.getChart('calibration-chart'); }")
    rows.drawing(live, read=3, means=3, state="accepted", confidence=0.35)
    admin.wait_for_function("() => Chart.getChart('calibration-chart').data.datasets[0].data.length === 3")
    assert admin.evaluate("() => window.before === Chart.getChart('calibration-chart')")
    assert admin.evaluate(CHART, "day-chart") == [30, 30, 30]


def test_the_reader_stays_where_they_are(admin, live_server, live, drawn):
    open_dashboard(admin, live_server)
    fold = admin.locator("section[aria-labelledby=card-calibration] details")
    fold.locator("summary").click()
    link = cell(admin, "1 of 6 drawings of a 7 read as 4")
    link.focus()
    top = admin.evaluate("() => { const main = document.activeElement; return main.getBoundingClientRect().top; }")
    rows.drawing(live, read=4, means=7, state="accepted")
    expect(cell(admin, "2 of 7 drawings of a 7 read as 4")).to_be_focused()
    assert admin.evaluate("() => document.activeElement.getBoundingClientRect().top") == pytest.approx(top, abs=40)
    assert fold.evaluate("fold => fold.open")


def test_a_site_that_does_not_answer_is_said_and_asked_again(admin, live_server, live, drawn):
    open_dashboard(admin, live_server)
    admin.route("**/admin/dashboard/**", lambda route: route.abort())
    expect(admin.locator("#connection")).to_contain_text(
        "The site does not answer, and these figures stay as they were."
    )
    expect(cell(admin, "5 of 6 drawings of a 7 read as 7")).to_be_visible()
    admin.unroute("**/admin/dashboard/**")
    expect(admin.locator("#connection")).to_be_hidden()
    assert all("Failed to load resource" in text for text in admin.complaints)
    admin.complaints.clear()


def test_who_was_signed_out_is_told_to_reload(admin, live_server, live):
    open_dashboard(admin, live_server)
    admin.context.clear_cookies()
    expect(admin.locator("#connection")).to_contain_text("Reload the page.")


def show_page(page: Page, *, is_hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


def test_a_page_that_nobody_looks_at_asks_nothing(admin, live_server, live):
    admin.clock.install()
    open_dashboard(admin, live_server)
    with admin.expect_request("**/admin/dashboard/**"):
        admin.clock.fast_forward(5_000)
    expect(admin.locator("#as-of time")).to_be_visible()
    show_page(admin, is_hidden=True)
    asked: list[str] = []
    admin.on("request", lambda request: asked.append(request.url))
    admin.clock.fast_forward(600_000)
    admin.evaluate("() => fetch('/healthz')")  # whatever was asked before this is known by now
    assert [urlsplit(url).path for url in asked] == ["/healthz"]
    with admin.expect_request("**/admin/dashboard/**"):
        show_page(admin, is_hidden=False)


def test_the_range_is_chosen_by_address_and_kept_when_the_cards_come_anew(admin, live_server, live, drawn):
    open_dashboard(admin, live_server)
    admin.get_by_role("link", name="7 days", exact=True).click()
    admin.wait_for_url("**/admin/?days=7")
    rows.drawing(live, read=7, means=7, state="accepted")
    expect(cell(admin, "6 of 7 drawings of a 7 read as 7")).to_be_visible()
    expect(admin.locator("#card-days")).to_have_text("Drawings, corrections and visitors, last 7 days")
    assert admin.evaluate(CHART, "day-chart") == [7, 7, 7]


def test_an_empty_site_says_what_to_do_next_and_shows_its_first_drawing_by_itself(admin, live_server, live):
    open_dashboard(admin, live_server)
    expect(admin.get_by_role("link", name="Draw the first one")).to_be_visible()
    expect(admin.get_by_role("link", name="Start the first job")).to_be_visible()
    expect(admin.get_by_text("No drawing of these days has an accepted label.")).to_be_visible()
    rows.drawing(live, read=7, means=7)
    expect(admin.locator("#day-chart")).to_be_visible()
    admin.wait_for_function("() => Chart.getChart('day-chart')?.data.datasets[0].data.at(-1) === 1")
    expect(admin.get_by_role("link", name="Review them")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_stands_out_of_the_page(admin, live_server, live, drawn, scheme):
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.emulate_media(color_scheme=scheme)
    open_dashboard(admin, live_server)
    admin.wait_for_function("() => Chart.getChart('accuracy-chart')")
    assert admin.evaluate("() => document.documentElement.scrollWidth") == 390
