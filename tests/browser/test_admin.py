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
from recognizer.models import ModelVersion, Visitor
from tests import admin_rows as rows
from tests.training.conftest import write_mnist
from tests.training.pairs import better
from training import chunks, comparing, comparisons, jobs, measurements, recipes, retention, snapshots
from training.fit import BatchResult
from training.models import Comparison, DeletedDrawing, Export, MeterReading, TrainingJob, Yardstick

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    "dashboard": "",
    "drawings": "recognizer/drawing/",
    "drawing": "recognizer/drawing/{drawing}/change/",
    "visitors": "recognizer/visitor/",
    "versions": "recognizer/modelversion/",
    "version": "recognizer/modelversion/{version}/change/",
    "promote": "recognizer/modelversion/{candidate}/promote/",
    "deployments": "recognizer/deployment/",
    "comparisons": "training/comparison/",
    "comparison": "training/comparison/{comparison}/change/",
    "compare": "training/comparison/compare/",
    "jobs": "training/trainingjob/",
    "job": "training/trainingjob/{job}/change/",
    "compare jobs": "training/trainingjob/compare/?ids={job},{queued}",
    "start": "training/trainingjob/add/",
    "snapshots": "training/snapshot/",
    "snapshot": "training/snapshot/{snapshot}/change/",
    "deleted drawings": "training/deleteddrawing/",
    "deleted drawing": "training/deleteddrawing/{deleted}/change/",
    "yardsticks": "training/yardstick/",
    "yardstick": "training/yardstick/{yardstick}/change/",
    "import": "training/yardstick/add/",
    "measurements": "training/measurement/",
    "measurement": "training/measurement/{measurement}/change/",
    "evaluations": "recognizer/evaluation/",
    "evaluation": "recognizer/evaluation/{evaluation}/change/",
    "exports": "training/export/",
    "export": "training/export/{export}/change/",
    "start export": "training/export/add/",
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
    page.wait_for_url("**/training/trainingjob/*/change/")
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
    admin.get_by_role("button", name="Promote").click()  # nothing compared them: the page asks for the reason
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


def test_the_forgetting_meter_draws_its_curves_while_the_job_runs(admin, live_server):
    for seed in range(8):
        by = Visitor.objects.create(held_out=seed % 2 == 0)
        rows.drawing(versions.live_deployment().version, means=seed, state="accepted", visitor=by)
    base = versions.live_deployment().version
    job = jobs.start(kind="fine-tune", base=base, architecture=None, epochs=2, learning_rate=1e-4, batch_size=8)
    admin.goto(f"{live_server.url}/admin/training/trainingjob/{job.pk}/change/")
    expect(admin.locator("#meter")).to_be_hidden()

    def look() -> None:
        expect(admin.locator("#meter-table tbody tr")).to_have_count(2)  # before, and after the first epoch
        expect(admin.locator("#meter-sentence")).to_contain_text("since the start; new drawings: ")
        points = admin.evaluate("Chart.getChart('meter-chart').data.datasets.map((line) => line.data.length)")
        assert points == [2, 2, 2]

    assert jobs.run(job.pk, observe=once_in_epoch(2, look)).state == "succeeded"


def test_accuracy_by_version_is_drawn_with_a_line_for_each_data_set(admin, live_server):
    for seed in (5, 6):
        version = rows.version(seed)
        rows.evaluation(version, wrong=seed)
        rows.evaluation(version, dataset="drawings", wrong=2 * seed)
    admin.goto(f"{live_server.url}/admin/training/yardstick/")
    lines = admin.evaluate(
        "Chart.getChart('version-chart').data.datasets.map((line) => [line.label, line.data.map(({ x }) => x)])"
    )
    numbers = [version.number for version in ModelVersion.objects.order_by("number")]
    assert dict(lines)["reviewed drawings of held-out visitors"] == numbers[-2:]
    assert dict(lines)["MNIST test images"][-2:] == numbers[-2:]
    expect(admin.locator("#version-legend span")).to_have_count(len(lines))


def test_the_page_of_a_measurement_follows_it_to_its_end(admin, live_server, settings):
    settings.MEASUREMENT_CHUNK = 60
    measurement = measurements.start(versions.live_deployment().version, "mnist-test")
    first, second = measurements.begin(measurement.pk)
    admin.goto(f"{live_server.url}/admin/training/measurement/{measurement.pk}/change/")
    chunks.count(first)
    expect(admin.locator("[data-field=words]")).to_have_text("60 of 100 images, 1 of 2 parts")
    chunks.count(second)
    expect(admin.get_by_role("heading", name="The worst mistakes")).to_be_visible()


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
    admin.route("**/progress/?*", lambda route: route.abort())
    expect(admin.locator("#connection")).to_contain_text("The connection is lost")
    admin.unroute("**/progress/?*")
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
    expect(admin.locator("#defaults-note")).to_contain_text(f"Learning rate (usually {fine_tune['learning_rate']})")
    admin.get_by_label("From scratch").check()
    expect(epochs).to_have_value(usual)


def test_a_comparison_is_followed_until_its_report_is_there(admin, live_server):
    candidate = rows.version(5)
    admin.goto(f"{live_server.url}/admin/training/comparison/compare/?candidate={candidate.pk}")
    admin.get_by_role("button", name="Compare").click()
    expect(admin.locator("#message")).to_have_text("Waits for a worker.")
    comparisons.run(Comparison.objects.get().pk)
    expect(admin.get_by_text("McNemar’s test, p").first).to_be_visible()
    expect(admin.locator(".c-verdict")).to_contain_text(f"Version {candidate.number}")
    expect(admin.locator(".c-flips img").first).to_be_visible()


def test_what_passes_goes_live_in_one_click_from_the_list_and_is_taken_back_in_another(admin, live_server, monkeypatch):
    monkeypatch.setattr(comparing, "compare", lambda *pair, **options: better())
    live, candidate = versions.live_deployment().version, rows.version(5)
    comparisons.run(comparisons.request(candidate, live).pk)
    admin.goto(f"{live_server.url}/admin/recognizer/modelversion/")
    row = admin.get_by_role("row").filter(has_text=f"version {candidate.number}")
    row.get_by_role("button", name="Promote").click()
    expect(admin.get_by_text(f"Version {candidate.number} is live now.")).to_be_visible()
    assert versions.live_deployment().version == candidate
    admin.get_by_role("button", name=f"Undo: back to {live}").click()
    expect(admin.get_by_text(f"Version {live.number} is live now.")).to_be_visible()
    assert versions.live_deployment().version == live


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
    candidate = rows.version(5)
    comparison = comparisons.request(candidate, live)
    comparisons.run(comparison.pk)
    Yardstick.objects.create(
        name="pens", original_bytes=900, state="ready", records="x", sha256="ab" * 32, count=100, writers=["ann"]
    )
    measurement = measurements.start(rows.version(6), "mnist-test")
    chunks.count(measurements.begin(measurement.pk)[0])
    job = rows.job(state="failed", traceback="Traceback " * 30)
    for epoch in (0, 1):
        MeterReading.objects.create(job=job, epoch=epoch, curve="mnist", n=5000, correct=4970 + epoch)
        MeterReading.objects.create(job=job, epoch=epoch, curve="held-out", n=200, correct=180 + epoch)
    here = {
        "yardstick": Yardstick.objects.get().pk,
        "measurement": measurement.pk,
        "evaluation": rows.evaluation(live, dataset="pens").pk,
        "drawing": rows.drawing(live, means=1).pk,
        "version": live.pk,
        "candidate": candidate.pk,
        "comparison": comparison.pk,
        "job": job.pk,
        "queued": rows.job(note="a note that goes on for longer than a line of a phone has room for").pk,
        "export": Export.objects.create(format="idx", state="failed", traceback="Traceback " * 30).pk,
        "cleanup": old_files(),
    }
    here |= snapshot_with_a_deleted_drawing(live)
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


def snapshot_with_a_deleted_drawing(version: ModelVersion) -> dict[str, int]:
    drawings = [rows.drawing(version, means=digit, state="accepted") for digit in (3, 4, 5)]
    snapshot = snapshots.freeze()
    rows.job(kind="retrain", snapshot=snapshot, state="succeeded", version=rows.version(6))
    drawings[0].delete()
    return {"snapshot": snapshot.pk, "deleted": DeletedDrawing.objects.get().pk}


def _is_foreign(address: str, ours: str) -> bool:
    return not address.startswith((ours, "data:"))
