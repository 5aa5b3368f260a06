"""The desk for training jobs: the form that starts one, its page, its progress, cancelling it."""

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from recognizer import versions
from tests import admin_rows as rows
from training import recipes, tasks
from training.models import EpochResult, MeterReading, TrainingJob

LIST = "/admin/training/trainingjob/"
ADD = f"{LIST}add/"
VIEW, START, CANCEL = (f"training.{action}_trainingjob" for action in ("view", "start", "cancel"))
ASKED = {
    "kind": "scratch",
    "architecture": "lenet-5x5",
    "epochs": "2",
    "learning_rate": "0.004",
    "batch_size": "128",
    "seed": "3",
    "mnist_images": "2000",
    "note": "trial",
}
RUNNING = {
    "state": "running", "attempt": 1, "epoch": 2, "batch": 30, "batches": 40, "loss": 0.25, "accuracy": 0.915,
    "remaining_seconds": 75.0, "curve": [[0.5, 1.2, 0.6], [1.0, 0.5, 0.8]],
}  # fmt: skip


@pytest.fixture
def live(db):
    return versions.ensure_shipped().version


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """The ids of the jobs that the broker, which answers, was told of."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "ring", lambda job_id: ids.append(job_id) or True)
    return ids


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def running(**fields) -> TrainingJob:
    now = timezone.now()
    job = rows.job(**RUNNING | {"started_at": now, "lease_expires_at": now + timedelta(hours=1)} | fields)
    EpochResult.objects.create(
        job=job, epoch=1, train_loss=0.5, train_accuracy=0.8, validation_loss=0.4, validation_accuracy=0.85,
        learning_rate=0.003, seconds=14.2,
    )  # fmt: skip
    return job


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def progress(client, job: TrainingJob) -> dict:
    return client.get(f"{LIST}{job.pk}/progress/").json()


def test_the_form_proposes_what_suits_each_kind(client, live):
    response = signed_in(client, START).get(f"{ADD}?kind=fine-tune")
    assert response.context["form"]["epochs"].value() == recipes.defaults("fine-tune")["epochs"]
    assert response.context["form"]["base"].value() == live.pk
    assert response.context["defaults"]["scratch"] == recipes.defaults("scratch")
    assert '<script id="kind-defaults" type="application/json">' in response.content.decode()


def test_the_form_says_how_many_drawings_there_are_to_learn_from(client, live):
    for held_out in (False, False, True):
        drawing = rows.drawing(live, means=7, state="accepted")
        type(drawing.visitor).objects.filter(pk=drawing.visitor_id).update(held_out=held_out)
    text = signed_in(client, START).get(ADD).content.decode()
    assert '<strong class="d-strong">2 accepted drawings</strong>' in text
    assert "1 of held-out visitors" in text


def test_a_job_is_started_as_asked_for_and_the_queue_is_told(client, live, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(client, VIEW, START).post(ADD, ASKED)
    job = TrainingJob.objects.get()
    assert response.url == f"{LIST}{job.pk}/change/"
    assert (job.kind, job.epochs, job.seed, job.mnist_images, job.note) == ("scratch", 2, 3, 2000, "trial")
    assert (job.state, job.started_by.username, rung) == ("queued", "somebody", [job.pk])
    assert LogEntry.objects.get().object_id == str(job.pk)


def test_a_fine_tuning_takes_its_architecture_from_its_version(client, live, rung):
    rows.drawing(live, means=7, state="accepted")
    asked = ASKED | {"kind": "fine-tune", "base": live.pk, "architecture": ""}
    signed_in(client, VIEW, START).post(ADD, asked)
    assert (TrainingJob.objects.get().base, TrainingJob.objects.get().architecture) == (live, live.architecture)


def test_a_version_that_was_chosen_before_the_kind_changed_is_left_out(client, live, rung):
    signed_in(client, VIEW, START).post(ADD, ASKED | {"base": live.pk})
    assert TrainingJob.objects.get().base is None


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"epochs": "0"}, "epochs", "greater than or equal to 1"),
        ({"epochs": "many"}, "epochs", "whole number"),
        ({"learning_rate": "2"}, "learning_rate", "less than or equal to 1"),
        ({"learning_rate": "nan"}, "learning_rate", "number"),
        ({"batch_size": "5000"}, "batch_size", "less than or equal to 4096"),
        ({"mnist_images": "5"}, "mnist_images", "greater than or equal to 100"),
        ({"seed": "-1"}, "seed", "greater than or equal to 0"),
        ({"architecture": ""}, "architecture", "Choose an architecture."),
        ({"architecture": "perceptron"}, "architecture", "not one of the available choices"),
        ({"kind": "guess"}, "kind", "not one of the available choices"),
        ({"kind": "fine-tune"}, "base", "Choose the version"),
        ({"kind": "fine-tune", "base": "99"}, "base", "not one of the available choices"),
        ({"kind": "retrain"}, "kind", "no accepted drawings to retrain on"),
    ],
)
def test_what_cannot_be_started_is_said_beside_its_field(client, live, rung, changes, field, words):
    response = signed_in(client, VIEW, START).post(ADD, ASKED | changes)
    assert response.status_code == 200
    assert words in " ".join(response.context["form"].errors[field])
    assert words in response.content.decode()
    assert not TrainingJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_leaves_the_job_queued_and_it_says_so(client, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody-listens.sock"
    versions.ensure_shipped()
    response = signed_in(client, VIEW, START).post(ADD, ASKED, follow=True)
    assert "stays queued: the broker does not answer" in said(response)
    assert TrainingJob.objects.get().state == "queued"


def test_a_form_is_filled_in_with_all_settings_of_another_job(client, live, rung):
    asked = {
        "kind": "fine-tune", "preset": "", "base": live, "architecture": live.architecture, "epochs": 7, "seed": 11,
        "learning_rate": 0.002, "batch_size": 64, "mnist_images": 2000, "generated_images": 500,
    }  # fmt: skip
    job = rows.job(**asked, note="yardstick")
    response = signed_in(client, START).get(f"{ADD}?clone={job.pk}")
    form = response.context["form"]
    assert {name: form[name].value() for name in asked} == asked | {"base": live.pk}
    assert form["note"].value() == f"like job {job.pk}"
    assert "Filled in with the settings of" in response.content.decode()


def test_a_clone_is_a_job_of_its_own_with_what_was_changed(client, live, rung):
    job = rows.job(epochs=7, seed=11)
    form = signed_in(client, VIEW, START).get(f"{ADD}?clone={job.pk}").context["form"]
    filled_in = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    client.post(f"{ADD}?clone={job.pk}", filled_in | {"seed": "12"})
    clone = TrainingJob.objects.latest("pk")
    assert (clone.epochs, clone.seed, clone.note, clone.state) == (7, 12, f"like job {job.pk}", "queued")


def test_the_page_of_a_job_offers_another_like_it_to_those_who_may_start_jobs(client, live):
    job = rows.job()
    text = signed_in(client, VIEW, START).get(f"{LIST}{job.pk}/change/").content.decode()
    assert f'href="{ADD}?clone={job.pk}">Start another like this</a>' in text


@pytest.mark.parametrize("clone", ["999", "x", "-1", "²", "9" * 40])
def test_a_job_that_is_not_there_leaves_the_form_as_it_is(client, live, clone):
    assert signed_in(client, START).get(f"{ADD}?clone={clone}").context["form"]["seed"].value() in (None, 0)


def test_progress_says_in_words_where_a_running_job_is(client, db):
    answer = progress(signed_in(client, VIEW), running())
    shown = answer["fields"] | {"elapsed": ""}
    assert shown == {
        "state": "running", "percent": "58 %", "epoch": "2 of 3", "batch": "30 of 40", "loss": "0.2500",
        "accuracy": "91.50 %", "remaining": "about 1 min 15 s", "elapsed": "", "attempt": "1",
        "checkpoint": "", "message": "", "queue": "",
    }  # fmt: skip
    assert answer["chart"] == {"epochs": 3, "training": RUNNING["curve"], "validation": [[1, 0.4, 0.85]]}
    assert answer["rows"] == [["1", "0.5000", "80.00 %", "0.4000", "85.00 %", "0.003", "14 s"]]
    assert not answer["ended"]


def test_progress_is_never_kept_by_a_cache(client, db):
    response = signed_in(client, VIEW).get(f"{LIST}{running().pk}/progress/")
    assert "no-store" in response["Cache-Control"]


def test_progress_of_a_job_that_is_gone_is_not_found(client, db):
    assert signed_in(client, VIEW).get(f"{LIST}99/progress/").status_code == 404


def test_a_queued_job_says_how_many_come_first(client, db):
    first, second = rows.job(), rows.job()
    signed_in(client, VIEW)
    assert progress(client, first)["fields"]["message"].startswith("Next in the queue")
    assert progress(client, second)["fields"]["message"] == "Waits for 1 job before it."
    assert progress(client, second)["fields"]["queue"] == f"Number 2 of 2 in the queue. Start: after job {first.pk}."


def test_a_job_that_succeeded_links_its_version_and_who_may_promotes_it(client, db):
    version = rows.version(5)
    job = rows.job(state="succeeded", version=version, started_at=timezone.now(), finished_at=timezone.now())
    answer = progress(signed_in(client, VIEW), job)
    assert (answer["ended"], answer["version"]) == (True, f"version {version.number}")
    assert "promote_url" not in answer
    client.force_login(rows.staff(VIEW, "recognizer.release_modelversion", name="releaser"))
    assert progress(client, job)["promote_url"] == f"/admin/recognizer/modelversion/{version.pk}/promote/"


def test_the_page_carries_the_figures_and_the_curve_so_that_it_survives_a_reload(client, db):
    job = running()
    response = signed_in(client, VIEW).get(f"{LIST}{job.pk}/change/")
    text = response.content.decode()
    for shown in ("91.50 %", "2 of 3", "about 1 min 15 s", '<td class="is-number">85.00 %</td>'):
        assert shown in text
    embedded = text.split('<script id="live" type="application/json">')[1].split("</script>")[0]
    assert json.loads(embedded)["chart"]["training"] == RUNNING["curve"]


def test_the_page_takes_the_same_number_of_queries_for_any_number_of_epochs(client, db, django_assert_num_queries):
    job = running(epochs=50)
    signed_in(client, VIEW)
    # session, user, two for permissions, the job, its epochs, its meter, its log
    with django_assert_num_queries(8):
        assert client.get(f"{LIST}{job.pk}/change/").status_code == 200
    for epoch in range(2, 30):
        EpochResult.objects.create(
            job=job, epoch=epoch, train_loss=1, train_accuracy=1, validation_loss=1, validation_accuracy=1,
            learning_rate=1, seconds=1,
        )  # fmt: skip
        MeterReading.objects.create(job=job, epoch=epoch, curve="mnist", n=50, correct=49)
        job.events.create(number=epoch, kind="epoch", message="Epoch.")
    with django_assert_num_queries(8):
        assert client.get(f"{LIST}{job.pk}/change/").status_code == 200


def test_the_forgetting_meter_is_shown_with_its_sentence_and_a_table(client, db):
    job = running()
    for epoch, mnist, held_out in ((0, 4975, 190), (1, 4973, 194)):
        MeterReading.objects.create(job=job, epoch=epoch, curve="mnist", n=5000, correct=mnist)
        MeterReading.objects.create(job=job, epoch=epoch, curve="held-out", n=200, correct=held_out)
    text = signed_in(client, VIEW).get(f"{LIST}{job.pk}/change/").content.decode()
    assert "MNIST: −0.04 points since the start; held-out visitors: +2.00." in text
    assert '<td class="is-number">99.46 %</td>' in text
    shown = progress(client, job)["meter"]
    assert shown["curves"][1] == {
        "key": "held-out", "name": "held-out visitors, of 200", "points": [[0, 0.95], [1, 0.97]],
    }  # fmt: skip


def test_a_job_that_learns_from_no_drawings_has_no_forgetting_meter(client, db):
    text = signed_in(client, VIEW).get(f"{LIST}{running().pk}/change/").content.decode()
    assert '<section class="d-card" id="meter" hidden>' in text


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_jobs(client, db, django_assert_num_queries):
    running()
    rows.job()
    signed_in(client, VIEW)
    # session, user, two for permissions, count, jobs, what runs, what waits, what such jobs took
    with django_assert_num_queries(9):
        assert client.get(LIST).status_code == 200
    for seed in (5, 6, 7):
        rows.job(state="succeeded", version=rows.version(seed), started_by=rows.staff(name=str(seed)))
        rows.job()
    with django_assert_num_queries(9):
        assert client.get(LIST).status_code == 200


def test_the_traceback_of_a_failed_job_is_there_for_engineers(client, db):
    job = rows.job(state="failed", message="The disk is full.", traceback="OSError: [Errno 28]")
    text = signed_in(client, VIEW).get(f"{LIST}{job.pk}/change/").content.decode()
    assert "The disk is full." in text
    summary = "<summary>Traceback, for engineers</summary>"
    assert f'{summary}<pre class="d-code" tabindex="0">OSError: [Errno 28]</pre>' in text


def test_cancelling_a_queued_job_ends_it_at_once(client, db):
    job = rows.job()
    response = signed_in(client, VIEW, CANCEL).post(f"{LIST}{job.pk}/cancel/", follow=True)
    job.refresh_from_db()
    assert (job.state, said(response)) == ("cancelled", "The job is being cancelled.")


def test_cancelling_a_running_job_is_asked_for_and_shown(client, db):
    job = running()
    signed_in(client, VIEW, CANCEL).post(f"{LIST}{job.pk}/cancel/", headers={"Accept": "application/json"})
    answer = progress(client, job)
    assert (answer["fields"]["state"], answer["asked"], answer["ended"]) == ("cancelling", "cancel", False)
    assert "cancelling" in client.get(LIST).content.decode()


def test_a_job_that_ended_cannot_be_cancelled(client, db):
    job = rows.job(state="failed")
    response = signed_in(client, VIEW, CANCEL).post(f"{LIST}{job.pk}/cancel/", follow=True)
    assert said(response) == "Nothing to cancel: the job failed already."


def test_cancelling_a_job_that_is_gone_is_not_found(client, db):
    assert signed_in(client, VIEW, CANCEL).post(f"{LIST}99/cancel/").status_code == 404


def test_an_address_that_cancels_does_not_answer_to_get(client, db):
    assert signed_in(client, VIEW, CANCEL).get(f"{LIST}{rows.job().pk}/cancel/").status_code == 405


def test_pausing_a_running_job_is_asked_for_and_shown(client, db):
    job = running()
    signed_in(client, VIEW, CANCEL).post(f"{LIST}{job.pk}/pause/", headers={"Accept": "application/json"})
    answer = progress(client, job)
    assert (answer["fields"]["state"], answer["asked"], answer["ended"]) == ("pausing", "pause", False)


def test_a_paused_job_is_resumed_and_rung_for(client, db, rung, django_capture_on_commit_callbacks):
    job = rows.job(state="paused")
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(client, VIEW, CANCEL).post(f"{LIST}{job.pk}/resume/", follow=True)
    job.refresh_from_db()
    assert (job.state, job.message) == ("queued", "Resumed by somebody; the job waits for a worker.")
    assert said(response) == "The job waits for a worker again."
    assert rung == [job.pk]


def test_a_failed_job_is_tried_again(client, db, rung, django_capture_on_commit_callbacks):
    job = rows.job(state="failed", traceback="OSError")
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(client, VIEW, START).post(f"{LIST}{job.pk}/retry/")
    job.refresh_from_db()
    assert (job.state, job.traceback, job.finished_at) == ("queued", "", None)
    assert rung == [job.pk]


@pytest.mark.parametrize(
    ("action", "state", "words"),
    [
        ("pause", "paused", "Nothing to pause: the job is paused."),
        ("resume", "queued", "Nothing to resume: the job waits for a worker."),
        ("retry", "paused", "Nothing to retry: the job is paused."),
        ("pause", "cancelled", "Nothing to pause: the job was cancelled already."),
    ],
)
def test_a_button_pressed_too_late_says_why_it_did_nothing(client, db, action, state, words):
    job = rows.job(state=state)
    response = signed_in(client, VIEW, START, CANCEL).post(f"{LIST}{job.pk}/{action}/", follow=True)
    assert said(response) == words


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("queued", {"pause", "cancel"}),
        ("paused", {"resume", "cancel"}),
        ("failed", {"retry"}),
        ("cancelled", {"retry"}),
    ],
)
def test_a_job_shows_the_buttons_that_its_state_allows(client, db, state, buttons):
    job = rows.job(state=state)
    text = signed_in(client, VIEW, START, CANCEL).get(f"{LIST}{job.pk}/change/").content.decode()
    forms = {name: text.split(f'id="{name}-form"')[1].split(">")[0] for name in ("pause", "resume", "retry", "cancel")}
    assert {name for name, attributes in forms.items() if "hidden" not in attributes} == buttons


def test_who_may_only_view_sees_no_buttons(client, db):
    job = running()
    signed_in(client, VIEW)
    for address in (LIST, f"{LIST}{job.pk}/change/"):
        text = client.get(address).content.decode()
        assert not [button for button in (ADD, "/cancel/", "/pause/", "/retry/", "/delete/") if button in text]


def test_jobs_are_never_edited_or_deleted(admin_client, db):
    job = rows.job(note="as it was")
    admin_client.post(f"{LIST}{job.pk}/change/", ASKED)
    assert admin_client.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    job.refresh_from_db()
    assert job.note == "as it was"


def test_a_preset_fills_in_what_is_left_empty_without_any_script(client, live, rung):
    asked = ASKED | {"preset": "original", "epochs": "", "learning_rate": "", "architecture": "", "mnist_images": ""}
    signed_in(client, VIEW, START).post(ADD, asked)
    job = TrainingJob.objects.get()
    assert (job.preset, job.architecture, job.epochs, job.learning_rate) == ("original", "lenet-5x5", 2, 0.01)
    assert (job.batch_size, job.mnist_images) == (128, 50_000)


def test_without_a_preset_an_empty_number_is_asked_for(client, live, rung):
    response = signed_in(client, VIEW, START).post(ADD, ASKED | {"epochs": ""})
    assert response.context["form"].errors == {"epochs": ["This field is required."]}
    assert not TrainingJob.objects.exists()
