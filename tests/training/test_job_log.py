"""A job's log: a line for all that happens to it, fenced as the change is that it tells of."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from training import comparisons, job_log, jobs, reporting, worker
from training.comparing import Compared
from training.fit import EpochResult
from training.gate import Verdict
from training.models import JobEvent, Snapshot, TrainingJob

from .making import in_state, new_version, queued, running, weights_file

pytestmark = pytest.mark.django_db


def kinds(job: TrainingJob) -> list[str]:
    return [event.kind for event in job.events.all()]


def last(job: TrainingJob) -> str:
    return job.events.last().message


def test_a_job_is_followed_from_the_queue_to_its_version(small_mnist, fresh_process, django_user_model):
    ada = django_user_model.objects.create(username="ada")
    job = jobs.run(queued(epochs=2, by=ada).pk)
    assert kinds(job) == ["queued", "claimed", "begun", "epoch", "epoch", "succeeded"]
    assert job.events.first().message == "Queued by ada."
    assert last(job) == job.message


def test_what_is_taken_up_again_says_from_where(small_mnist, fresh_process):
    job = queued(epochs=2)
    stop = lambda event: isinstance(event, EpochResult) and reporting.stop()  # noqa: E731
    worker.run(jobs.claim(job.pk), observe=stop)
    reporting.allow()
    jobs.run(job.pk)
    lines = [(event.attempt, event.kind) for event in job.events.all()]
    assert lines[3:] == [(1, "epoch"), (1, "returned"), (2, "claimed"), (2, "went-on"), (2, "epoch"), (2, "succeeded")]
    assert "from the checkpoint after step 6" in job.events.get(kind="went-on").message


def test_a_checkpoint_that_is_damaged_is_told_of(small_mnist, fresh_process, own_checkpoints):
    job = queued(epochs=2)
    stop = lambda event: isinstance(event, EpochResult) and reporting.stop()  # noqa: E731
    worker.run(jobs.claim(job.pk), observe=stop)
    reporting.allow()
    for path in own_checkpoints.rglob("step-*"):
        path.write_bytes(b"damaged")
    jobs.run(job.pk)
    trouble = job.events.get(kind="checkpoint")
    assert "is damaged or of another training; it was removed" in trouble.message
    assert kinds(job)[-4:] == ["begun", "epoch", "epoch", "succeeded"]


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (jobs.pause, "asked", "Paused by ada: stopping."),
        (jobs.cancel, "asked", "Cancelled by ada: stopping."),
    ],
)
def test_who_asks_a_running_job_to_stop_stands_there_once(act, kind, words, django_user_model):
    job, _ = running()
    for _ in range(2):
        act(job.pk, by=django_user_model(username="ada"))
    assert kinds(job) == ["queued", "claimed", kind]
    assert last(job) == words


def test_pausing_resuming_and_cancelling_a_job_that_waits_stand_there():
    job = queued()
    jobs.pause(job.pk)
    jobs.resume(job.pk)
    jobs.cancel(job.pk)
    jobs.retry(job.pk)
    assert kinds(job) == ["queued", "paused", "resumed", "cancelled", "retried"]


def test_a_button_that_does_nothing_leaves_no_line():
    job = in_state(TrainingJob.State.CANCELLED)
    before = kinds(job)
    assert not jobs.pause(job.pk)
    assert not jobs.resume(job.pk)
    assert kinds(job) == before


def test_a_worker_that_vanished_stands_there_with_what_follows(settings):
    settings.JOB_MOST_ATTEMPTS = 2
    job = queued()
    for _ in range(2):
        jobs.claim(job.pk)
        TrainingJob.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        jobs.sweep()
    assert kinds(job) == ["queued", "claimed", "returned", "claimed", "failed"]
    assert "vanished. That was the time number 2 in a row" in last(job)


def test_what_is_learnt_from_stands_there():
    job, claim = running()
    claim.learns_from(Snapshot.objects.create(count=1204, visitors=37))
    assert last(job) == "Learns from 1,204 accepted drawings of 37 visitors."


def test_an_epoch_told_twice_has_one_line():
    job, claim = running()
    for _ in range(2):
        claim.epoch_over(EpochResult(1, 0.5, 0.8, 0.4, 0.9, 1.5, 1e-3))
    assert last(job) == "Epoch 1: loss 0.5000, on validation 0.4000 and 90.00 % read right."
    assert kinds(job).count("epoch") == 1


def test_a_stale_worker_adds_no_line():
    job, stale = running()
    TrainingJob.objects.update(attempt=7)
    for write in (stale.release, lambda: stale.log("epoch", "stale"), lambda: stale.fail("stale")):
        with pytest.raises(jobs.LostJob):
            write()
    assert kinds(job) == ["queued", "claimed"]


def test_a_change_that_is_rolled_back_leaves_no_line():
    job, claim = running()
    with transaction.atomic():
        claim.fail("bad")
        transaction.set_rollback(True)
    assert kinds(job) == ["queued", "claimed"]


def test_a_version_that_cannot_be_registered_leaves_no_line(monkeypatch):
    job, claim = running()
    monkeypatch.setattr("training.job_log.write", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        claim.succeed(weights_file(3), "good")
    job.refresh_from_db()
    assert (job.state, job.version) == ("running", None)


def test_the_gate_s_verdict_stands_in_the_log_of_the_job_that_made_the_version():
    job, claim = running()
    version, live = claim.succeed(weights_file(3), "good"), new_version(4)
    row = comparisons.request(version, live)
    comparisons.claim(row.pk).finish(Compared([], {}), Verdict(False, "It does not pass.", [], False))
    assert (job.events.last().kind, last(job)) == ("gate", f"Compared with {live}. It does not pass.")


def test_of_a_long_log_the_oldest_lines_go_and_the_numbers_go_on(settings):
    settings.JOB_LOG_MOST = 3
    job, claim = running()
    for number in range(5):
        claim.log(JobEvent.Kind.CHECKPOINT, f"trouble {number}")
    assert [(event.number, event.message) for event in job.events.all()] == [
        (5, "trouble 2"), (6, "trouble 3"), (7, "trouble 4"),
    ]  # fmt: skip
    text = list(job_log.as_text(job))
    assert text[1] == "# 4 earlier lines no longer kept.\n"
    assert len(text) == 5


def test_a_message_too_long_for_its_column_is_cut():
    job, claim = running()
    claim.log(JobEvent.Kind.CHECKPOINT, "x\0" * 600)
    assert last(job) == "x" * 500


def test_a_page_gets_the_newest_lines_and_later_only_what_is_new(monkeypatch):
    monkeypatch.setattr(job_log, "SHOWN", 2)
    job, claim = running()
    claim.log(JobEvent.Kind.CHECKPOINT, "trouble")
    assert [line["number"] for line in job_log.lines(job)] == [2, 3]
    assert [line["message"] for line in job_log.lines(job, after=2)] == ["trouble"]
    assert job_log.lines(job, after=3) == []
