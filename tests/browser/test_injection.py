"""Text of visitors and staff is shown as text: a browser that opens every page with it runs none of it.

The text carries an element with a mark on it, a script, an event handler and what Alpine and templates would run. Of a
page that let it through, the mark would be in the document, or the script would run. Left out on purpose: what people
may write, which is checked where it comes in."""

from collections.abc import Iterator
from itertools import cycle
from urllib.parse import quote

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from playwright.sync_api import expect

from recognizer.lives import address
from recognizer.models import BannedShape, Decision, Deployment, Drawing, ModelVersion, Visitor
from tests.browser.conftest import Site
from tests.site.access_rows import one_of_each
from training.models import Comparison, Export, JobEvent, Measurement, TrainingJob, Yardstick

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARK = "zq7"
PAYLOADS = [
    f"""{MARK}"'><b data-hit x-data x-init="hit()">""",
    f"{MARK}</script><script data-hit>hit()</script>",
    f"{MARK}<img data-hit src=/hit onerror=hit()>",
    f"{MARK}-->]]><svg data-hit onload=hit()>",
    f"{MARK}{{{{ 7*7 }}}}{{% debug %}}`${{hit()}}`",
    "javascript:hit()//" + MARK,
]
# Each closes what the ones before it may have left open.
ALL = "".join(PAYLOADS)
# Where it is kept: the columns that people, files or programs of others write to
COLUMNS: list[tuple[type[Model], tuple[str, ...]]] = [
    (User, ("username", "first_name", "last_name", "email")),
    (Group, ("name",)),
    (AccessAttempt, ("username", "user_agent", "path_info", "get_data", "post_data")),
    (LogEntry, ("object_repr", "change_message")),
    (Visitor, ("imported_as",)),
    (Decision, ("reason",)),
    (Deployment, ("reason", "override", "verdict")),
    (BannedShape, ("reason",)),
    (Comparison, ("message", "traceback", "verdict", "outcome")),
    (Export, ("message", "traceback")),
    (TrainingJob, ("note", "message", "traceback", "worker_process")),
    (JobEvent, ("message",)),
    (Measurement, ("message",)),
    (Yardstick, ("name", "file_name", "message")),
]
COUNT_HITS = """
window.hits = window.reports = 0;
addEventListener("securitypolicyviolation", () => { window.reports += 1; });
window.hit = () => { window.hits += 1; };
window.alert = window.confirm = window.prompt = () => window.hit();
"""
FOUND = """() => ({
  hits: window.hits,
  elements: document.querySelectorAll("[data-hit]").length,
  links: [...document.querySelectorAll("[href],[src],[action]")].filter(
    (one) => /^\\s*javascript:/i.test(one.getAttribute("href") ?? one.getAttribute("src") ?? one.getAttribute("action"))
  ).length,
})"""
NOTHING = {"hits": 0, "elements": 0, "links": 0}


@pytest.fixture
def watched(site: Site) -> Site:
    site.expects_failures = True  # of requests that are refused, as they should be
    site.page.add_init_script(COUNT_HITS)
    return site


def look(site: Site, path: str) -> None:
    site.page.goto(site.address + path, wait_until="load")
    site.page.wait_for_function("document.readyState === 'complete'")
    assert site.page.evaluate(FOUND) == NOTHING, path
    assert not site.asked("GET", "/hit"), path


def test_the_mark_is_found_where_it_is_let_through(watched: Site):
    """Else the other tests could not fail."""
    watched.open("/")
    watched.page.evaluate("text => document.body.insertAdjacentHTML('beforeend', text)", PAYLOADS[2])
    assert watched.page.evaluate(FOUND)["elements"] == 1
    watched.page.wait_for_function("window.reports > 0")
    assert watched.page.evaluate("window.hits") == 0, "the policy stops the handler"
    watched.complaints.clear()


def test_addresses_and_their_parameters_come_back_as_text(watched: Site):
    text = quote(ALL, safe="")
    for path in (
        f"/{text}",
        f"/drawings/{text}/",
        f"/drawings/?page={text}&x={text}",
        f"/model/?{text}={text}",
        f"/?{text}#{text}",
        f"/second-opinion/?after={text}",
        f"/api/v1/{text}",
        f"/api/v1/drawings?page={text}",
        f"/api/v1/drawings/{text}",
        f"/api/v1/explanations?model_version={text}",
        f"/api/v1/docs?{text}#{text}",
        f"/static/{text}",
        f"/admin/{text}",
        f"/admin/login/?next={text}",
    ):
        look(watched, path)


def test_cookies_and_drafts_come_back_as_text(watched: Site):
    cookies = [
        {"name": name, "value": quote(ALL), "url": watched.address}
        for name in ("visitor", "django_language", "messages")
    ]
    watched.page.context.add_cookies(cookies)
    watched.page.add_init_script(
        f"sessionStorage.setItem('digits.draft', {ALL!r}); localStorage.setItem('theme', {ALL!r});"
    )
    for path in ("/", "/drawings/", "/model/", "/nowhere", "/admin/login/"):
        look(watched, path)


def test_a_failed_login_comes_back_as_text(watched: Site):
    look(watched, f"/admin/login/?next={quote(ALL)}")
    watched.page.get_by_label("Username").fill(ALL[:150])
    watched.page.get_by_label("Password").fill(ALL[:150])
    with watched.page.expect_navigation():  # to the same address, and the field had this value before
        watched.page.get_by_role("button", name="Log in").click()
    expect(watched.page.get_by_label("Username")).to_have_value(ALL[:150])
    assert watched.page.evaluate(FOUND) == NOTHING


def test_what_the_server_says_of_a_refusal_comes_back_as_text(watched: Site):
    error = {"error": {"code": ALL, "message": ALL, "field": ALL}}
    watched.open("/")
    watched.draw()
    watched.route("**/api/v1/drawings", lambda route: route.fulfill(status=422, json=error))
    watched.button("Submit").click()
    expect(watched.words).to_contain_text(ALL)
    assert watched.page.evaluate(FOUND) == NOTHING


def test_a_files_name_comes_back_as_text(watched: Site):
    watched.open("/")
    page = f"<!DOCTYPE html><script>hit()</script>{ALL}".encode()
    name = PAYLOADS[2].replace("/", "_")
    watched.page.locator("input[type=file]").first.set_input_files(
        {
            "name": f"{name}.svg",
            "mimeType": "image/svg+xml",
            "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'>" + page,
        }
    )
    expect(watched.words).to_contain_text("no picture")
    assert watched.page.evaluate(FOUND) == NOTHING


@pytest.fixture
def filled(watched: Site) -> tuple[Site, dict[str, Model]]:
    """Signed in as a superuser, on a site that has a row of everything, each with every column that has text in it."""
    rows = one_of_each()
    user = User.objects.create_superuser("ada")
    JobEvent.objects.create(job=TrainingJob.objects.get(), number=1000, message="")
    content = "recognizer/drawing"
    LogEntry.objects.log_actions(user.pk, [rows[content]], 2, change_message="changed")
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": watched.address}
    watched.page.context.add_cookies([cookie])
    return watched, rows


def fill() -> int:
    """Put the text into every column, all of it where there is room; return how many took it."""
    turn = cycle(PAYLOADS)
    count = 0
    for model, names in COLUMNS:
        for name in names:
            most = model._meta.get_field(name).max_length or len(ALL)
            text = ALL if most >= len(ALL) else next(turn)[:most]
            row = model.objects.order_by("pk").last()
            count += model.objects.filter(pk=row.pk).update(**{name: text})
    return count


def test_what_is_stored_comes_back_as_text_on_every_page_of_the_admin(filled):
    site, rows = filled
    assert fill() == sum(len(names) for _, names in COLUMNS)
    showing = 0
    for path in ["", f"recognizer/drawing/?q={quote(ALL)}", f"auth/user/?q={quote(ALL)}", *_pages(rows)]:
        look(site, f"/admin/{path}")
        showing += MARK in site.page.content()
    assert showing >= 15, "the text stands on so many pages, as text"


def test_a_visitors_own_pages_show_what_is_stored_as_text(watched: Site):
    watched.open("/")
    watched.draw()
    watched.submit()
    Visitor.objects.update(imported_as=PAYLOADS[0])
    ModelVersion.objects.update(
        provenance={"kind": PAYLOADS[2], "base": {"number": PAYLOADS[1]}, PAYLOADS[0]: PAYLOADS[1]}
    )
    for path in ("/drawings/", "/model/", address(Drawing.objects.get().pk)):
        look(watched, path)


def _pages(rows: dict[str, Model]) -> Iterator[str]:
    for place, row in rows.items():
        yield f"{place}/"
        yield f"{place}/{row.pk}/change/"
        yield f"{place}/{row.pk}/history/"
