"""An export in a real browser: from the form to the downloaded file, without a reload."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_admin import admin, field, quick_jobs  # noqa: F401 (fixtures)
from tests.training.exports import drawings, now, queued
from training import export_jobs, export_worker, tasks
from training.models import Export

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch) -> None:
    monkeypatch.setattr(tasks, "ring_for_export", lambda export_id: True)


def test_an_export_is_followed_from_its_form_to_its_file(admin: Page, live_server, tmp_path: Path):  # noqa: F811
    drawings(10)
    admin.goto(f"{live_server.url}/admin/recognizer/drawing/?means=4")
    admin.get_by_role("link", name="Export these").click()
    expect(admin.get_by_label("4", exact=True)).to_be_checked()
    admin.get_by_label(".csv").check()
    admin.get_by_role("button", name="Export", exact=True).click()
    expect(field(admin, "state")).to_have_text("queued")
    export = Export.objects.get()
    export_worker.run(export_jobs.claim(export.pk))
    expect(field(admin, "state")).to_have_text("succeeded")
    expect(field(admin, "message")).to_have_text("1 drawing exported.")
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Download .csv").click()
    download.value.save_as(tmp_path / "out.csv")
    assert hashlib.sha256((tmp_path / "out.csv").read_bytes()).hexdigest() == now(export).sha256


def test_cancelling_answers_at_once(admin: Page, live_server):  # noqa: F811
    drawings(3)
    export = queued()
    export_jobs.claim(export.pk)
    admin.goto(f"{live_server.url}/admin/training/export/{export.pk}/change/")
    with admin.expect_response(lambda answer: answer.request.method == "POST"):
        admin.get_by_role("button", name="Cancel the export").click()
        expect(admin.get_by_role("button", name="Cancelling …")).to_be_disabled()
    assert now(export).cancel_requested
