"""Drawings and labels are stored whole or not at all, and leave nothing behind when they go."""

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction

from recognizer import drawings, locks, prepared, recognition, submissions, visitors
from recognizer.models import Drawing, Label, Prediction
from recognizer.models import Visitor as VisitorRow
from tests.recognizer import pictures
from tests.recognizer.conftest import SEVEN
from tests.recognizer.test_bad_requests import uploads
from tests.recognizer.test_versions import at_once

pytestmark = pytest.mark.django_db


def stranger(number: int = 0) -> VisitorRow:
    """Somebody who is no row yet."""
    return VisitorRow(key_hash=f"{number:064}")


def stored(visitor: VisitorRow | None = None, *, upload: bool = False, **changes) -> Drawing:
    submission = submissions.of_upload(pictures.encoded("PNG")) if upload else submissions.of_strokes(**SEVEN | changes)
    return drawings.store(visitor or stranger(), submission, recognition.recognise(submission.seen))


def test_a_drawing_is_stored_with_its_prediction_and_its_new_visitor():
    drawing = stored()
    assert Drawing.objects.get() == drawing
    assert Prediction.objects.get().drawing == drawing
    assert drawing.visitor == VisitorRow.objects.get()


def test_what_the_network_saw_is_kept():
    submission = submissions.of_strokes(**SEVEN)
    drawing = drawings.store(stranger(), submission, recognition.recognise(submission.seen))
    drawing.refresh_from_db()
    assert (drawings.seen_array(drawing) == submission.seen.image).all()


def test_an_image_of_a_data_set_is_stored_as_an_upload():
    submission = submissions.of_gray(255 - submissions.of_strokes(**SEVEN).seen.image)
    drawing = drawings.store(
        VisitorRow.objects.create(imported_as="pens/4"), submission, recognition.recognise(submission.seen)
    )
    assert (drawing.source, drawing.visitor.imported_as) == ("upload", "pens/4")
    assert len(uploads()) == 1


def test_an_empty_drawing_is_not_stored():
    with pytest.raises(ValueError, match="empty"):
        stored(strokes=[])
    assert not VisitorRow.objects.exists()


def test_a_drawing_that_cannot_be_stored_leaves_no_file_and_no_visitor(monkeypatch):
    insert = prepared.insert

    def fail(row):
        if isinstance(row, Prediction):
            raise RuntimeError("disk full")
        insert(row)

    monkeypatch.setattr(prepared, "insert", fail)
    with pytest.raises(RuntimeError):
        stored(upload=True)
    assert uploads() == []
    assert [model.objects.count() for model in (VisitorRow, Drawing)] == [0, 0]


@pytest.mark.parametrize("digit", [10, -1, 7.5, "7"])
def test_a_label_is_a_digit(digit):
    with pytest.raises(ValueError, match="0 to 9"):
        drawings.set_label(stored(), digit)


def test_the_database_refuses_a_label_that_is_no_digit():
    with pytest.raises(IntegrityError), transaction.atomic():
        Label.objects.create(drawing=stored(), digit=10)


def test_a_deleted_drawing_cannot_be_labelled():
    drawing = stored()
    Drawing.objects.all().delete()
    with pytest.raises(Drawing.DoesNotExist):
        drawings.set_label(drawing, 7)
    with pytest.raises(Drawing.DoesNotExist):
        drawings.clear_label(drawing)


def test_labels_are_accepted_in_bulk(admin_user):
    made = [stored(stranger(number)) for number in range(3)]
    for drawing in made[:2]:
        drawings.set_label(drawing, 7)
    assert drawings.review([drawing.pk for drawing in made], Label.State.ACCEPTED, by=admin_user) == 2
    assert [label.reviewed_by for label in Label.objects.filter(state="accepted", digit=7)] == [admin_user] * 2
    assert not Label.objects.filter(drawing=made[2]).exists()


def test_more_labels_than_one_statement_takes_are_rejected(admin_user, monkeypatch):
    monkeypatch.setattr(locks, "IDS_AT_ONCE", 2)
    made = [stored(stranger(number)) for number in range(5)]
    for drawing in made:
        drawings.set_label(drawing, 1)
    assert drawings.review([drawing.pk for drawing in made], Label.State.REJECTED, by=admin_user) == 5
    assert Label.objects.filter(state="rejected").count() == 5


def test_a_reviewer_puts_an_own_label(admin_user):
    claimed, unlabelled = stored(stranger(1)), stored(stranger(2))
    drawings.set_label(claimed, 7)
    ids = [claimed.pk, unlabelled.pk]
    assert drawings.review(ids, Label.State.ACCEPTED, by=admin_user, digit=1) == 2
    assert list(Label.objects.values_list("digit", "state").distinct()) == [(1, "accepted")]
    assert drawings.review(ids, Label.State.ACCEPTED, by=admin_user, digit=None) == 2
    assert list(Label.objects.values_list("digit", flat=True).distinct()) == [None]


def test_a_review_of_one_claim_leaves_another_alone(admin_user):
    drawing = stored(stranger(1))
    drawings.set_label(drawing, 7)
    assert drawings.review([drawing.pk], Label.State.ACCEPTED, by=admin_user, claim=None) == 0
    assert drawings.review([drawing.pk], Label.State.ACCEPTED, by=admin_user, claim=7) == 1
    drawings.set_label(drawing, None)
    assert drawings.review([drawing.pk], Label.State.ACCEPTED, by=admin_user, claim=7) == 0
    assert drawings.review([drawing.pk], Label.State.ACCEPTED, by=admin_user, claim=None) == 1


def test_a_review_only_accepts_or_rejects(admin_user):
    with pytest.raises(ValueError, match="'unreviewed'"):
        drawings.review([], "unreviewed", by=admin_user)


@pytest.mark.parametrize("what", ["drawing", "queryset", "visitor"])
def test_a_file_goes_with_its_drawing_however_that_is_deleted(what, django_capture_on_commit_callbacks):
    drawing = stored(upload=True)
    ways = {
        "drawing": lambda: drawings.delete(drawing),
        "queryset": lambda: Drawing.objects.all().delete(),
        "visitor": lambda: VisitorRow.objects.all().delete(),
    }
    with django_capture_on_commit_callbacks(execute=True):
        ways[what]()
        assert len(uploads()) == 1
    assert uploads() == []


def test_a_file_stays_when_the_deletion_is_rolled_back(django_capture_on_commit_callbacks):
    drawing = stored(upload=True)

    def delete_and_fail() -> None:
        with transaction.atomic():
            drawings.delete(drawing)
            raise RuntimeError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        delete_and_fail()
    assert Drawing.objects.exists()
    assert len(uploads()) == 1


def test_a_file_that_cannot_be_deleted_is_logged(django_capture_on_commit_callbacks, monkeypatch, caplog):
    drawing = stored(upload=True)

    def fail(name):
        raise OSError("read-only file system")

    monkeypatch.setattr(storages["uploads"], "delete", fail)
    with django_capture_on_commit_callbacks(execute=True):
        drawings.delete(drawing)
    assert "could not be deleted" in caplog.text
    assert not Drawing.objects.exists()


def test_who_drew_wrong_unlabelled_or_unsure_is_found():
    right, wrong, rejected, unlabelled = (stored(stranger(number)) for number in range(4))
    digit = right.prediction.digit
    drawings.set_label(right, digit)
    for drawing in (wrong, rejected):
        drawings.set_label(drawing, (digit + 1) % 10)
    drawings.review([rejected.pk], Label.State.REJECTED, by=None)
    assert list(Drawing.objects.wrong()) == [wrong]
    assert list(Drawing.objects.unlabelled()) == [unlabelled]
    assert set(Drawing.objects.awaiting_review()) == {right, wrong}
    assert Drawing.objects.low_confidence(1.0).count() == 4


@pytest.mark.django_db(transaction=True)
def test_one_submission_stored_twice_at_once_is_one_drawing():
    submission = submissions.of_upload(pictures.encoded("PNG"))
    submission = submissions.Submission(submission.source, submission.seen, upload=submission.upload, key="k" * 64)
    answer = recognition.recognise(submission.seen)
    results = at_once(*[lambda: drawings.store(stranger(), submission, answer).pk] * 3)
    assert results == [Drawing.objects.get().pk] * 3
    assert VisitorRow.objects.count() == len(uploads()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_label_given_twice_at_once_is_one_label():
    drawing = stored()
    results = at_once(*[lambda digit=digit: drawings.set_label(drawing, digit).digit for digit in (1, 2, 3)])
    assert sorted(results) == [1, 2, 3]
    assert Label.objects.get().digit in (1, 2, 3)


@pytest.mark.django_db(transaction=True)
def test_a_visitor_saved_twice_at_once_is_one_visitor():
    results = at_once(*[lambda: visitors.save(stranger()).pk] * 3)
    assert results == [VisitorRow.objects.get().pk] * 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(8))
def test_a_drawing_that_is_labelled_and_deleted_at_once_is_deleted_whole(admin_user, attempt):
    drawing = stored(stranger(1))
    results = at_once(
        lambda: drawings.set_label(drawing, 7),
        lambda: drawings.delete(drawing),
        lambda: drawings.review([drawing.pk], Label.State.ACCEPTED, by=admin_user, digit=1),
    )
    assert {type(result) for result in results} <= {Label, type(None), int, Drawing.DoesNotExist}, results
    assert not Drawing.objects.exists()
    assert not Label.objects.exists()
