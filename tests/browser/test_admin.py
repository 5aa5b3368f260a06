"""The admin in a real browser: a job from its form to its version, and every page at a phone's width."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from recognizer import versions
from recognizer.models import ModelVersion
from tests import admin_rows as rows
from tests.training.conftest import write_mnist
from training import jobs, recipes, retention
from training.fit import BatchResult
from training.models import TrainingJob

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "dashboard": "",
    "drawings": "recognizer/drawing/",
    "drawing": "recognizer/drawing/{drawing}/change/",
    "visitors": "recognizer/visitor/",
    "versions": "recognizer/modelversion/",
    "version": "recognizer/modelversion/{version}/change/",
    "promote": "recognizer/modelversion/{candidate}/promote/",
    "deployments": "recognizer/deployment/",
    "jobs": "training/trainingjob/",
    "job": "training/trainingjob/{job}/change/",
    "start": "training/trainingjob/add/",
    "clean-ups": "training/cleanup/",
    "clean-up": "training/cleanup/{cleanup}/change/",
}


@pytest.fixture
def quick_jobs(settings, tmp_path: Path) -> None:
    """A site with a small MNIST, whose jobs write each batch and leave the lease alone: here nobody takes it away."""
    settings.MNIST_DIR = write_mnist(tmp_path / "mnist")
    settings.JOB_PROGRESS_SECONDS = 0.0
    settings.JOB_LEASE_SECONDS = settings.JOB_HEARTBEAT_SECONDS = 3600.0
    versions.ensure_shipped()


@pytest.fixture
def admin(page: Page, live_server, quick_jobs) -> Iterator[Page]:
    """A browser that is signed in as somebody who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    yield page
    page.close()  # so that it asks nothing while the database is emptied


def start_job(page: Page, base_url: str, **fields: str) -> TrainingJob:
    """Fill in the form and press the button, as a person does."""
    page.goto(f"{base_url}/admin/training/trainingjob/add/")
    for label, value in fields.items():
        page.locator(f"[name={label}]").fill(value)
    page.get_by_role("button", name="Start the job").click()
    expect(page.locator("#job")).to_be_visible()
    return TrainingJob.objects.get()


def once_in_epoch(epoch: int, look: Callable[[], None]) -> Callable[[object], None]:
    """Call `look` once, in the middle of that epoch, while the job waits for it."""
    looked = []

    def observe(result: object) -> None:
        if isinstance(result, BatchResult) and result.epoch == epoch and result.batch >= 3 and not looked:
            looked.append(True)
            look()

    return observe


def field(page: Page, name: str):
    return page.locator(f'[data-field="{name}"]')


def test_a_job_is_followed_from_its_form_to_its_version_without_reloading(admin, live_server):
    job = start_job(admin, live_server.url, epochs="2", batch_size="100")
    admin.evaluate("window.neverReloaded = true")
    expect(field(admin, "state")).to_have_text("queued")

    def look() -> None:
        expect(field(admin, "state")).to_have_text("running")
        expect(field(admin, "epoch")).to_have_text("2 of 2")
        expect(field(admin, "loss")).not_to_have_text("none yet")
        expect(field(admin, "remaining")).to_contain_text("about")
        expect(admin.locator("#results tr")).to_have_count(1)
        expect(admin.locator("#version-link")).to_be_hidden()

    ended = jobs.run(job.pk, observe=once_in_epoch(2, look))
    expect(field(admin, "state")).to_have_text("succeeded")
    expect(field(admin, "percent")).to_have_text("100 %")
    expect(admin.locator("#results tr")).to_have_count(2)
    expect(admin.locator("#version-link")).to_have_text(f"version {ended.version.number}")
    expect(admin.get_by_role("button", name="Cancel the job")).to_be_hidden()
    assert admin.evaluate("window.neverReloaded")
    admin.get_by_role("link", name="Promote").click()
    expect(admin.get_by_role("heading", name=f"Promote version {ended.version.number}")).to_be_visible()


def test_the_curves_and_the_figures_survive_a_reload(admin, live_server):
    job = start_job(admin, live_server.url, epochs="2", batch_size="100")

    def look() -> None:
        admin.reload()
        expect(field(admin, "epoch")).to_have_text("2 of 2")
        points = admin.evaluate("Chart.getChart('loss-chart').data.datasets.map((line) => line.data.length)")
        assert points[0] >= 6  # the batches of the first epoch, at least
        assert points[1] == 1  # its validation

    assert jobs.run(job.pk, observe=once_in_epoch(2, look)).state == "succeeded"


def test_cancelling_answers_at_once_and_ends_the_job(admin, live_server):
    job = start_job(admin, live_server.url, epochs="50", batch_size="100")

    def look() -> None:
        admin.get_by_role("button", name="Cancel the job").click()
        expect(admin.locator("#cancel-button")).to_have_text("Cancelling …")
        expect(admin.locator("#cancel-button")).to_be_disabled()
        expect(field(admin, "state")).to_have_text("cancelling")

    ended = jobs.run(job.pk, observe=once_in_epoch(1, look))
    assert (ended.state, ended.epoch) == ("cancelled", 1)
    expect(field(admin, "state")).to_have_text("cancelled")
    expect(admin.locator("#cancel-form")).to_be_hidden()


def test_a_lost_connection_is_said_and_found_again(admin, live_server):
    job = rows.job()
    admin.goto(f"{live_server.url}/admin/training/trainingjob/{job.pk}/change/")
    admin.route("**/progress/", lambda route: route.abort())
    expect(admin.locator("#connection")).to_contain_text("The connection is lost")
    admin.unroute("**/progress/")
    expect(admin.locator("#connection")).to_be_hidden()


def test_a_job_that_ended_is_not_asked_about_again(admin, live_server):
    job = rows.job(state="failed", message="The disk is full.")
    TrainingJob.objects.filter(pk=job.pk).update(finished_at=job.created_at)
    asked = []
    admin.on("request", lambda request: asked.append(request.url) if "/progress/" in request.url else None)
    admin.clock.install()
    admin.goto(f"{live_server.url}/admin/training/trainingjob/{job.pk}/change/")
    admin.clock.run_for(60_000)
    assert asked == []


def test_another_kind_brings_its_own_fields_and_defaults_and_keeps_what_was_written(admin, live_server):
    admin.goto(f"{live_server.url}/admin/training/trainingjob/add/")
    epochs, rate = admin.locator("[name=epochs]"), admin.locator("[name=learning_rate]")
    usual = epochs.input_value()
    expect(admin.locator("[name=base]")).to_be_hidden()
    rate.fill("0.002")
    admin.get_by_label("Fine-tune a version").check()
    expect(admin.locator("[name=base]")).to_be_visible()
    expect(admin.locator("[name=architecture]")).to_be_hidden()
    fine_tune = recipes.defaults(TrainingJob.Kind.FINE_TUNE)
    expect(epochs).to_have_value(str(fine_tune["epochs"]))
    expect(rate).to_have_value("0.002")
    expect(admin.locator("#defaults-note")).to_contain_text(f"learning rate (usually {fine_tune['learning_rate']})")
    admin.get_by_label("From scratch").check()
    expect(epochs).to_have_value(usual)


def test_labels_are_accepted_in_bulk_from_the_list(admin, live_server):
    live = versions.live_deployment().version
    for _ in range(2):
        rows.drawing(live, means=7)
    admin.goto(f"{live_server.url}/admin/recognizer/drawing/?label=unreviewed")
    admin.locator("#action-toggle").check()
    admin.locator("select[name=action]").select_option("accept")
    admin.get_by_role("button", name="Run").click()
    expect(admin.get_by_text("2 labels accepted.")).to_be_visible()


def old_files() -> int:
    """Remove an old version's weights and leave others on the list; return the clean-up's id."""
    for seed in range(6, 18):
        rows.version(seed)
    oldest = ModelVersion.objects.filter(source="trained").order_by("number")[1:4].values_list("pk", flat=True)
    ModelVersion.objects.filter(pk=oldest[0]).update(created_at=timezone.now() - timedelta(days=100))
    done = retention.clean_up()
    ModelVersion.objects.filter(pk__in=list(oldest)).update(created_at=timezone.now() - timedelta(days=100))
    return done.pk


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone_or_asks_another_host(admin, live_server, settings, scheme):
    settings.RETRAIN_AFTER_LABELS, settings.RETRAIN_NIGHTLY_AT = 5, time(3, 0)
    live = versions.live_deployment().version
    rows.evaluation(live)
    here = {
        "drawing": rows.drawing(live, means=1).pk,
        "version": live.pk,
        "candidate": rows.version(5).pk,
        "job": rows.job(state="failed", traceback="Traceback " * 30).pk,
        "cleanup": old_files(),
    }
    complaints: list[str] = []
    admin.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    admin.on("pageerror", lambda error: complaints.append(str(error)))
    admin.on("request", lambda request: _is_foreign(request.url, live_server.url) and complaints.append(request.url))
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.emulate_media(color_scheme=scheme)
    widths = {}
    for name, address in PAGES.items():
        response = admin.goto(f"{live_server.url}/admin/{address.format(**here)}")
        assert response.ok, name
        widths[name] = admin.evaluate("document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(PAGES, 390)
    assert complaints == []


def _is_foreign(address: str, ours: str) -> bool:
    return not address.startswith((ours, "data:"))
