"""The desks for snapshots and for the drawings deleted since."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer import drawings
from recognizer.deletion import Deleter
from tests import admin_rows as rows
from training import packing, snapshots
from training.models import DeletedDrawing, Snapshot

from .making import drawn, new_version, visitor

pytestmark = pytest.mark.django_db
LIST, DELETED = "/admin/training/snapshot/", "/admin/training/deleteddrawing/"
VIEW = ("training.view_snapshot", "training.view_deleteddrawing", "training.view_trainingjob")
VIEW += ("recognizer.view_modelversion", "recognizer.view_drawing")


@pytest.fixture
def desk(client):
    client.force_login(rows.staff(*VIEW))
    return client


def learned(count: int = 4) -> Snapshot:
    """A snapshot that a job learned from, with its version."""
    for n in range(count):
        drawn(visitor(f"v{n}"), n % 10, seed=n)
    snapshot = snapshots.freeze()
    version = new_version(snapshot.pk + 50)
    rows.job(kind="retrain", snapshot=snapshot, state="succeeded", version=version)
    return snapshot


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("address", "words"), [(LIST, "No snapshots yet."), (DELETED, "nothing else of it is kept")])
def test_an_empty_list_says_what_will_be_here(desk, address, words):
    assert words in text(desk.get(address))


@pytest.mark.parametrize("address", [LIST, DELETED])
def test_who_may_not_view_them_is_refused(client, address):
    client.force_login(rows.staff("recognizer.view_drawing"))
    assert client.get(address).status_code == 403


def test_a_snapshots_page_shows_how_much_of_what_and_who_learned_from_it(desk):
    snapshot = learned(12)
    page = text(desk.get(f"{LIST}{snapshot.pk}/change/"))
    assert "12 <small>drawings of 12 visitors</small>" in page
    assert snapshot.sha256 in page
    assert page.count('class="d-bar is-answer"') == 11
    assert "nobody had more than their share" in page
    job = snapshot.jobs.get()
    assert str(job) in page
    assert str(job.version) in page
    assert page.count("d-thumb") == 12


def test_a_snapshots_page_says_how_many_were_left_out(desk, settings):
    settings.SNAPSHOT_VISITOR_LEAST = 2
    flood = visitor("flood")
    for seed in range(9):
        drawn(flood, 3, seed=seed)
    for n in range(4):
        drawn(visitor(f"v{n}"), n, seed=20 + n)
    page = text(desk.get(f"{LIST}{snapshots.freeze().pk}/change/"))
    assert "at most 2 drawings of any visitor; 7 drawings of those who had more left out" in page


def test_pictures_are_for_those_who_may_see_drawings(client):
    snapshot = learned()
    client.force_login(rows.staff("training.view_snapshot"))
    assert "d-thumb" not in text(client.get(f"{LIST}{snapshot.pk}/change/"))


def test_the_examples_come_from_all_over_a_long_snapshot(desk, monkeypatch):
    monkeypatch.setattr(packing, "PART", 2)
    snapshot = learned(10)
    assert text(desk.get(f"{LIST}{snapshot.pk}/change/")).count("d-thumb") == 10


def test_an_empty_snapshot_has_a_page_too(desk):
    snapshot = snapshots.freeze()
    assert "0 <small>drawings of 0 visitors" in text(desk.get(f"{LIST}{snapshot.pk}/change/"))


def test_a_versions_page_says_how_many_drawings_were_deleted_since_and_where_they_are_listed(desk):
    snapshot = learned(5)
    version = snapshot.jobs.get().version
    address = f"/admin/recognizer/modelversion/{version.pk}/change/"
    assert "been deleted since" not in text(desk.get(address))
    drawings.delete_many(_ids(snapshot)[:2], by=Deleter.VISITOR)
    page = text(desk.get(address))
    assert (
        f'{DELETED}?snapshots__in={snapshot.pk}">2 drawings that it learned from have</a> been deleted since.' in page
    )
    listed = text(desk.get(f"{DELETED}?snapshots__in={snapshot.pk}"))
    assert listed.count(f"/admin/recognizer/modelversion/{version.pk}/change/") == 2


@pytest.mark.parametrize("query", ["snapshots={}", "snapshots__in={}"])
def test_the_list_of_deleted_drawings_can_be_narrowed_to_a_snapshot(desk, query):
    first = learned(3)
    drawings.delete_many(_ids(first)[:2], by=Deleter.VISITOR)
    second = snapshots.freeze()
    drawings.delete_many(_ids(second), by=Deleter.VISITOR)
    pages = [text(desk.get(f"{DELETED}?{query.format(one.pk)}")) for one in (first, second)]
    assert [page.count('class="field-name') for page in pages] == [3, 1]


def test_a_deleted_drawings_page_names_the_versions_and_nothing_of_the_drawing(desk):
    snapshot = learned()
    drawings.delete_many(_ids(snapshot)[:1], by=Deleter.ADMIN)
    deleted = DeletedDrawing.objects.get()
    page = text(desk.get(f"{DELETED}{deleted.pk}/change/"))
    assert "Deleted by an admin" in page
    assert str(snapshot.jobs.get().version) in page
    assert f"snapshot {snapshot.pk}" in page
    assert "d-thumb" not in page


def test_a_jobs_page_leads_to_its_snapshot(desk):
    snapshot = learned()
    page = text(desk.get(f"/admin/training/trainingjob/{snapshot.jobs.get().pk}/change/"))
    assert f"{LIST}{snapshot.pk}/change/" in page


def test_the_lists_take_as_many_queries_for_many_rows_as_for_one(desk):
    first = learned(3)
    drawings.delete_many(_ids(first)[:1], by=Deleter.ADMIN)
    before = {address: queries(desk, address) for address in (LIST, DELETED)}
    for n in range(3):
        rows.job(kind="retrain", snapshot=snapshots.freeze(), state="succeeded", version=new_version(80 + n))
    drawings.delete_many(_ids(first)[1:], by=Deleter.ADMIN)
    assert {address: queries(desk, address) for address in (LIST, DELETED)} == before


def test_nobody_adds_changes_or_deletes_either(client, admin_user):
    client.force_login(admin_user)
    snapshot = learned()
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{snapshot.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{DELETED}add/").status_code == 403


def _ids(snapshot: Snapshot) -> list[int]:
    return [one for one, _ in packing.pairs(snapshot)]
