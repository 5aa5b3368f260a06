"""The admin's first page: what it counts, what it says when there is nothing, and for whom."""

import json
import re
from datetime import time, timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from recognizer import drawings, recognition, versions
from recognizer.models import Drawing, Evaluation, Label, Membership, Room, Visitor
from recognizer.rooms import members
from tests import admin_rows as rows
from training import refreshing, snapshots, workers
from training.models import DayFigures, DayMark

INDEX, CARDS = "/admin/", "/admin/dashboard/"
CARDS_OF = {
    "recognizer.view_modelversion": {"live", "accuracy"},
    "recognizer.view_drawing": {"waiting", "days", "shares", "matrix", "calibration", "needs"},
    "training.view_trainingjob": {"jobs", "health"},
}


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture(autouse=True)
def whoever_looks_counts(settings):
    """No worker runs in these tests: each look at the page brings its figures up to date."""
    settings.DAY_FIGURES_OLD_SECONDS = -1.0
    settings.DASHBOARD_BUDGET_SECONDS = 60.0


@pytest.fixture
def live(db):
    recognition.forget()
    return versions.ensure_shipped().version


def cards(client, address: str = INDEX) -> dict:
    return client.get(address).context["cards"]


def words(client, address: str = INDEX) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).content.decode()).split())


def drawn(days_ago: int, *arguments, **fields) -> Drawing:
    drawing = rows.drawing(*arguments, **fields)
    Drawing.objects.filter(pk=drawing.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return drawing


def test_the_live_version_stands_with_its_accuracy_and_n(admin_client, live):
    rows.evaluation(live, n=1000, wrong=10)
    rows.evaluation(live, dataset=Evaluation.DRAWINGS, n=200, wrong=13)
    text = " ".join(admin_client.get(INDEX).content.decode().split())
    assert f">version {live.number}</a>" in text
    assert '<span class="d-strong">99.00 %</span> of 1,000 MNIST test images' in text
    assert '<span class="d-strong">93.50 %</span> of 200 reviewed drawings' in text


def test_a_version_that_was_not_measured_says_so(admin_client, live):
    text = admin_client.get(INDEX).content.decode()
    assert "Not measured on reviewed drawings of held-out visitors yet" in text
    assert "that it answered" not in text


def test_an_empty_site_says_what_to_do_first(admin_client, live):
    text = admin_client.get(INDEX).content.decode()
    for shown in ("Draw the first one", "Start the first job", "No drawing of these days has an accepted label"):
        assert shown in text


def test_without_any_version_it_says_what_to_run(admin_client, settings, tmp_path, db):
    settings.SHIPPED_WEIGHTS_DIR = tmp_path / "nothing"
    assert "manage.py train --promote" in admin_client.get(INDEX).content.decode()


def test_a_live_version_whose_file_is_gone_is_said_with_the_version_that_answers(admin_client, live):
    bad = rows.version(5)
    versions.promote(bad)
    bad.weights.storage.delete(bad.weights.name)
    text = " ".join(admin_client.get(INDEX).content.decode().split())
    assert f"Version {bad.number} cannot be loaded" in text
    assert f"Until then version {live.number} answers." in text


def test_what_is_scheduled_stands_with_how_many_labels_are_missing(admin_client, live, settings):
    settings.RETRAIN_AFTER_LABELS, settings.RETRAIN_NIGHTLY_AT = 5, time(3, 0)
    rows.drawing(live, means=7, state="accepted")
    text = " ".join(admin_client.get(INDEX).content.decode().split())
    assert '<span class="d-strong">1 of 5</span> newly accepted labels: 4 to go' in text
    assert "Next night: " in text
    assert "a fine-tuning of the live version starts by itself" in text


def test_without_a_schedule_nothing_is_said_of_one(admin_client, live):
    assert "Scheduled training" not in admin_client.get(INDEX).content.decode()


def test_wrong_answers_are_those_labelled_otherwise_and_rejected_labels_do_not_count(admin_client, live):
    rows.drawing(live, read=7, means=7)
    rows.drawing(live, read=7, means=1)
    rows.drawing(live, read=7, means="none")
    rows.drawing(live, read=None, means="none")
    rows.drawing(live, read=7, means=2, state="rejected")
    rows.drawing(live, read=7)
    drawn(40, live, read=7, means=3)
    card = cards(admin_client)["shares"]
    assert (card["wrong"].right, card["wrong"].n, card["wrong"].words) == (2, 4, "50.0 %")
    assert (card["rejected"].right, card["rejected"].n) == (1, 6)


def test_the_share_of_wrong_answers_agrees_with_the_list_that_it_links(admin_client, live):
    rows.drawing(live, read=7, means=1)
    rows.drawing(live, read=None, means=4)
    rows.drawing(live, read=3, means=3)
    drawn(40, live, read=7, means=1)
    rows.drawing(live, read=7, means=1, hidden_as="hidden", hidden_at=timezone.now())
    page = admin_client.get(INDEX).content.decode()
    address = re.search(r'href="([^"]+answer=wrong[^"]+)"', page)[1].replace("&amp;", "&")
    listed = admin_client.get(address).context["cl"].result_count
    assert cards(admin_client)["shares"]["wrong"].right == listed == 2


def test_drawings_corrections_and_visitors_are_counted_on_the_day_of_the_drawing(admin_client, live):
    visitor = Visitor.objects.create()
    rows.drawing(live, read=7, means=7, visitor=visitor)
    rows.drawing(live, read=7, means=1, visitor=visitor)
    drawn(3, live, read=7, means=1)
    card = cards(admin_client)["days"]
    shown = [(row["drawings"], row["labels"], row["corrections"], row["visitors"]) for row in card["rows"]]
    assert shown[:4] == [(2, 2, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0), (1, 1, 1, 1)]
    assert len(shown) == len(card["chart"]["days"]) == 30
    assert (card["drawings"], card["wrong"]) == (3, 2)


@pytest.mark.parametrize(("days", "steps", "counted"), [("7", 7, 1), ("30", 30, 2), ("90", 13, 3), ("all", 15, 4)])
def test_the_address_says_of_which_days_the_figures_are(admin_client, live, days, steps, counted):
    for ago in (1, 20, 80, 99):
        drawn(ago, live)
    card = cards(admin_client, f"{INDEX}?days={days}")["days"]
    assert (len(card["rows"]), card["drawings"]) == (steps, counted)


def test_a_mistyped_range_shows_the_usual_one(admin_client, live):
    assert "last 30 days" in words(admin_client, f"{INDEX}?days=soon")


def test_labels_that_wait_are_counted_with_how_long_and_linked(admin_client, live):
    rows.drawing(live, means=7)
    Label.objects.update(updated_at=timezone.now() - timedelta(days=9))
    rows.drawing(live, means=7, state="accepted")
    text = words(admin_client)
    card = cards(admin_client)["waiting"]
    assert (card["n"], card["is_long"], card["learnable"]) == (1, True, 1)
    assert card["address"] in admin_client.get(INDEX).content.decode()
    assert "1 accepted drawing." in text
    assert f"{timezone.localdate() - timedelta(days=9):%-d %B %Y}" in text


def test_accepted_drawings_of_held_out_visitors_are_not_there_to_learn_from(admin_client, live):
    rows.drawing(live, means=7, state=Label.State.ACCEPTED, visitor=Visitor.objects.create(held_out=True))
    assert cards(admin_client)["waiting"]["learnable"] == 0


def test_each_cell_of_the_confusion_leads_to_the_drawings_that_it_counts(admin_client, live):
    rows.drawing(live, read=1, means=7, state="accepted")
    rows.drawing(live, read=None, means=7, state="accepted")
    rows.drawing(live, read=2, means="none", state="accepted")
    rows.drawing(live, read=7, means=7, state="accepted")
    rows.drawing(live, read=1, means=7)
    drawn(35, live, read=1, means=7, state="accepted")
    hidden = {"hidden_as": "hidden", "hidden_at": timezone.now()}
    rows.drawing(live, read=1, means=7, state="accepted", **hidden)
    card = cards(admin_client)["matrix"]
    assert card["n"] == 4
    linked = [cell for row in card["rows"] for cell in row["cells"] if cell["address"]]
    assert [cell["count"] for cell in linked] == [1, 1, 1, 1]
    for cell in linked:
        assert admin_client.get(cell["address"]).context["cl"].result_count == cell["count"]


def test_a_mistyped_day_in_the_address_of_the_list_counts_as_none(admin_client, live):
    rows.drawing(live)
    listed = admin_client.get("/admin/recognizer/drawing/?counted=soon")
    assert listed.context["cl"].result_count == 1


def test_jobs_that_run_or_wait_come_before_those_that_ended(admin_client, live):
    ended = rows.job(state="failed", finished_at=timezone.now())
    now = timezone.now()
    running = rows.job(
        state="running", epoch=2, batch=20, batches=40, remaining_seconds=40, lease_expires_at=now + timedelta(hours=1)
    )
    queued = rows.job()
    card = cards(admin_client)["jobs"]
    assert {job["row"] for job in card["unfinished"]} == {running, queued}
    assert [job["row"] for job in card["ended"]] == [ended]
    assert "about 40 s left" in admin_client.get(INDEX).content.decode()


@pytest.mark.parametrize("address", [INDEX, CARDS, f"{INDEX}?days=all"])
def test_the_number_of_queries_does_not_grow_with_the_data(
    admin_client, live, settings, django_assert_num_queries, address
):
    settings.DAY_FIGURES_OLD_SECONDS = 3600.0

    def look() -> None:
        # session and user; how fresh; totals and days; which version answers; releases and evaluations twice;
        # unfinished and ended jobs; workers; recent actions on the page alone
        with django_assert_num_queries(12 if address == CARDS else 13):
            assert admin_client.get(address).status_code == 200

    rows.evaluation(live)
    rows.drawing(live, means=1)
    rows.job(state="failed", finished_at=timezone.now())
    recognition.live()
    refreshing.refresh(seconds=60)
    admin_client.get(address)  # what is remembered for some seconds
    look()
    other = rows.version(3)
    versions.promote(other)
    for means in range(10):
        drawn(means, live, means=means, state="accepted")
        drawn(40 * means, other, read=1, means=means, state="accepted")
        rows.job(state="failed", finished_at=timezone.now(), started_by=rows.staff(name=str(means)))
        rows.evaluation(live)
        workers.say(f"light{means}@here", ["light"])
    recognition.live()
    refreshing.refresh(seconds=60)
    look()


def test_figures_that_no_worker_brings_up_to_date_are_brought_so_by_the_page(admin_client, live):
    rows.drawing(live)
    assert cards(admin_client)["days"]["drawings"] == 1
    assert "wait to be counted" not in words(admin_client)


def test_a_worker_that_counts_leaves_nothing_to_the_page(admin_client, live, settings):
    settings.DAY_FIGURES_OLD_SECONDS = 3600.0
    refreshing.refresh(seconds=60)
    rows.drawing(live)
    assert cards(admin_client)["days"]["drawings"] == 0


def test_a_backlog_that_is_too_large_for_the_page_is_said_in_words(admin_client, live, settings):
    settings.DASHBOARD_BUDGET_SECONDS = 0.0
    for ago in range(4):
        drawn(ago + 2, live)
    text = words(admin_client)
    assert DayFigures.objects.count() == 1
    assert (
        "Not all drawings are counted yet; 3 days wait to be counted. A worker for the queue light counts them" in text
    )


def test_old_figures_say_how_old_they_are(admin_client, live, settings):
    rows.drawing(live)
    refreshing.refresh(seconds=60)
    settings.DASHBOARD_BUDGET_SECONDS, settings.DASHBOARD_DAY_DRAWINGS = 0.0, 0
    drawings.set_label(Drawing.objects.get(), 3)
    assert "The figures below are from just now ; 1 day waits to be counted." in words(admin_client)
    assert DayMark.objects.exists()


def test_a_database_that_others_write_to_keeps_nobody_from_looking(admin_client, live, monkeypatch):
    def busy(**options):
        raise OperationalError("database is locked")

    monkeypatch.setattr(refreshing, "refresh", busy)
    assert "Not all drawings are counted yet" in words(admin_client)


def test_the_cards_alone_are_the_same_as_on_the_page(admin_client, live, settings):
    settings.DAY_FIGURES_OLD_SECONDS = 3600.0
    rows.drawing(live, read=1, means=7, state="accepted")
    refreshing.refresh(seconds=60)
    page, alone = (admin_client.get(address).content.decode() for address in (INDEX, CARDS))
    assert "<html" not in alone
    for shown in re.findall(r'<h2 id="[^"]+"', page):
        assert shown in alone
    figures = re.compile(r'<script id="([a-z]+-figures)" type="application/json">(.*?)</script>')
    found = dict(figures.findall(alone))
    assert found == dict(figures.findall(page))
    assert set(found) == {"accuracy-figures", "day-figures", "share-figures", "calibration-figures"}
    assert all(map(json.loads, found.values()))


def test_the_cards_alone_are_not_kept_by_anybody(admin_client, live):
    assert "no-store" in admin_client.get(CARDS).headers["Cache-Control"]


def test_the_cards_alone_only_answer_to_a_look(admin_client, live):
    assert admin_client.post(CARDS).status_code == 405


def test_who_is_not_signed_in_gets_no_cards(client, live):
    assert client.get(CARDS).status_code == 302


@pytest.mark.parametrize("address", [INDEX, CARDS])
@pytest.mark.parametrize("permission", CARDS_OF)
def test_each_card_is_for_those_who_may_view_what_it_is_about(client, live, permission, address):
    rows.drawing(live, means=7)
    client.force_login(rows.staff(permission))
    assert set(cards(client, address)) == CARDS_OF[permission]


def test_somebody_of_the_staff_without_any_right_sees_no_figure(client, live):
    client.force_login(rows.staff())
    assert cards(client, CARDS) == {}


def test_the_page_has_no_inline_script(admin_client, live):
    rows.drawing(live, read=1, means=7, state="accepted")
    text = admin_client.get(CARDS).content.decode()
    assert all('type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"\son[a-z]+=", text)


def test_the_sidebar_names_only_what_somebody_may_view(client, live):
    client.force_login(rows.staff("recognizer.view_drawing"))
    text = client.get(INDEX).content.decode()
    assert "/admin/recognizer/drawing/" in text
    assert "/admin/auth/user/" not in text
    assert "/admin/training/trainingjob/" not in text


def test_the_page_asks_no_other_host_for_anything(admin_client, live):
    text = admin_client.get(INDEX).content.decode()
    assert "https://" not in text


# What the demo and rooms leave out: each figure and the list that it leads to


def cell(client, digit: int, answer: int) -> tuple[int, int]:
    """The count in a cell of the confusion matrix, and how many drawings the list has to which it leads."""
    found = cards(client)["matrix"]["rows"][digit]["cells"][answer]
    return found["count"], client.get(found["address"]).context["cl"].result_count if found["count"] else 0


def test_what_the_demo_drew_counts_for_its_own_versions_alone(admin_client, live):
    demo_visitor, demo = Visitor.objects.create(is_demo=True), rows.version(8, is_demo=True)
    rows.drawing(live, read=3, means=3, state="accepted")
    rows.drawing(live, read=3, means=3, state="accepted", visitor=demo_visitor)
    assert cell(admin_client, 3, 3) == (1, 1)
    rows.drawing(demo, read=3, means=3, state="accepted", visitor=demo_visitor)
    assert cell(admin_client, 3, 3) == (2, 2)


def test_what_a_teacher_accepted_for_a_room_is_neither_counted_nor_listed(admin_client, live):
    room = Room.objects.create(code="BCD234", name="7b")
    rows.drawing(live, read=3, means=3, state="accepted")
    of_room = rows.drawing(live, read=3, means=3, state="accepted", room=room)
    Label.objects.filter(drawing=of_room).update(by_room=True)
    assert cell(admin_client, 3, 3) == (1, 1)


def test_what_a_training_can_learn_from_is_what_a_snapshot_takes(admin_client, live):
    room = Room.objects.create(code="BCD234", name="7b")
    measures, learns = (members.join(Visitor(key_hash=key), room, shares=True).visitor for key in "ab")
    Membership.objects.filter(visitor=measures).update(held_out_at=timezone.now())
    Membership.objects.filter(visitor=learns).update(held_out_at=None)
    for visitor, where in (
        (Visitor.objects.create(), None),
        (Visitor.objects.create(held_out=True), None),
        (Visitor.objects.create(is_demo=True), None),
        (measures, room),
        (measures, None),
        (learns, room),
    ):
        rows.drawing(live, means=7, state="accepted", visitor=visitor, room=where)
    assert cards(admin_client)["waiting"]["learnable"] == snapshots.learnable().count() == 3


def test_a_way_of_drawing_leads_to_no_more_than_it_says(admin_client, live):
    for means, upload in ((3, False), (3, False), (5, True)):
        rows.drawing(live, read=9, means=means, state="accepted", upload=upload)
    rows.drawing(live, read=9, means=3, state="accepted", upload=True)
    ways = {way["words"]: way for way in cards(admin_client)["needs"]["ways"]}
    assert ways["3 in one stroke"]["taken_for"] == "9"  # the list has other numbers of strokes as well
    listed = {words: admin_client.get(way["taken_address"]).context["cl"].result_count for words, way in ways.items()}
    assert listed == {"3 in one stroke": 2, "3 from a picture": 1, "5 from a picture": 1}
    assert ways["5 from a picture"]["taken_for"] == "9 (1)"
