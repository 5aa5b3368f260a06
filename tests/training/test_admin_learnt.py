"""In the admin a drawing leads to the versions that learnt it, and a version to its drawings and corrections."""

import pytest
from django.utils import timezone

from recognizer import drawings, recognition, versions
from recognizer.models import Drawing, ModelVersion, Prediction
from tests import admin_rows as rows
from training import corrections, packing, readings, snapshots

from .making import drawn, new_version, visitor
from .test_learnt import learning

pytestmark = pytest.mark.django_db

ADMIN = "/admin/training/snapshot"


@pytest.fixture(autouse=True)
def live(settings, tmp_path, fresh_process, monkeypatch) -> ModelVersion:
    settings.MIN_CONFIDENCE, settings.SHIPPED_WEIGHTS_DIR = 0.0, tmp_path / "none"
    monkeypatch.setattr(packing, "PART", 3)
    readings.forget()
    version = new_version(1)
    versions.promote(version)
    return version


@pytest.fixture
def learnt() -> tuple[list[Drawing], ModelVersion]:
    """Six drawings, and a version that learnt them."""
    some = [drawn(visitor(f"v{number}"), number, seed=number) for number in range(6)]
    return some, learning(snapshots.freeze())


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def drawing_page(client, drawing: Drawing) -> str:
    return page(client, f"/admin/recognizer/drawing/{drawing.pk}/change/").partition('id="learnt-by"')[2]


def reads(version: ModelVersion, drawing: Drawing) -> int:
    return recognition.recognise(snapshots.seen_now(drawing), recognition.for_version(version)).digit


def test_a_drawing_names_the_versions_that_learnt_it_and_what_they_read_now(admin_client, live, learnt):
    (drawing, *_), version = learnt
    section = drawing_page(admin_client, drawing)
    assert f"version {version.number}" in section
    assert f"{ADMIN}/1/change/" in section or "snapshot" in section
    assert f"{reads(version, drawing)}, " in section
    assert "did not learn it" in section  # the live one


def test_a_drawing_that_nobody_learnt_says_so(admin_client):
    assert "No version has learnt it" in drawing_page(admin_client, drawn(visitor("a"), 7))
    assert "measure, and never train" in drawing_page(admin_client, drawn(visitor("b", held_out=True), 7))


def test_a_version_without_weights_is_not_asked(admin_client, learnt):
    (drawing, *_), version = learnt
    ModelVersion.objects.filter(pk=version.pk).update(weights_removed_at=timezone.now())
    assert "its weights were removed on" in drawing_page(admin_client, drawing)


def test_a_version_leads_to_its_drawings_by_digit(admin_client, learnt):
    _, version = learnt
    text = page(admin_client, f"/admin/recognizer/modelversion/{version.pk}/change/")
    snapshot = version.job.snapshot
    assert "Drawings it learnt from" in text
    assert f"{ADMIN}/{snapshot.pk}/drawings/?label=3" in text
    assert f"{ADMIN}/{snapshot.pk}/corrections/?version={version.number}" in text


def test_a_version_that_learnt_from_no_drawings_has_no_such_section(admin_client, live):
    text = page(admin_client, f"/admin/recognizer/modelversion/{live.pk}/change/")
    assert "Drawings it learnt from" not in text


def test_the_drawings_of_a_snapshot_are_turned_over_and_narrowed_down(admin_client, learnt, monkeypatch):
    from training.admin import snapshot_pages

    monkeypatch.setattr(snapshot_pages, "PAGE", 4)
    some, version = learnt
    address = f"{ADMIN}/{version.job.snapshot.pk}/drawings/"
    first, second = page(admin_client, address), page(admin_client, f"{address}?page=2")
    found = [f"/admin/recognizer/drawing/{one.pk}/change/" in text for text in (first, second) for one in some]
    assert found == [True] * 4 + [False] * 6 + [True] * 2
    assert "Page 2 of 2" in second
    one = page(admin_client, f"{address}?label=3")
    assert [f"/drawing/{row.pk}/change/" in one for row in some] == [number == 3 for number in range(6)]


@pytest.mark.parametrize(
    "query", ["page=0", "page=99", "page=x", "label=11", "label=-1", "label=%00", f"page={'9' * 50}"]
)
def test_an_address_that_leads_nowhere_shows_a_page_that_there_is(admin_client, learnt, query):
    assert "Drawings" in page(admin_client, f"{ADMIN}/{learnt[1].job.snapshot.pk}/drawings/?{query}")


def test_a_deleted_drawing_is_a_number(admin_client, learnt):
    (drawing, *_), version = learnt
    drawings.delete(drawing)
    text = page(admin_client, f"{ADMIN}/{version.job.snapshot.pk}/drawings/")
    assert f'title="drawing {drawing.pk}"' in text
    assert f"/drawing/{drawing.pk}/change/" not in text


def test_turning_a_page_takes_the_same_number_of_queries_for_any_number_of_drawings(
    admin_client, learnt, django_assert_max_num_queries
):
    address = f"{ADMIN}/{learnt[1].job.snapshot.pk}/drawings/"
    with django_assert_max_num_queries(8):
        page(admin_client, f"{address}?label=0")
    with django_assert_max_num_queries(8):
        page(admin_client, address)


def test_corrections_are_counted_with_what_is_read_now(learnt):
    some, version = learnt
    answers = [reads(version, drawing) for drawing in some]
    for drawing in some:
        Prediction.objects.filter(drawing=drawing).update(digit=drawing.label.digit)
    wrongly, *_ = [one for one, digit in zip(some, answers, strict=True) if digit != one.label.digit]
    Prediction.objects.filter(drawing=wrongly).update(digit=(wrongly.label.digit + 1) % 10)
    found = corrections.count(version, version.job.snapshot)
    assert (found.looked_at, found.gone, found.count, found.right) == (6, 0, 1, 0)
    assert [row.pk for row, _ in found.wrong] == [wrongly.pk]


def test_corrections_that_are_read_right_count_so(learnt):
    some, version = learnt
    Prediction.objects.update(digit=None, reason="not_a_digit")
    found = corrections.count(version, version.job.snapshot)
    right = sum(reads(version, drawing) == drawing.label.digit for drawing in some)
    assert (found.count, found.right, found.share) == (6, right, right / 6)


def test_no_more_are_read_than_the_setting_says_and_the_page_says_so(admin_client, learnt, settings):
    settings.READINGS_AT_ONCE = 2
    some, version = learnt
    drawings.delete(some[0])
    address = f"{ADMIN}/{version.job.snapshot.pk}/corrections/?version={version.number}"
    text = page(admin_client, address)
    assert "2 of the 6 drawings in the list, spread over all of it (2 at most); 1 of them is deleted by now" in text


def test_corrections_of_a_version_without_weights_say_why_not(admin_client, learnt):
    _, version = learnt
    ModelVersion.objects.filter(pk=version.pk).update(weights_removed_at=timezone.now())
    text = page(admin_client, f"{ADMIN}/{version.job.snapshot.pk}/corrections/?version={version.number}")
    assert "were removed on" in text


@pytest.mark.parametrize("query", ["", "?version=999", "?version=x"])
def test_a_version_that_did_not_learn_from_it_is_not_found(admin_client, learnt, query):
    assert admin_client.get(f"{ADMIN}/{learnt[1].job.snapshot.pk}/corrections/{query}").status_code == 404


def test_who_may_not_see_snapshots_sees_no_links_to_them(client, learnt):
    (drawing, *_), version = learnt
    client.force_login(rows.staff("recognizer.view_drawing", "recognizer.view_modelversion"))
    assert f"{ADMIN}/" not in drawing_page(client, drawing)
    assert f"{ADMIN}/" not in page(client, f"/admin/recognizer/modelversion/{version.pk}/change/")


def test_who_may_not_see_versions_is_told_of_none(client, learnt):
    client.force_login(rows.staff("recognizer.view_drawing"))
    assert drawing_page(client, learnt[0][0]) == ""
