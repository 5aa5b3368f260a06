"""The desk for exports: the form, the page with its progress, cancelling, and the file that only some may have."""

import json

import pytest
from django.contrib.admin.models import LogEntry

from recognizer.models import ModelVersion
from tests import admin_rows as rows
from tests.training.exports import drawings, finished, now, queued, running
from training import export_files, export_jobs, tasks
from training.data.exports import FORMATS
from training.export_filters import Filters
from training.models import Export

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_process")]

LIST = "/admin/training/export/"
ADD = f"{LIST}add/"
VIEW, START, CANCEL, DOWNLOAD = (f"training.{action}_export" for action in ("view", "start", "cancel", "download"))
ASKED = {"format": "npz", "state": "accepted", "held_out": "all"}


@pytest.fixture(autouse=True)
def ten():
    return drawings(10)


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """The exports that the broker, which answers, was told of."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "ring_for_export", lambda export_id: ids.append(export_id) or True)
    return ids


def signed_in(client, *permissions: str):
    client.force_login(rows.staff(*permissions))
    return client


def page(export: Export, name: str = "change") -> str:
    return f"{LIST}{export.pk}/{name}/"


def started(client, **asked) -> Export:
    response = signed_in(client, START, VIEW).post(ADD, ASKED | asked)
    assert response.status_code == 302, response.context["form"].errors
    return Export.objects.get()


def test_the_form_starts_an_export_and_rings_for_it(client, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        export = started(client, format="csv", digits=["1", "7"], since="2026-01-01", held_out="without", version="1")
    assert (export.format, export.state, export.started_by.username) == ("csv", "queued", "somebody")
    assert export.filters == {
        "state": "accepted",
        "held_out": False,
        "digits": [1, 7],
        "since": "2026-01-01",
        "version": 1,
    }
    assert rung == [export.pk]
    assert LogEntry.objects.get().object_id == str(export.pk)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"format": "xlsx"}, "xlsx is not one of the available choices"),
        ({"state": "some"}, "some is not one of the available choices"),
        ({"digits": ["11"]}, "11 is not one of the available choices"),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "No day lies between 2026-02-01 and 2026-01-01: swap them."),
        ({"version": "99"}, "99 is not one of the available choices"),
        ({"state": "rejected"}, "There are no such drawings to export: drawings with a label that a reviewer rejected"),
    ],
)
def test_what_cannot_be_asked_for_is_said_on_the_form(client, rung, asked, words):
    response = signed_in(client, START).post(ADD, ASKED | asked)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Export.objects.exists()
    assert rung == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_does_not_answer_is_said(client, monkeypatch):
    monkeypatch.setattr(tasks, "ring_for_export", lambda export_id: False)
    response = signed_in(client, START, VIEW).post(ADD, ASKED, follow=True)
    assert "The export stays queued: the broker does not answer." in response.content.decode()


@pytest.mark.parametrize(
    ("query", "initial"),
    [
        ("", {}),
        ("label=accepted&means=7&version=1", {"state": "accepted", "digits": ["7"], "version": "1"}),
        ("label=none", {"state": "all"}),
        ("means=3", {"state": "all", "digits": ["3"]}),
        ("answer=wrong", {}),
        ("days=99999&version=x&means=12&label=junk", {"state": "all"}),
    ],
)
def test_the_form_takes_over_what_the_list_of_drawings_is_filtered_by(client, query, initial):
    assert signed_in(client, START).get(f"{ADD}?{query}").context["form"].initial == initial


def test_the_form_says_what_it_cannot_take_over(client):
    words = "The list is filtered by more than can be exported by"
    client = signed_in(client, START)
    assert words in client.get(f"{ADD}?answer=wrong").content.decode()
    assert words not in client.get(f"{ADD}?means=3").content.decode()


@pytest.mark.parametrize("clone", ["x", "9" * 40, "12345"])
def test_a_clone_of_nothing_is_an_empty_form(client, clone):
    assert signed_in(client, START).get(f"{ADD}?clone={clone}").context["form"].initial == {}


def test_an_export_can_be_asked_for_again(client, rung):
    export = queued("csv", digits=(1, 7), held_out=False)
    initial = signed_in(client, START, VIEW).get(f"{ADD}?clone={export.pk}").context["form"].initial
    client.post(ADD, {name: value for name, value in initial.items() if value is not None})
    again = Export.objects.first()
    assert again.pk != export.pk
    assert (again.format, again.filters) == (export.format, export.filters)


def test_only_who_may_export_is_offered_to_from_the_list_of_drawings(client):
    address = "/admin/recognizer/drawing/?means=7"
    client = signed_in(client, "recognizer.view_drawing", START)
    assert f"{ADD}?means=7" in client.get(address).content.decode()
    client.force_login(rows.staff("recognizer.view_drawing", name="another"))
    assert ADD not in client.get(address).content.decode()


def test_the_progress_is_told_in_words(client):
    export, claim = running(kind="csv")
    claim.report(total=10, done=4, lost=1, message="Writing the drawings.")
    progress = json.loads(signed_in(client, VIEW).get(page(export, "progress")).content)
    assert (progress["state"], progress["ended"], progress["done"]) == ("running", False, 0.5)
    assert progress["fields"]["drawings"] == "4 of 10"
    assert progress["fields"]["percent"] == "50 %"
    assert progress["fields"]["message"] == "Writing the drawings."


@pytest.mark.parametrize("kind", FORMATS)
def test_the_page_shows_what_is_in_the_file_and_leads_to_it(client, kind):
    export = finished(kind=kind, digits=(1, 2))
    text = signed_in(client, VIEW, DOWNLOAD).get(page(export)).content.decode()
    assert "Drawings with a digit that a reviewer accepted, labelled 1 and 2." in text
    assert "Drawings: 2" in text
    assert export.sha256 in text
    assert page(export, "download") in text


def test_the_page_of_an_export_whose_version_is_gone_is_shown(client):
    export = queued()
    Export.objects.filter(pk=export.pk).update(filters={"state": "all", "version": 77})
    assert "answered by version 77" in signed_in(client, VIEW).get(page(export)).content.decode()


def test_the_file_is_downloaded_as_it_was_written(client):
    export = finished(kind="idx")
    response = signed_in(client, DOWNLOAD).get(page(export, "download"))
    assert response.streaming
    assert b"".join(response.streaming_content) == export.file.open("rb").read()
    assert response["Content-Disposition"] == f'attachment; filename="digits-drawings-{export.pk}.idx.zip"'
    assert int(response["Content-Length"]) == export.size_bytes
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Downloaded"]


def test_who_may_only_look_gets_no_file(client):
    export = finished()
    client = signed_in(client, VIEW)
    assert client.get(page(export, "download")).status_code == 403
    assert page(export, "download") not in client.get(page(export)).content.decode()


def test_before_there_is_a_file_and_after_it_was_removed_the_link_says_so(client):
    waiting, done = queued(), finished()
    Export.objects.filter(pk=done.pk).update(outdated=True)
    client = signed_in(client, VIEW, DOWNLOAD)
    for export in (waiting, done):
        response = client.get(page(export, "download"), follow=True)
        assert response.redirect_chain == [(page(export), 302)]
        assert "There is no file." in response.content.decode()
    export_files.clean()
    assert "the file was removed" in client.get(page(done)).content.decode()


def test_a_file_that_is_missing_is_not_found(client):
    export = finished()
    export_files.storage().delete(export.file.name)
    assert signed_in(client, DOWNLOAD).get(page(export, "download")).status_code == 404


def test_cancelling_says_what_became_of_it(client):
    export = queued()
    client = signed_in(client, VIEW, CANCEL)
    response = client.post(page(export, "cancel"), headers={"Accept": "application/json"})
    assert response.json() == {"cancelled": True, "message": "The export is being cancelled."}
    assert now(export).message == "Cancelled by somebody."
    again = client.post(page(export, "cancel"), follow=True).content.decode()
    assert "Nothing to cancel: the export had ended before." in again
    assert client.get(page(export, "cancel")).status_code == 405


def test_a_running_export_shows_that_it_is_being_cancelled(client):
    export, _ = running()
    export_jobs.cancel(export.pk)
    text = signed_in(client, VIEW, CANCEL).get(page(export)).content.decode()
    assert "Cancelling …" in text


def test_the_list_is_empty_with_words_and_a_first_step(client):
    text = signed_in(client, VIEW, START).get(LIST).content.decode()
    assert "No export yet." in text
    assert ADD in text


def test_the_list_takes_the_same_number_of_queries_for_any_number_of_exports(client, django_assert_num_queries):
    signed_in(client, VIEW, DOWNLOAD)
    finished()
    with django_assert_num_queries(6):  # session, user, two for permissions, count, exports
        text = client.get(LIST).content.decode()
    assert "Drawings with a digit that a reviewer accepted." in text
    for _ in range(4):
        queued()
    with django_assert_num_queries(6):
        assert client.get(LIST).status_code == 200


def test_every_format_is_explained_on_the_form(client):
    text = signed_in(client, START).get(ADD).content.decode()
    for each in FORMATS.values():
        assert f"{each.suffix}: " in text
        assert f'type="radio" name="format" value="{each.name}"' in text


def test_an_export_asked_for_in_the_admin_holds_what_was_asked_for(client, rung):
    export = started(client, digits=["4"])
    tasks.run_export(export.pk)
    assert (now(export).state, export.done) == ("succeeded", 1)
    assert Filters.from_json(export.filters).rows().count() == 1
    assert ModelVersion.objects.count() == 1
