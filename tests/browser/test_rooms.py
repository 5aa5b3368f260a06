"""A lesson: a teacher makes a room, two pupils join it on their phones, draw and say what it is; the teacher accepts,
trains, looks at the contest, switches, exports and deletes."""

import io
from collections.abc import Iterator
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page, expect

from recognizer import drawings, recognition
from recognizer.models import Drawing, Membership, Room, Visitor
from recognizer.rooms import members
from tests.browser.conftest import PHONE, Site
from tests.training.conftest import write_mnist
from tests.training.making import showing
from training import jobs, reporting, worker
from training.models import TrainingJob
from training.rooms import contest

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def small(settings, tmp_path, monkeypatch) -> None:
    """A class of two and a little MNIST; the bell rings nowhere, the test does the work."""
    settings.MNIST_DIR = write_mnist(tmp_path / "mnist")
    settings.CHECKPOINTS_DIR = tmp_path / "checkpoints"
    settings.ROOM_TRAIN_MEMBERS, settings.ROOM_TRAIN_DRAWINGS, settings.ROOM_REFRESH_SECONDS = 3, 5, 1.0
    monkeypatch.setattr("training.tasks.enqueue", lambda job: True)
    contest.forget()
    reporting.allow()


@pytest.fixture
def desk(site: Site) -> Site:
    """The teacher's browser, signed in as people do."""
    user = User.objects.create_user("teacher", password="secret", is_staff=True)
    user.groups.add(Group.objects.get(name="teacher"))
    site.open("/rooms/desk/")
    site.page.locator("[name=username]").fill("teacher")
    site.page.locator("[name=password]").fill("secret")
    site.page.locator("form button[type=submit]").click()
    expect(site.page.get_by_role("heading", name="Your rooms")).to_be_visible()
    return site


@pytest.fixture
def phone(browser: Browser, live_server) -> Iterator:
    """Makes phones, each of somebody else."""
    made: list[Site] = []

    def make() -> Site:
        page: Page = browser.new_context(**PHONE).new_page()
        made.append(Site(page, live_server.url))
        return made[-1]

    yield make
    for one in made:
        one.close()
        one.page.context.close()
        one.check()


def make_room(desk: Site) -> Room:
    desk.page.get_by_label("Name").fill("7b")
    desk.button("Make the room").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("7b")
    return Room.objects.get()


def join(pupil: Site, room: Room, *, answer: str) -> None:
    """By the code, as it is read from the wall."""
    pupil.open("/rooms/")
    pupil.page.get_by_label("The room's code").fill(f"{room.code[:3].lower()} {room.code[3:].lower()}")
    pupil.button("To the room").click()
    pupil.page.get_by_label(answer).check()
    pupil.follow(pupil.button("Join and draw"), "/")
    expect(pupil.page.get_by_label("The room you are in")).to_contain_text("7b")
    assert not pupil.page.evaluate("document.documentElement.scrollWidth > innerWidth")


def draw_a(pupil: Site, digit: int) -> None:
    pupil.draw()
    pupil.submit()
    pupil.page.get_by_role("button", name=f"It is {digit}").click()
    expect(pupil.words).to_contain_text("Thank")


def more_drawings(room: Room) -> None:
    """What the rest of the class drew meanwhile."""
    for n in range(3):
        who = members.join(Visitor(key_hash=f"pupil {n}"), room, shares=True).visitor
        for digit in range(3):
            drawing = showing(who, digit, seed=10 * n + digit)
            Drawing.objects.filter(pk=drawing.pk).update(room=room)
            drawings.review([drawing.pk], "accepted", by=None, by_room=True)


def test_a_lesson_from_the_first_code_to_the_last_drawing(desk: Site, phone):
    room = make_room(desk)
    ada, bob = phone(), phone()
    join(ada, room, answer="Yes, put them on the wall")
    join(bob, room, answer="No, only the teacher")
    draw_a(ada, 7)
    draw_a(bob, 1)

    # Ada sees her own drawing on the wall and not Bob's; the teacher sees both.
    ada.page.get_by_label("The room you are in").get_by_role("link").click()
    expect(ada.page.locator("#wall-title ~ .wall li")).to_have_count(1)
    desk.open(f"/rooms/{room.code}/")
    expect(desk.page.locator("#wall-title ~ .wall li")).to_have_count(1)
    desk.page.get_by_role("link", name="All drawings, for your eyes only").click()
    expect(desk.page.locator("#wall-title ~ .wall li")).to_have_count(2)

    # The teacher accepts one by a key, corrects the other with a tap, and takes that back.
    desk.open(f"/rooms/desk/{room.code}/review/")
    expect(desk.page.locator("[data-card]")).to_have_count(2)
    desk.page.keyboard.press("a")
    expect(desk.page.locator("[data-card]")).to_have_count(1)
    desk.page.locator("[data-card]").get_by_role("button", name="It is 3", exact=True).click()
    expect(desk.words).to_contain_text("Accepted as 3")
    desk.page.keyboard.press("u")
    expect(desk.page.locator("[data-card]")).to_have_count(1)
    desk.page.wait_for_load_state("load")  # it came with a page of its own
    desk.button("Accept").click()
    expect(desk.words).to_contain_text("Accepted as 1")
    assert set(Drawing.objects.values_list("label__state", "label__by_room")) == {("accepted", True)}

    # A version of the room's own is trained, and the open page follows.
    more_drawings(room)
    desk.open(f"/rooms/desk/{room.code}/versions/")
    desk.button("Train a version of this room").click()
    expect(desk.page.get_by_role("progressbar")).to_be_visible()
    job = TrainingJob.objects.get()
    TrainingJob.objects.filter(pk=job.pk).update(epochs=1, generated_images=0)
    assert worker.run(jobs.claim(job.pk)) == "succeeded", TrainingJob.objects.get().message
    number = room.versions.get().number
    expect(desk.page.get_by_role("heading", name=f"Version {number}")).to_be_visible()

    # The contest, then the switch; from then on it answers on the phones.
    desk.page.get_by_role("link", name="The contest").click()
    expect(desk.page.locator("main")).to_contain_text("by members whom neither has met")
    desk.button("Answer with it in this room").click()
    expect(desk.page.locator(".said")).to_contain_text(f"own version {number}")
    ada.open("/")
    draw_a(ada, 7)
    assert Drawing.objects.latest("pk").prediction.version.number == number

    # Export, then delete with the code.
    desk.open(f"/rooms/desk/{room.code}/")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Export the room").click()
    names = ZipFile(io.BytesIO(download.value.path().read_bytes())).namelist()
    assert {"drawings.jsonl", "room.json", "figures.csv"} <= set(names)
    desk.page.get_by_role("link", name="Delete the room").click()
    desk.page.get_by_label("To confirm").fill(room.code)
    desk.button("Delete the room and all that is in it").click()
    expect(desk.page.locator(".said")).to_contain_text("7b is deleted")
    assert (Drawing.objects.count(), Membership.objects.count()) == (0, 0)
    bob.open("/")
    expect(bob.page.locator(".room-bar")).to_contain_text("The room you were in is gone")


def test_the_open_page_of_a_room_follows_what_is_drawn(desk: Site, phone):
    room = make_room(desk)
    pupil = phone()
    join(pupil, room, answer="Yes, put them on the wall")
    desk.open(f"/rooms/{room.code}/")
    desk.page.evaluate("window.neverReloaded = true")
    draw_a(pupil, 7)
    expect(desk.page.locator("#wall-title ~ .wall li")).to_have_count(1)
    assert desk.page.evaluate("window.neverReloaded")


def test_a_wrong_code_is_said_beside_the_field(site: Site):
    site.expects_failures = True  # the answer is 422, which the browser writes to its console
    recognition.forget()
    site.open("/rooms/")
    site.page.get_by_label("The room's code").fill("BCD 234")
    site.button("To the room").click()
    expect(site.page.get_by_role("alert")).to_contain_text("no room with the code BCD 234")
    expect(site.page.get_by_label("The room's code")).to_have_value("BCD 234")


def test_many_are_accepted_but_for_those_without_a_tick(desk: Site, phone):
    room = make_room(desk)
    who = members.join(Visitor(key_hash="a"), room, shares=True).visitor
    made = [showing(who, digit, state="unreviewed", seed=digit) for digit in range(3)]
    Drawing.objects.filter(pk__in=[drawing.pk for drawing in made]).update(room=room)
    desk.open(f"/rooms/desk/{room.code}/review/many/?of=all")
    desk.page.get_by_role("checkbox").first.uncheck()
    desk.button("Accept those with a tick").click()
    expect(desk.page.locator(".said")).to_contain_text("Accepted 2 labels")
    expect(desk.page.locator("[data-card]")).to_have_count(1)
    desk.page.get_by_role("button", name="Take back").click()
    expect(desk.page.locator("[data-card]")).to_have_count(3)
