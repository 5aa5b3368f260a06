"""The admin's first page: what it counts, what it says when there is nothing, and for whom."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from recognizer import recognition, versions
from recognizer.models import Drawing, Evaluation, Label, Visitor
from tests import admin_rows as rows

INDEX = "/admin/"


@pytest.fixture
def live(db):
    recognition.forget()
    return versions.ensure_shipped().version


def cards(client) -> dict:
    return client.get(INDEX).context["cards"]


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


def test_the_drawings_that_the_version_answered_stand_beside_those_of_held_out_visitors(admin_client, live):
    rows.evaluation(live, dataset=Evaluation.ANSWERED, n=40, wrong=1)
    text = " ".join(admin_client.get(INDEX).content.decode().split())
    assert '<span class="d-strong">97.50 %</span> of 40 reviewed drawings that it answered' in text


def test_an_empty_site_says_what_to_do_first(admin_client, live):
    text = admin_client.get(INDEX).content.decode()
    for shown in ("Draw the first one", "Start the first job", "Nobody has labelled a drawing of these days yet"):
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
    old = rows.drawing(live, read=7, means=3)
    Drawing.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=40))
    card = cards(admin_client)["drawings"]
    assert (card["wrong"], card["labelled"], card["share_wrong"]) == (2, 4, "50.0 %")


def test_the_share_of_wrong_answers_agrees_with_the_list_that_it_links(admin_client, live):
    rows.drawing(live, read=7, means=1)
    rows.drawing(live, read=None, means=4)
    rows.drawing(live, read=3, means=3)
    listed = admin_client.get("/admin/recognizer/drawing/?answer=wrong").context["cl"].result_count
    assert cards(admin_client)["drawings"]["wrong"] == listed == 2


def test_drawings_and_corrections_are_counted_on_their_day(admin_client, live):
    rows.drawing(live, read=7, means=7)
    rows.drawing(live, read=7, means=1)
    earlier = rows.drawing(live, read=7, means=1)
    Drawing.objects.filter(pk=earlier.pk).update(created_at=timezone.now() - timedelta(days=3))
    days = cards(admin_client)["drawings"]["days"]
    today = timezone.localdate()
    assert days["rows"][0] == (today, 2, 3, 2)
    assert days["rows"][3] == (today - timedelta(days=3), 1, 0, 0)
    assert len(days["rows"]) == len(days["chart"]["days"]) == 30
    assert (days["total"], days["corrections"]) == (3, 2)


def test_labels_that_wait_are_counted_and_linked(admin_client, live):
    rows.drawing(live, means=7)
    rows.drawing(live, means=7, state="accepted")
    text = admin_client.get(INDEX).content.decode()
    assert cards(admin_client)["drawings"]["awaiting"] == 1
    assert "/admin/recognizer/drawing/?label=unreviewed" in text
    assert "1 accepted drawing." in text


def test_accepted_drawings_of_held_out_visitors_are_not_there_to_learn_from(admin_client, live):
    rows.drawing(live, means=7, state=Label.State.ACCEPTED, visitor=Visitor.objects.create(held_out=True))
    assert cards(admin_client)["drawings"]["to_learn_from"] == 0


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


def test_the_number_of_queries_does_not_grow_with_the_data(admin_client, live, django_assert_num_queries):
    rows.evaluation(live)
    rows.drawing(live, means=1)
    rows.job(state="failed", finished_at=timezone.now())
    recognition.live()
    # session and user; live version, which version answers, evaluations; drawings and labels by day, wrong share,
    # waiting labels, accepted drawings; unfinished and ended jobs; recent actions
    with django_assert_num_queries(13):
        assert admin_client.get(INDEX).status_code == 200
    for means in range(10):
        rows.drawing(live, means=means, state="accepted")
        rows.job(state="failed", finished_at=timezone.now(), started_by=rows.staff(name=str(means)))
        rows.evaluation(live)
    with django_assert_num_queries(13):
        assert admin_client.get(INDEX).status_code == 200


@pytest.mark.parametrize(
    ("permission", "card"),
    [
        ("recognizer.view_modelversion", "live"),
        ("recognizer.view_drawing", "drawings"),
        ("training.view_trainingjob", "jobs"),
    ],
)
def test_each_card_is_for_those_who_may_view_what_it_is_about(client, live, permission, card):
    client.force_login(rows.staff(permission))
    assert set(cards(client)) == {card}


def test_the_sidebar_names_only_what_somebody_may_view(client, live):
    client.force_login(rows.staff("recognizer.view_drawing"))
    text = client.get(INDEX).content.decode()
    assert "/admin/recognizer/drawing/" in text
    assert "/admin/auth/user/" not in text
    assert "/admin/training/trainingjob/" not in text


def test_the_page_asks_no_other_host_for_anything(admin_client, live):
    text = admin_client.get(INDEX).content.decode()
    assert "https://" not in text
