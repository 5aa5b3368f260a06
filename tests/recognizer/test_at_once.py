"""A drawing that is stored in one statement is the same as one that is looked at closely, and slips by nothing."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from recognizer import bans, drawings, metrics, moderation, quotas, recognition, shapes, submissions, versions, visitors
from recognizer.at_once import insert
from recognizer.models import BannedShape, Drawing, DrawingFacts, Prediction
from recognizer.models import Visitor as VisitorRow
from tests import admin_rows as rows
from tests.recognizer import pictures
from tests.recognizer.conftest import SEVEN, Visitor
from tests.recognizer.test_versions import at_once

ROUND = {"strokes": [[[60, 75], [100, 20], [140, 75], [100, 130], [60, 75]]], "width": 200, "height": 150}


@pytest.fixture
def known(visitor, django_capture_on_commit_callbacks) -> Visitor:
    """A browser of which this process knows all that one statement needs."""
    with django_capture_on_commit_callbacks(execute=True):
        visitor.draw()
    return visitor


@pytest.fixture
def statements(monkeypatch) -> list[bool]:
    """Whether each drawing that was tried at once was stored so."""
    tried = []

    def noted(*arguments, **options):
        tried.append(False)
        drawing = drawings_store_at_once(*arguments, **options)
        tried[-1] = drawing is not None
        return drawing

    drawings_store_at_once = drawings.store_at_once
    monkeypatch.setattr(drawings, "store_at_once", noted)
    return tried


def fields_of(row) -> dict[str, object]:
    own = {"id", "drawing_id", "created_at"}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.__dict__.items()
            if not name.startswith("_") and name not in own}  # fmt: skip


def test_it_is_the_drawing_that_is_stored_otherwise(known, statements):
    visitors.start_again()
    slow = known.draw()["id"]
    fast = known.draw()["id"]
    assert statements == [True]
    assert fields_of(Drawing.objects.get(pk=fast)) == fields_of(Drawing.objects.get(pk=slow))
    assert fields_of(Prediction.objects.get(pk=fast)) == fields_of(Prediction.objects.get(pk=slow))
    assert Drawing.objects.get(pk=fast).created_at > Drawing.objects.get(pk=slow).created_at


def test_the_admin_lists_it_by_its_answer_at_once(known, statements):
    pk = known.draw()["id"]
    assert statements == [True]
    answer, facts = Prediction.objects.get(pk=pk), DrawingFacts.objects.get(pk=pk)
    assert (facts.read, facts.version_id, facts.confidence) == (answer.digit, answer.version_id, answer.confidence)
    assert (facts.visitor_id, facts.state, facts.is_wrong) == (VisitorRow.objects.get().pk, "", False)


def test_its_answer_is_that_of_the_list(known, statements):
    answer = known.draw()
    assert statements == [True]
    assert known.get(f"/api/v1/drawings/{answer['id']}").json().items() >= answer.items()


def test_what_a_visitor_draws_who_was_blocked_meanwhile_is_hidden(known, statements):
    moderation.block(VisitorRow.objects.get(), by=rows.staff(name="mo"))
    assert [Drawing.objects.get(pk=known.draw()["id"]).hidden_as for _ in range(2)] == ["blocked", "blocked"]
    assert statements == [False]


def test_a_shape_that_this_process_knows_is_hidden(known, statements):
    bans.ban(Drawing.objects.get(), "close", by=rows.staff(name="mo"), reason="rude")
    assert Drawing.objects.get(pk=known.draw(**ROUND)["id"]).hidden_as == ""
    assert Drawing.objects.get(pk=known.draw()["id"]).hidden_as == "banned"
    assert statements == [True, False]


def test_a_shape_that_another_process_bans_is_hidden(known, statements):
    seen = bytes(Drawing.objects.get().seen)
    BannedShape.objects.create(seen=seen, fingerprint=shapes.fingerprint(seen), nearness="same", reason="elsewhere")
    assert Drawing.objects.get(pk=known.draw()["id"]).hidden_as == "banned"
    assert statements == [False]


@pytest.mark.parametrize("delete", [lambda: VisitorRow.objects.update(key_hash=None), VisitorRow.objects.all().delete])
def test_what_a_visitor_draws_who_is_being_deleted_is_not_kept(known, statements, delete):
    before = VisitorRow.objects.get().pk
    delete()
    refused = known.send("drawings", SEVEN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "deleted")
    assert Drawing.objects.get(pk=known.draw()["id"]).visitor_id != before  # sent again, as the answer says
    assert statements == [False]


def test_a_drawing_that_comes_a_second_time_counts_once_for_the_quota(known, statements, settings):
    settings.QUOTA_VISITOR_DRAWINGS = settings.QUOTA_SITE_DRAWINGS = 4
    quotas.forget()
    key = {"headers": {"Idempotency-Key": str(uuid4())}}
    for _ in range(4):
        assert known.send("drawings", ROUND, **key).status_code == 201
    for _ in range(2):
        known.draw()
    assert known.send("drawings", SEVEN).status_code == 403
    assert Drawing.objects.count() == 4


def test_the_same_request_twice_is_one_drawing(known, statements):
    key = {"headers": {"Idempotency-Key": str(uuid4())}}
    first, second = (known.send("drawings", ROUND, **key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert statements == [True, False]


def test_the_same_request_is_found_where_the_visitor_may_store_no_more(known, settings):
    settings.QUOTA_VISITOR_DRAWINGS = 2
    key = {"headers": {"Idempotency-Key": str(uuid4())}}
    first, second = (known.send("drawings", ROUND, **key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert known.send("drawings", SEVEN).status_code == 403
    assert Drawing.objects.count() == 2


def test_an_upload_is_kept_as_a_file(known, statements):
    response = known.post("/api/v1/drawings", {"image": SimpleUploadedFile("7.png", pictures.encoded("PNG"))})
    assert Drawing.objects.get(pk=response.json()["id"]).upload
    assert True not in statements


def recognised() -> float:
    return sum(sample.value for metric in metrics.RECOGNITIONS.collect() for sample in metric.samples
               if sample.name.endswith("_total"))  # fmt: skip


@pytest.mark.parametrize("is_blocked", [False, True])
def test_each_answer_is_counted_once(known, is_blocked):
    if is_blocked:
        moderation.block(VisitorRow.objects.get(), by=rows.staff(name="mo"))
    before = recognised()
    known.draw()
    assert recognised() == before + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(6))
def test_who_is_blocked_at_the_same_moment_is_hidden_afterwards(attempt):
    moderator, visitor = User.objects.create(username="mo"), VisitorRow.objects.create(key_hash="k" * 64)
    version = versions.ensure_shipped().version
    submission = submissions.of_strokes(**ROUND)
    recognition.recognise(submission.seen)

    def store() -> bool:
        drawing = {"source": "strokes", "seen": bytes(784), "preprocessing_version": 1, **ROUND}
        prediction = {"version_id": version.pk, "digit": 0, "confidence": 0.5, "probabilities": [0.1] * 10}
        known = visitors.Known(visitor.pk, visitor.key_hash)
        return insert(drawing, prediction, known, shapes_stamp=None) is not None

    results = at_once(store, store, lambda: moderation.block(visitor, by=moderator), store)
    assert {type(result) for result in results} == {bool}, results
    assert set(Drawing.objects.values_list("hidden_as", flat=True)) <= {"blocked"}
    assert Drawing.objects.count() == Prediction.objects.count() == [results[0], results[1], results[3]].count(True)
