"""An export's states: who may change which, and what a worker that lost it may not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from recognizer import drawings as recognizer_drawings
from recognizer.models import Drawing
from tests.training.exports import drawings, now, queued, running
from training import export_files, export_jobs
from training.data.exports import ExportError
from training.export_filters import Filters
from training.jobs import CancelRequested, LostJob
from training.models import Export, ExportPart

pytestmark = pytest.mark.django_db

State = Export.State
BEFORE_NOW = Now() - timedelta(seconds=1)


@pytest.fixture(autouse=True)
def three() -> list[Drawing]:
    return drawings(3)


def vanish(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(lease_expires_at=BEFORE_NOW)


def test_what_was_asked_for_is_kept():
    by = User.objects.create_user("ann")
    export = export_jobs.start(kind="csv", filters=Filters(digits=(1,)), by=by)
    assert (export.state, export.format, export.started_by) == ("queued", "csv", by)
    assert Filters.from_json(now(export).filters) == Filters(digits=(1,))


@pytest.mark.parametrize(
    ("kind", "filters", "words"),
    [
        ("xlsx", {}, "'xlsx' is no format of drawings"),
        ("csv", {"version": 9}, "there is no version 9"),
        ("csv", {"digits": (9,)}, "There are no such drawings to export: .* labelled 9"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_the_door(kind, filters, words):
    with pytest.raises(ExportError, match=words):
        queued(kind, **filters)
    assert not Export.objects.exists()


def test_the_one_that_has_waited_longest_is_claimed_first():
    first, _ = queued(), queued()
    claim = export_jobs.claim_next()
    assert (claim.export_id, claim.attempt) == (first.pk, 1)
    assert now(first).state == State.RUNNING


def test_no_more_run_at_once_than_may(settings):
    _, claim = running()
    queued()
    assert export_jobs.claim_next() is None
    settings.EXPORTS_AT_ONCE = 2
    assert export_jobs.claim_next() is not None
    assert claim.export().state == State.RUNNING


def test_one_whose_worker_vanished_keeps_no_other_waiting():
    vanish(running()[0])
    assert export_jobs.claim_next() is None  # nothing waits
    queued()
    assert export_jobs.claim_next() is not None


def test_what_runs_or_has_ended_is_not_claimed():
    export, claim = running()
    assert export_jobs.claim(export.pk) is None
    claim.fail("bad")
    assert export_jobs.claim(export.pk) is None
    assert export_jobs.claim(0) is None


def test_a_worker_that_lost_it_can_change_nothing():
    export, old = running()
    vanish(export)
    assert export_jobs.sweep() == [export.pk]
    new = export_jobs.claim(export.pk)
    for write in (old.keep, old.report, old.release, old.cancelled, old.export, lambda: old.fail("bad")):
        with pytest.raises(LostJob, match=f"attempt 1 at export {export.pk} is over"):
            write()
    new.report(done=2)
    assert (now(export).done, export.attempt) == (2, 2)


def test_a_worker_that_vanished_counts_as_a_setback_and_too_many_fail_it(settings):
    settings.EXPORT_MOST_SETBACKS = 2
    export = queued()
    for times in (1, 2):
        export_jobs.claim(export.pk)
        vanish(export)
        export_jobs.sweep()
        assert (now(export).state, export.setbacks) == (State.QUEUED, times)
    export_jobs.claim(export.pk)
    vanish(export)
    assert export_jobs.sweep() == []
    assert now(export).state == State.FAILED
    assert "Its worker vanished, as it had to begin again 2 times before" in export.message


def test_a_worker_that_is_stopped_gives_it_back_without_a_setback():
    export, claim = running()
    claim.release()
    assert (now(export).state, export.setbacks, export.rung_at) == (State.QUEUED, 0, None)


def test_a_queued_export_is_cancelled_at_once():
    export = queued()
    assert export_jobs.cancel(export.pk, by=User.objects.create_user("ann")) is True
    assert (now(export).state, export.message) == (State.CANCELLED, "Cancelled by ann.")
    assert export_jobs.cancel(export.pk) is False


def test_a_running_export_hears_of_it_at_its_next_report():
    export, claim = running()
    assert export_jobs.cancel(export.pk) is True
    assert now(export).state == State.RUNNING
    with pytest.raises(CancelRequested):
        claim.report(done=1)
    claim.cancelled()
    assert (now(export).state, export.message) == (State.CANCELLED, "Cancelled.")


def test_one_whose_worker_vanished_is_cancelled_at_once():
    export, _ = running()
    vanish(export)
    assert export_jobs.cancel(export.pk) is True
    assert now(export).state == State.CANCELLED


def test_what_is_to_be_cancelled_does_not_go_back_to_the_queue():
    for end in (lambda claim: claim.release(), lambda claim: claim.begin_again("Why")):
        export, claim = running()
        export_jobs.cancel(export.pk)
        end(claim)
        assert now(export).state == State.CANCELLED


def test_the_broker_is_told_of_what_it_was_not_told_of_or_long_ago(settings):
    waiting, told, told_long_ago = queued(), queued(), queued()
    export_jobs.rung(told.pk)
    Export.objects.filter(pk=told_long_ago.pk).update(rung_at=Now() - timedelta(seconds=settings.JOB_RING_SECONDS + 1))
    assert export_jobs.sweep() == [waiting.pk, told_long_ago.pk]
    assert export_jobs.next_waiting() == [waiting.pk]


def test_the_drawings_that_are_read_are_noted(three):
    export, claim = running()
    found = claim.take(Drawing.objects.order_by("pk"))
    assert found == three
    part = ExportPart.objects.get(export=export)
    assert (part.first_id, part.last_id, len(part.ids)) == (three[0].pk, three[-1].pk, 24)


@pytest.mark.parametrize(
    "delete",
    [
        recognizer_drawings.delete,
        lambda drawing: Drawing.objects.filter(pk=drawing.pk).delete(),
        lambda drawing: drawing.visitor.delete(),
    ],
)
def test_a_drawing_deleted_after_it_was_read_makes_a_running_export_begin_again(three, delete):
    export, claim = running()
    claim.take(Drawing.objects.filter(pk=three[1].pk))
    delete(three[1])
    with pytest.raises(export_jobs.Outdated):
        claim.report(done=2)
    claim.begin_again(export_jobs.OUTDATED)
    assert (now(export).state, export.setbacks) == (State.QUEUED, 1)
    assert export.message == "A drawing in it was deleted while it ran; it begins again."
    export_jobs.claim(export.pk)
    assert now(export).outdated is False
    assert not ExportPart.objects.exists()


def test_a_drawing_that_was_not_read_yet_disturbs_no_export(three):
    export, claim = running()
    claim.take(Drawing.objects.filter(pk__in=[three[0].pk, three[2].pk]).order_by("pk"))
    recognizer_drawings.delete(three[1])
    claim.report(done=2)
    assert now(export).outdated is False


def test_a_file_that_came_too_late_is_not_kept(three, tmp_path, monkeypatch):
    export, claim = running()
    claim.take(Drawing.objects.order_by("pk"))
    path = tmp_path / "file"
    path.write_bytes(b"x")
    kept = export_files.keep

    def keep_while_a_drawing_goes(*arguments):
        recognizer_drawings.delete(three[0])
        return kept(*arguments)

    monkeypatch.setattr(export_files, "keep", keep_while_a_drawing_goes)
    with pytest.raises(export_jobs.Outdated):
        claim.succeed(path, size_bytes=1, sha256="0" * 64, message="done")
    assert now(export).state == State.RUNNING
    assert export_files.storage().listdir("")[1] == []


@pytest.mark.parametrize("fields", [{"state": "succeeded"}, {"file": "x"}, {"state": "running"}, {"size_bytes": 1}])
def test_the_database_refuses_what_cannot_be(fields):
    export = queued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(**fields)


def test_a_new_attempt_begins_with_nothing_done():
    export, claim = running()
    claim.report(done=2, lost=1, total=3)
    claim.release()
    export_jobs.claim(export.pk)
    assert (now(export).done, export.lost, export.total) == (0, 0, None)


def test_every_state_is_in_the_table_of_transitions():
    assert set(export_jobs.TRANSITIONS) == set(State)
