"""The job desk as its user walks it: start, clone, order the queue, follow the log, compare."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect

from recognizer.models import Evaluation
from tests import admin_rows as rows
from tests.browser.conftest import PHONE
from tests.browser.test_admin import admin, field, once_in_epoch, quick_jobs, start_job  # noqa: F401 (fixtures)
from training import job_queue, jobs, tasks
from training.models import EpochResult, TrainingJob

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

JOBS = "/admin/training/trainingjob/"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch) -> None:
    monkeypatch.setattr(tasks, "ring", lambda job_id: True)


def order() -> list[int]:
    return list(TrainingJob.objects.waiting().values_list("pk", flat=True))


def three(page: Page, address: str) -> list[TrainingJob]:
    """Three queued jobs, and their list in the browser."""
    made = [rows.job(place=place, seed=place) for place in (1, 2, 3)]
    page.goto(f"{address}{JOBS}")
    return made


def expect_order(page: Page, jobs_: list[TrainingJob]) -> None:
    """The page shows these in this order, and workers would take them in it."""
    ids = [f"queued-{job.pk}" for job in jobs_]
    expect(page.locator(".d-queue a")).to_have_count(len(ids))
    for place, name in enumerate(ids):
        expect(page.locator(".d-queue a").nth(place)).to_have_attribute("id", name)
    assert order() == [job.pk for job in jobs_]


def button(page: Page, job: TrainingJob, words: str) -> Locator:
    return page.get_by_role("button", name=f"Move {job} {words}", exact=True)


def finished(epochs: int, **fields) -> TrainingJob:
    job = rows.job(state="failed", epochs=epochs, **fields)
    for epoch in range(1, epochs + 1):
        EpochResult.objects.create(
            job=job, epoch=epoch, train_loss=0.5, train_accuracy=0.8, validation_loss=0.4 / epoch,
            validation_accuracy=0.9, learning_rate=0.003, seconds=14.2,
        )  # fmt: skip
    return job


def test_another_job_like_this_is_started_with_one_change(admin, live_server):  # noqa: F811
    first = start_job(admin, live_server.url, epochs="2", batch_size="100", seed="7")
    admin.get_by_role("link", name="Start another like this").click()
    expect(admin.locator("[name=seed]")).to_have_value("7")
    expect(admin.locator("[name=note]")).to_have_value(f"like job {first.pk}")
    admin.locator("[name=seed]").fill("8")
    admin.get_by_role("button", name="Start the job").click()
    expect(field(admin, "queue")).to_contain_text("Number 2 of 2 in the queue")
    clone = TrainingJob.objects.latest("pk")
    assert (clone.seed, clone.epochs, clone.batch_size, clone.note) == (8, 2, 100, f"like job {first.pk}")


def test_a_job_is_moved_by_keyboard_and_the_focus_stays_on_its_button(admin, live_server):  # noqa: F811
    first, second, third = three(admin, live_server.url)
    admin.evaluate("window.neverReloaded = true")
    button(admin, third, "up").focus()
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("status").filter(has_text=f"Job {third.pk} is number 2 of 3")).to_be_visible()
    expect_order(admin, [first, third, second])
    expect(button(admin, third, "up")).to_be_focused()
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("status").filter(has_text=f"Job {third.pk} is number 1 of 3")).to_be_visible()
    expect_order(admin, [third, first, second])
    # There is nothing above it any more: the focus goes to what its row can still do.
    expect(button(admin, third, "up")).to_be_disabled()
    expect(button(admin, third, "down")).to_be_focused()
    button(admin, second, "to the front").click()
    expect_order(admin, [second, third, first])
    assert admin.evaluate("window.neverReloaded")
    assert jobs.claim_next().job_id == second.pk


def test_what_another_admin_moved_is_seen_without_a_reload_and_a_button_of_before_does_no_harm(admin, live_server):  # noqa: F811
    first, second, third = three(admin, live_server.url)
    job_queue.move(third.pk, "front")
    button(admin, third, "up").click()
    expect(admin.get_by_role("status").filter(has_text=f"Job {third.pk} stands there already")).to_be_visible()
    expect_order(admin, [third, first, second])
    job_queue.move(second.pk, "front")
    expect_order(admin, [second, third, first])  # the page asks by itself


def test_a_job_that_a_worker_took_is_said_to_be_gone_and_shown_as_running(admin, live_server):  # noqa: F811
    first, second, third = three(admin, live_server.url)
    jobs.claim(second.pk)
    button(admin, third, "up").click()
    expect(admin.get_by_role("status").filter(has_text=f"Job {second.pk} is not in the queue any more")).to_be_visible()
    expect(admin.locator(".d-queued.is-running")).to_contain_text(f"Job {second.pk}")
    expect_order(admin, [first, third])


def test_the_queue_is_ordered_with_a_thumb(live_server, quick_jobs, browser: Browser):  # noqa: F811
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    context = browser.new_context(**PHONE)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    first, second, third = three(page, live_server.url)
    assert button(page, third, "to the front").bounding_box()["height"] >= 44
    button(page, third, "to the front").tap()
    expect(page.locator(".d-queue a").first).to_have_attribute("id", f"queued-{third.pk}")
    expect_order(page, [third, first, second])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()  # so that it asks nothing while the database is emptied


def test_the_log_grows_while_a_job_runs_and_the_matrix_comes_at_its_end(admin, live_server):  # noqa: F811
    job = start_job(admin, live_server.url, epochs="2", batch_size="100")
    lines = admin.locator("#log li")
    expect(lines).to_have_text([f"{lines.first.locator('time').inner_text()}  Queued by ada."])
    expect(admin.locator("#curves")).to_be_hidden()
    expect(admin.locator("#confusion table")).to_have_count(0)

    def look() -> None:
        expect(lines.last).to_contain_text("Epoch 1: loss")
        expect(admin.locator("#loss-legend span")).to_have_count(2)

    ended = jobs.run(job.pk, observe=once_in_epoch(2, look))
    expect(lines.last).to_contain_text(f"Version {ended.version.number}")
    expect(admin.locator("#confusion table")).to_have_count(1)
    assert ended.version.evaluations.filter(dataset=Evaluation.MNIST_TEST).exists()
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Download as text").click()
    assert f"job-{job.pk}" in download.value.suggested_filename
    assert "Queued by ada." in download.value.path().read_text()


def test_a_legend_names_only_lines_that_are_there(admin, live_server):  # noqa: F811
    job = rows.job(state="failed", curve=[[0.5, 1.2, 0.6], [1.0, 0.5, 0.8]])
    admin.goto(f"{live_server.url}{JOBS}{job.pk}/change/")
    expect(admin.locator("#accuracy-legend span")).to_have_text(["training, this epoch so far"])


def test_the_page_stays_where_it_is_while_it_is_renewed(admin, live_server):  # noqa: F811
    job, log = rows.job(), []
    for number in range(1, 61):
        job.events.create(number=number, kind="checkpoint", message=f"trouble {number}")
    admin.goto(f"{live_server.url}{JOBS}{job.pk}/change/")
    box = admin.locator("#log")
    box.focus()
    box.evaluate("box => { box.scrollTop = 40; }")
    log.append(box.evaluate("box => box.scrollTop"))
    before = admin.evaluate("scrollY")
    job.events.create(number=61, kind="checkpoint", message="the newest")
    expect(box.locator("li").last).to_contain_text("the newest")
    expect(box).to_be_focused()
    assert (box.evaluate("box => box.scrollTop"), admin.evaluate("scrollY")) == (log[0], before)


def test_jobs_are_chosen_in_the_list_and_stand_side_by_side(admin, live_server):  # noqa: F811
    first, second = finished(2, seed=1), finished(3, seed=2)
    admin.goto(f"{live_server.url}{JOBS}")
    for job in (first, second):
        admin.locator(f"input[name=_selected_action][value='{job.pk}']").check()
    admin.locator("select[name=action]").select_option("compare")
    admin.get_by_role("button", name="Run").click()
    expect(admin.locator("#legend span")).to_have_text([f"● job {first.pk}", f"▲ job {second.pk}"])
    expect(admin.locator("tr.is-different")).to_have_count(2)  # epochs and seed
    styles = "Chart.getChart('compare-chart').data.datasets.map((line) => [line.pointStyle, line.borderDash.length])"
    assert admin.evaluate(styles) == [["circle", 0], ["triangle", 2]]
    admin.get_by_label("Show").select_option("validation_loss")
    last = "Chart.getChart('compare-chart').data.datasets[1].data.at(-1).y"
    assert admin.evaluate(last) == pytest.approx(0.4 / 3)
    admin.get_by_text("As a table").click()
    expect(admin.locator("#values tbody tr")).to_have_count(3)
    expect(admin.locator("#values tbody tr").last.locator("td")).to_have_text(["3", "", "0.1333"])


def test_an_address_of_jobs_that_are_gone_says_so(admin, live_server):  # noqa: F811
    admin.goto(f"{live_server.url}{JOBS}compare/?ids=4711,4712")
    expect(admin.get_by_text("Nothing was compared. There is no job 4711: choose 2 to 4 jobs")).to_be_visible()
