"""Every page by axe-core, light and dark, on a desktop and a phone: nothing serious or critical, nothing too wide.

A page is one line of PUBLIC or DESKS. Left out on purpose: what only a person notices, like words that make sense."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from playwright.sync_api import TimeoutError, expect

from recognizer.models import Drawing, Room, Visitor
from recognizer.rooms import members
from tests import admin_rows as rows
from tests.browser.conftest import PATIENCE_MS, Site
from tests.site.access_rows import one_of_each
from tests.training.conftest import write_mnist
from tests.training.making import showing
from training import comparisons
from training.models import EpochResult, MeterReading, TrainingJob

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = {"desktop": 1280, "phone": 390}
GRAVE = ("serious", "critical")
RULES = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# What unfold's own markup breaks and no style of ours mends: rule, part of the element, why it stands
OF_UNFOLD: list[tuple[str, str, str]] = []


def draw(site: Site) -> None:
    site.draw()


def submit(site: Site) -> None:
    site.draw()
    site.submit()


def label(site: Site) -> None:
    submit(site)
    site.button("Right").click()
    expect(site.words).to_contain_text("Thanks.")
    expect(site.page.locator("[data-consent]")).to_be_visible()


def follow(site: Site) -> None:
    label(site)
    site.follow(site.page.get_by_role("link", name="Follow it"), "/drawings/*/")


def read_what_is_stored(site: Site) -> None:
    submit(site)
    site.follow(site.page.get_by_role("link", name="What is stored"), "/privacy/")


def ask_to_delete(site: Site) -> None:
    read_what_is_stored(site)
    site.follow(site.page.get_by_role("link", name="Delete everything"), "/privacy/delete/")


def delete(site: Site) -> None:
    ask_to_delete(site)
    site.page.get_by_role("checkbox").check()
    site.follow(site.button("Delete everything"), "/privacy/deleted/*/")


# The page's name, its address, and what is done there before it is looked at
PUBLIC: dict[str, tuple[str, Callable[[Site], None] | None]] = {
    "draw": ("/", None),
    "drawn": ("/", draw),
    "submitted": ("/", submit),
    "labelled": ("/", label),
    "gallery": ("/drawings/", None),
    "model": ("/model/", None),
    "second opinion": ("/second-opinion/", None),
    "typing a room's code": ("/rooms/", None),
    "a drawing's life": ("/", follow),
    "what is stored": ("/privacy/", None),
    "what is stored of somebody": ("/", read_what_is_stored),
    "deleting everything": ("/", ask_to_delete),
    "everything deleted": ("/", delete),
    "no such page": ("/no/such/page", None),
}
# The name, and the address below /admin/ with * for the row of its model
DESKS = {
    "dashboard": "",
    "sign in": "login/",
    "drawings": "recognizer/drawing/",
    "drawing": "recognizer/drawing/*/change/",
    "drawing's history": "recognizer/drawing/*/history/",
    "deleting a drawing": "recognizer/drawing/*/delete/",
    "visitors": "recognizer/visitor/",
    "visitor": "recognizer/visitor/*/change/",
    "versions": "recognizer/modelversion/",
    "version": "recognizer/modelversion/*/change/",
    "promote": "recognizer/modelversion/*/promote/",
    "deployments": "recognizer/deployment/",
    "deployment": "recognizer/deployment/*/change/",
    "evaluations": "recognizer/evaluation/",
    "evaluation": "recognizer/evaluation/*/change/",
    "jobs": "training/trainingjob/",
    "job": "training/trainingjob/*/change/",
    "start a job": "training/trainingjob/add/",
    "jobs side by side": "training/trainingjob/compare/?ids=*,4712",
    "comparisons": "training/comparison/",
    "comparison": "training/comparison/*/change/",
    "compare": "training/comparison/compare/",
    "snapshots": "training/snapshot/",
    "snapshot": "training/snapshot/*/change/",
    "deleted drawings": "training/deleteddrawing/",
    "deleted drawing": "training/deleteddrawing/*/change/",
    "yardsticks": "training/yardstick/",
    "yardstick": "training/yardstick/*/change/",
    "import a yardstick": "training/yardstick/add/",
    "measurements": "training/measurement/",
    "measurement": "training/measurement/*/change/",
    "exports": "training/export/",
    "export": "training/export/*/change/",
    "start an export": "training/export/add/",
    "clean-ups": "training/cleanup/",
    "clean-up": "training/cleanup/*/change/",
    "refused": "training/cleanup/add/",
    "review": "recognizer/drawing/review/",
    "banning a shape": "recognizer/drawing/*/ban/",
    "banned shapes": "recognizer/bannedshape/",
    "banned shape": "recognizer/bannedshape/*/change/",
    "decisions": "recognizer/decision/",
    "decision": "recognizer/decision/*/change/",
    "bulk reviews": "recognizer/bulkreview/",
    "bulk review": "recognizer/bulkreview/*/change/",
    "rooms": "recognizer/room/",
    "room": "recognizer/room/*/change/",
    "a snapshot's drawings": "training/snapshot/*/drawings/",
}


def learn(job: TrainingJob) -> None:
    """A job with everything that its page can draw."""
    figures = {"train_loss": 0.3, "train_accuracy": 0.9, "validation_loss": 0.2, "validation_accuracy": 0.95}
    for epoch in (1, 2):
        EpochResult.objects.create(job=job, epoch=epoch, learning_rate=1e-3, seconds=2.0, **figures)
        MeterReading.objects.create(job=job, epoch=epoch, curve="mnist", n=5000, correct=4970 + epoch)
    curve = [[0.5, 1.2, 0.7], [1.0, 0.4, 0.9], [2.0, 0.2, 0.95]]
    TrainingJob.objects.filter(pk=job.pk).update(
        state="failed", message="It failed.", curve=curve, traceback="Line\n" * 9
    )


def learn_two(job: TrainingJob) -> None:
    """Another job to compare it with, under the number that the page's address names."""
    learn(rows.job(pk=4712))


# What happens to a page's row first, so that there is more to see
BEFORE: dict[str, Callable[[Model], object]] = {
    "comparison": lambda row: comparisons.run(row.pk),
    "job": learn,
    "jobs side by side": learn_two,
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_has_nothing_serious(site, settings, name):
    settings.LABEL_AGREEMENT = 2
    address, act = PUBLIC[name]
    if name == "gallery":
        site.open()
        submit(site)
    site.expects_failures = name == "no such page"
    found = _look(site, address, act)
    assert found == [], "\n".join(found)


@pytest.fixture
def desk(site: Site, settings, tmp_path) -> Site:
    """The admin with a row of each model, signed in as somebody who may do everything."""
    settings.MNIST_DIR = write_mnist(tmp_path / "mnist")
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.address}
    site.page.context.add_cookies([cookie])
    return site


# Together, since the rows are made once for all pages of a part
@pytest.mark.parametrize("part", ["recognizer/", "training/", ""])
def test_no_page_of_the_admin_has_anything_serious(desk, part):
    known, found = one_of_each(), []
    pages = {name: address for name, address in DESKS.items() if _part(address) == part}
    # The sign-in last: who is there is signed out.
    for name, address in sorted(pages.items(), key=lambda page: page[0] == "sign in"):
        row = known.get("/".join(address.split("/")[:2]))
        if name in BEFORE:
            BEFORE[name](row)
        desk.expects_failures |= name == "refused"
        if name == "sign in":
            desk.page.context.clear_cookies()
        whole = f"/admin/{address.replace('*', str(row.pk) if row else '')}"
        found += [f"{name}, {problem}" for problem in _look(desk, whole)]
    assert found == [], "\n".join(found)


# Of a room, with * for its code: what its teacher sees, then what somebody sees who is about to join, and a member
OF_A_TEACHER = {
    "rooms": "/rooms/desk/",
    "a room's desk": "/rooms/desk/*/",
    "its name": "/rooms/desk/*/edit/",
    "its code on the wall": "/rooms/desk/*/show/",
    "its review": "/rooms/desk/*/review/",
    "accepting many": "/rooms/desk/*/review/many/?of=all",
    "its versions": "/rooms/desk/*/versions/",
    "its contest": "/rooms/desk/*/versions/9/",
    "deleting it": "/rooms/desk/*/delete/",
    "its page for the wall": "/rooms/*/",
    "its page for the teacher's eyes": "/rooms/*/?all=yes",
}


def a_class() -> Room:
    """A room in which somebody drew, some of it read wrong, with a version of its own that was in a contest."""
    room = Room.objects.create(code="BCD234", name="7b", welcome="Draw what you like.")
    for n in range(3):
        who = members.join(Visitor(key_hash=f"pupil {n}"), room, shares=True).visitor
        for digit, state in ((n, "unreviewed"), (7, "accepted")):
            drawing = showing(who, digit, state=state, seed=10 * n + digit)
            Drawing.objects.filter(pk=drawing.pk).update(room=room)
    rows.version(9, number=9, room=room)
    return room


def test_no_page_of_a_room_has_anything_serious(desk):
    room, found = a_class(), []
    for name, address in OF_A_TEACHER.items():
        found += [f"{name}, {problem}" for problem in _look(desk, address.replace("*", room.code))]
    desk.page.context.clear_cookies()
    found += [f"joining, {problem}" for problem in _look(desk, f"/rooms/{room.code}/")]
    desk.page.get_by_label("Yes, put them on the wall").check()
    desk.follow(desk.button("Join and draw"), "/")
    for name, address in (("drawing in it", "/"), ("a member's page", f"/rooms/{room.code}/")):
        found += [f"{name}, {problem}" for problem in _look(desk, address)]
    assert found == [], "\n".join(found)


def _part(address: str) -> str:
    return address.partition("/")[0] + "/" if address.startswith(("recognizer/", "training/")) else ""


def _look(site: Site, address: str, act: Callable[[Site], None] | None = None) -> list[str]:
    """Open the page in both schemes, and measure it at both widths; return what is wrong with it."""
    found = []
    for scheme in ("light", "dark"):
        site.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        site.page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
        site.open(address)
        if act:
            act(site)
        site.page.wait_for_load_state("load")
        for device, width in WIDTHS.items():
            site.page.set_viewport_size({"width": width, "height": 900})
            found += [f"{scheme}, {device}: {problem}" for problem in _problems(site, width)]
    return found


def _problems(site: Site, width: int) -> Iterator[str]:
    try:
        fits = "width => document.documentElement.scrollWidth <= width"
        site.page.wait_for_function(fits, arg=width, timeout=PATIENCE_MS)
    except TimeoutError:
        yield f"the page is {site.page.evaluate('document.documentElement.scrollWidth')} px wide"
    for rule in Axe().run(site.page, options=RULES).response["violations"]:
        for node in rule["nodes"]:
            is_known = any(rule["id"] == known and part in node["html"] for known, part, _ in OF_UNFOLD)
            if rule["impact"] in GRAVE and not is_known:
                said = " ".join(node["failureSummary"].split())
                yield f"{rule['id']} at {', '.join(map(str, node['target']))}: {said} {node['html'][:200]}"
