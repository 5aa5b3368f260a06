import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import ModelVersion
from recognizer.network.optimisers import Adam
from recognizer.versions import VersionError
from training import jobs, transitions
from training.fit import EpochResult as EpochFigures
from training.fit import Position
from training.jobs import TRANSITIONS, CancelRequested, JobError, LostJob
from training.models import Snapshot, TrainingJob

from .making import drawn, in_state, new_version, queued, running, visitor, weights_file

pytestmark = pytest.mark.django_db

State = TrainingJob.State
PAIRS = [(before, after) for before in State for after in State]


def state_of(job: TrainingJob) -> str:
    return TrainingJob.objects.values_list("state", flat=True).get(pk=job.pk)


def lose(job: TrainingJob) -> None:
    """Let a job's lease run out."""
    TrainingJob.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def figures(epoch: int = 1, loss: float = 0.5) -> EpochFigures:
    return EpochFigures(epoch, loss, 0.8, 0.4, 0.9, 1.5, 1e-3)


def position(*, epoch: int = 1, batch: int = 0, step: int = 0) -> Position:
    """Where a training stands, without any weights."""
    nothing = np.zeros(0)
    return Position(Adam(nothing, nothing, t=step), epoch=epoch, batch=batch)


class TestStarting:
    def test_a_job_that_is_started_is_queued_and_nobody_has_tried_it(self):
        job = queued(note="first")
        job.refresh_from_db()
        assert (job.state, job.attempt, job.note, job.rung_at) == ("queued", 0, "first", None)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "guess"),
            ("architecture", "resnet-9000"),
            ("epochs", 0),
            ("epochs", 1001),
            ("epochs", 2.5),
            ("batch_size", 0),
            ("batch_size", 4097),
            ("learning_rate", 0.0),
            ("learning_rate", 2.0),
            ("learning_rate", float("nan")),
            ("learning_rate", "fast"),
            ("seed", -1),
            ("seed", 2**32),
            ("mnist_images", 99),
            ("mnist_images", 55_001),
            ("note", "x" * 201),
        ],
    )
    def test_a_value_that_cannot_be_is_refused_with_its_name_and_itself(self, field, value):
        with pytest.raises(JobError) as refused:
            queued(**{field: value})
        assert refused.value.field == field
        assert field in str(refused.value)
        assert str(value)[:40] in str(refused.value)
        assert not TrainingJob.objects.exists()

    @pytest.mark.parametrize("kind", ["retrain", "fine-tune"])
    def test_without_accepted_drawings_only_mnist_can_be_learnt(self, kind):
        drawn(visitor("a"), 3, state="unreviewed")
        drawn(visitor("b"), 3, state="rejected")
        drawn(visitor("c"), None)
        drawn(visitor("d", held_out=True), 3)
        base = new_version(2) if kind == "fine-tune" else None
        with pytest.raises(JobError, match="accept labels"):
            queued(kind=kind, base=base)

    def test_fine_tuning_without_a_base_is_refused(self):
        with pytest.raises(JobError, match="base is missing"):
            queued(kind="fine-tune")

    def test_only_fine_tuning_takes_a_base(self):
        with pytest.raises(JobError, match="only fine-tuning starts from a version"):
            queued(base=new_version())

    def test_fine_tuning_has_the_architecture_of_its_base(self):
        drawn(visitor("a"), 3)
        assert queued(kind="fine-tune", base=new_version(), architecture=None).architecture == "lenet-5x5"

    def test_a_base_that_read_other_images_is_refused(self):
        drawn(visitor("a"), 3)
        base = new_version(preprocessing_version=PREPROCESSING_VERSION + 1)
        with pytest.raises(JobError, match="choose a newer version"):
            queued(kind="fine-tune", base=base)

    def test_a_base_whose_file_is_gone_is_refused(self):
        drawn(visitor("a"), 3)
        base = new_version()
        base.weights.storage.delete(base.weights.name)
        with pytest.raises(JobError, match="cannot be loaded"):
            queued(kind="fine-tune", base=base)

    def test_a_batch_of_fine_tuning_has_room_for_a_new_and_a_replayed_image(self):
        drawn(visitor("a"), 3)
        with pytest.raises(JobError, match="batch_size is 1"):
            queued(kind="fine-tune", base=new_version(), batch_size=1)

    @pytest.mark.parametrize("batch_size", [1, 2, 7])
    def test_a_batch_with_generated_images_has_room_for_each_sort(self, batch_size):
        with pytest.raises(JobError, match=f"batch_size is {batch_size}: with generated images it must be at least 8"):
            queued(architecture="deep", generated_images=1000, batch_size=batch_size)


class TestTransitions:
    @pytest.mark.parametrize(("before", "after"), PAIRS)
    def test_a_state_changes_only_as_the_table_says(self, before, after):
        job = in_state(before)
        allowed = before in TRANSITIONS[after]
        fields = {"lease_expires_at": timezone.now()} if after == State.RUNNING else {}
        fields |= {"version": new_version(5)} if after == State.SUCCEEDED else {}
        moved = transitions.move(job.pk, after, "moved", **fields)
        assert moved == allowed
        assert state_of(job) == (after if allowed else before)

    def test_nothing_follows_success_and_only_a_new_try_another_end(self):
        following = {end: [to for to, sources in TRANSITIONS.items() if end in sources] for end in jobs.ENDED}
        assert following == {State.SUCCEEDED: [], State.FAILED: [State.QUEUED], State.CANCELLED: [State.QUEUED]}

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "succeeded", "lease_expires_at": None},
            {"state": "queued"},
            {"lease_expires_at": None},
        ],
    )
    def test_the_database_refuses_states_that_contradict_themselves(self, changes):
        job, _ = running()
        with pytest.raises(IntegrityError), transaction.atomic():
            TrainingJob.objects.filter(pk=job.pk).update(**changes)


class TestClaiming:
    def test_a_claim_takes_a_lease_and_raises_the_attempt(self):
        job, claim = running()
        assert (job.state, job.attempt, claim.attempt) == (State.RUNNING, 1, 1)
        assert job.lease_expires_at > timezone.now()

    def test_a_job_is_claimed_once(self):
        job, _ = running()
        assert jobs.claim(job.pk) is None

    def test_a_job_that_does_not_exist_is_not_claimed(self):
        assert jobs.claim(4711) is None

    def test_the_oldest_job_is_claimed_first(self):
        first, second = queued(), queued()
        assert [jobs.claim_next().job_id, jobs.claim_next().job_id] == [first.pk, second.pk]
        assert jobs.claim_next() is None

    def test_an_attempt_that_begins_anew_begins_with_empty_figures(self):
        job, claim = running()
        claim.report(epoch=1, batch=3, batches=5, loss=0.3, accuracy=0.9, curve=[[0.6, 0.3, 0.9]])
        claim.epoch_over(figures())
        claim.release()
        assert jobs.claim(job.pk).begins_at(position()) == []
        job.refresh_from_db()
        assert (job.epoch, job.batch, job.loss, job.curve, job.attempt) == (0, 0, None, [], 2)
        assert not job.epoch_results.exists()

    def test_an_attempt_that_goes_on_keeps_the_figures_up_to_there(self):
        job, claim = running()
        curve = [[0.6, 0.5, 0.8], [1.4, 0.3, 0.9], [1.6, 0.2, 0.9]]
        claim.report(epoch=2, batch=3, batches=5, curve=curve)
        for epoch in (1, 2):
            claim.epoch_over(figures(epoch=epoch))
        claim.release()
        assert jobs.claim(job.pk).begins_at(position(epoch=2, batch=2, step=7)) == curve[:2]
        job.refresh_from_db()
        assert (job.epoch, job.curve, job.resumed_step) == (2, curve[:2], 7)
        assert [row.epoch for row in job.epoch_results.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_claim_at_once_one_gets_the_job():
    job = queued()
    together = threading.Barrier(8)

    def claim(_):
        try:
            together.wait(30)
            return jobs.claim(job.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        claims = list(workers.map(claim, range(8)))
    assert [claim.attempt for claim in claims if claim] == [1]


class TestFencing:
    """What a worker may still do that lost its job to another one: nothing."""

    WRITES = {
        "keep": lambda claim: claim.keep(),
        "begins_at": lambda claim: claim.begins_at(position()),
        "kept": lambda claim: claim.kept(position(step=9)),
        "paused": lambda claim: claim.paused(),
        "report": lambda claim: claim.report(epoch=9),
        "epoch_over": lambda claim: claim.epoch_over(figures(loss=9.0)),
        "learns_from": lambda claim: claim.learns_from(Snapshot.objects.create(count=0, visitors=0)),
        "succeed": lambda claim: claim.succeed(weights_file(9), "stale"),
        "fail": lambda claim: claim.fail("stale"),
        "cancelled": lambda claim: claim.cancelled(),
        "release": lambda claim: claim.release(),
        "log": lambda claim: claim.log("checkpoint", "stale"),
        "job": lambda claim: claim.job(),
    }

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_a_stale_attempt_can_write_nothing(self, write):
        job, stale = running()
        lose(job)
        jobs.sweep()
        jobs.claim(job.pk)
        before = TrainingJob.objects.filter(pk=job.pk).values().get(), job.events.count()
        with pytest.raises(LostJob, match="attempt 1"):
            write(stale)
        assert (TrainingJob.objects.filter(pk=job.pk).values().get(), job.events.count()) == before
        assert not job.epoch_results.exists()

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_after_the_end_nothing_is_written(self, write):
        job, claim = running()
        claim.fail("over")
        with pytest.raises(LostJob):
            write(claim)
        assert state_of(job) == State.FAILED

    def test_a_stale_attempt_leaves_neither_version_nor_file(self, tmp_path):
        job, stale = running()
        lose(job)
        jobs.sweep()
        with pytest.raises(LostJob):
            stale.succeed(weights_file(9), "stale")
        assert not ModelVersion.objects.exists()
        assert not [path for path in (tmp_path / "weights").rglob("*") if path.is_file()]


class TestReporting:
    def test_progress_extends_the_lease(self):
        job, claim = running()
        lose(job)
        claim.report(epoch=1, batch=2, batches=5, loss=0.25)
        job.refresh_from_db()
        assert (job.epoch, job.batch, job.loss) == (1, 2, 0.25)
        assert job.lease_expires_at > timezone.now()

    def test_progress_hears_that_the_job_is_to_be_cancelled(self):
        job, claim = running()
        jobs.cancel(job.pk)
        with pytest.raises(CancelRequested):
            claim.report(epoch=1)

    def test_an_epoch_told_twice_is_kept_once(self):
        job, claim = running()
        claim.epoch_over(figures(loss=0.5))
        claim.epoch_over(figures(loss=0.4))
        assert [row.train_loss for row in job.epoch_results.all()] == [0.4]

    def test_a_message_too_long_for_its_column_is_cut(self):
        job, claim = running()
        claim.fail("x\0" * 600, "trace\0back")
        job.refresh_from_db()
        assert (job.message, job.traceback) == ("x" * 500, "traceback")


class TestSucceeding:
    def test_success_makes_one_version_of_the_job(self):
        job, claim = running()
        version = claim.succeed(weights_file(3), "98 % right.")
        job.refresh_from_db()
        assert (job.state, job.version, job.lease_expires_at) == (State.SUCCEEDED, version, None)
        assert job.message == f"Version {version.number}: 98 % right."
        assert job.finished_at is not None

    def test_success_comes_once(self):
        _, claim = running()
        claim.succeed(weights_file(3), "good")
        with pytest.raises(LostJob):
            claim.succeed(weights_file(3), "again")
        assert ModelVersion.objects.count() == 1

    def test_who_cancels_before_the_end_gets_no_version(self):
        job, claim = running()
        jobs.cancel(job.pk)
        with pytest.raises(CancelRequested):
            claim.succeed(weights_file(3), "good")
        assert not ModelVersion.objects.exists()

    def test_weights_that_cannot_be_read_end_in_no_version(self):
        job, claim = running()
        with pytest.raises(VersionError):
            claim.succeed(b"nonsense", "good")
        assert state_of(job) == State.RUNNING


class TestCancelling:
    def test_a_queued_job_is_cancelled_at_once(self):
        job = queued()
        assert jobs.cancel(job.pk) is True
        assert state_of(job) == State.CANCELLED
        assert jobs.claim(job.pk) is None

    def test_a_running_job_is_asked_to_stop(self, django_user_model):
        job, claim = running()
        assert jobs.cancel(job.pk, by=django_user_model(username="ada")) is True
        job.refresh_from_db()
        assert (job.state, job.cancel_requested, job.message) == (State.RUNNING, True, "Cancelled by ada: stopping.")
        claim.cancelled()
        job.refresh_from_db()
        assert (job.state, job.message) == (State.CANCELLED, "Cancelled by ada.")

    def test_a_job_whose_worker_vanished_is_cancelled_at_once(self):
        job, _ = running()
        lose(job)
        assert jobs.cancel(job.pk) is True
        assert state_of(job) == State.CANCELLED

    @pytest.mark.parametrize("ended", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
    def test_a_job_that_has_ended_stays_as_it_is(self, ended):
        job = in_state(ended)
        assert jobs.cancel(job.pk) is False
        assert state_of(job) == ended


class TestPausing:
    @pytest.mark.parametrize("state", [State.QUEUED])
    def test_a_job_that_waits_is_paused_at_once(self, state):
        job = in_state(state)
        assert jobs.pause(job.pk) is True
        assert state_of(job) == State.PAUSED
        assert jobs.claim(job.pk) is None

    def test_a_running_job_is_asked_to_stop_and_lays_itself_aside(self, django_user_model):
        job, claim = running()
        assert jobs.pause(job.pk, by=django_user_model(username="ada")) is True
        with pytest.raises(jobs.PauseRequested):
            claim.report(epoch=3)
        claim.paused()
        job.refresh_from_db()
        assert (job.state, job.message, job.pause_requested) == (State.PAUSED, "Paused by ada.", False)

    def test_a_job_whose_worker_vanished_is_paused_at_once(self):
        job, _ = running()
        lose(job)
        assert jobs.pause(job.pk) is True
        assert state_of(job) == State.PAUSED

    def test_a_job_that_is_given_back_while_it_is_to_be_paused_is_paused(self):
        job, claim = running()
        jobs.pause(job.pk)
        claim.release()
        assert state_of(job) == State.PAUSED

    def test_cancelling_goes_before_pausing(self):
        job, claim = running()
        jobs.pause(job.pk)
        assert jobs.cancel(job.pk) is True
        with pytest.raises(jobs.CancelRequested):
            claim.report(epoch=3)
        claim.paused()
        assert state_of(job) == State.CANCELLED

    @pytest.mark.parametrize("state", [State.PAUSED, State.SUCCEEDED, State.FAILED, State.CANCELLED])
    def test_what_is_paused_or_over_cannot_be_paused(self, state):
        job = in_state(state)
        assert jobs.pause(job.pk) is False
        assert state_of(job) == state

    def test_a_paused_job_is_cancelled_at_once(self):
        job = in_state(State.PAUSED)
        assert jobs.cancel(job.pk) is True
        assert state_of(job) == State.CANCELLED

    def test_a_resumed_job_waits_for_a_worker_and_is_rung_for(self):
        job = in_state(State.PAUSED)
        assert jobs.resume(job.pk) is True
        assert state_of(job) == State.QUEUED
        assert jobs.sweep() == [job.pk]

    @pytest.mark.parametrize("state", [s for s in State if s != State.PAUSED])
    def test_only_a_paused_job_is_resumed(self, state):
        job = in_state(state)
        assert jobs.resume(job.pk) is False
        assert state_of(job) == state


def test_what_the_attempts_took_is_added_up_without_the_time_in_between():
    job, claim = running()
    for _ in range(2):
        TrainingJob.objects.update(started_at=timezone.now() - timedelta(seconds=10))
        claim.release()
        job.refresh_from_db()
        TrainingJob.objects.update(started_at=timezone.now() - timedelta(hours=1))
        claim = jobs.claim(job.pk)
    jobs.pause(job.pk)
    claim.paused()
    jobs.cancel(job.pk)
    job.refresh_from_db()
    assert timedelta(seconds=20) <= job.worked < timedelta(minutes=5)


class TestRetrying:
    @pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
    def test_a_job_without_a_version_is_queued_again(self, state, django_user_model):
        job = in_state(state)
        assert jobs.retry(job.pk, by=django_user_model(username="ada")) is True
        job.refresh_from_db()
        assert (job.state, job.finished_at, job.traceback, job.cancel_requested) == (State.QUEUED, None, "", False)
        assert job.message == "Tried again by ada; the job waits for a worker."
        assert jobs.claim(job.pk).attempt == 2

    @pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.PAUSED, State.SUCCEEDED])
    def test_any_other_job_is_left_alone(self, state):
        job = in_state(state)
        assert jobs.retry(job.pk) is False
        assert state_of(job) == state


class TestReleasing:
    def test_a_released_job_waits_for_another_worker_and_is_rung_for(self):
        job, claim = running()
        jobs.rung(job.pk)
        claim.release()
        assert state_of(job) == State.QUEUED
        assert jobs.sweep() == [job.pk]
        job.refresh_from_db()
        assert job.times_lost == 0

    def test_a_job_that_is_to_be_cancelled_does_not_return_to_the_queue(self):
        job, claim = running()
        jobs.cancel(job.pk)
        claim.release()
        assert state_of(job) == State.CANCELLED


class TestSweeping:
    def test_a_job_with_a_lease_is_left_alone(self):
        job, _ = running()
        assert jobs.sweep() == []
        assert state_of(job) == State.RUNNING

    def test_a_job_that_lost_its_worker_is_queued_and_rung_for(self):
        job, _ = running()
        lose(job)
        assert jobs.sweep() == [job.pk]
        assert state_of(job) == State.QUEUED

    def test_a_job_that_loses_its_worker_too_often_fails_in_words(self, settings):
        settings.JOB_MOST_ATTEMPTS = 3
        job = queued()
        for _ in range(3):
            assert jobs.claim(job.pk) is not None
            lose(job)
            jobs.sweep()
        job.refresh_from_db()
        assert job.state == State.FAILED
        assert "vanished. That was the time number 3 in a row" in job.message

    def test_a_job_that_comes_further_may_lose_its_worker_as_often_as_it_likes(self, settings):
        settings.JOB_MOST_ATTEMPTS = 2
        job = queued()
        for step in (5, 10, 15):
            jobs.claim(job.pk).kept(position(step=step))
            lose(job)
            jobs.sweep()
            assert state_of(job) == State.QUEUED

    def test_a_checkpoint_of_the_same_step_again_is_no_progress(self, settings):
        settings.JOB_MOST_ATTEMPTS = 2
        job = queued()
        for state in (State.QUEUED, State.FAILED):
            jobs.claim(job.pk).kept(position(step=5))
            lose(job)
            jobs.sweep()
            assert state_of(job) == state

    def test_a_job_that_begins_anew_comes_further_with_its_first_checkpoint(self, settings):
        settings.JOB_MOST_ATTEMPTS = 2
        job, claim = running()
        claim.kept(position(step=5000))
        for _ in range(3):
            lose(job)
            jobs.sweep()
            claim = jobs.claim(job.pk)  # whose checkpoints are gone
            claim.begins_at(position())
            claim.kept(position(step=10))
        job.refresh_from_db()
        assert (job.state, job.times_lost) == (State.RUNNING, 0)

    def test_a_job_to_be_paused_that_lost_its_worker_is_paused(self):
        job, _ = running()
        jobs.pause(job.pk)
        lose(job)
        jobs.sweep()
        assert state_of(job) == State.PAUSED

    def test_a_job_whose_process_is_dead_does_not_wait_for_its_lease(self, monkeypatch):
        job, _ = running()
        monkeypatch.setattr(jobs.machine_processes, "is_dead", lambda name: name == job.worker_process != "")
        assert jobs.sweep() == [job.pk]
        assert state_of(job) == State.QUEUED

    def test_a_job_whose_process_lives_is_left_alone(self):
        job, _ = running()
        assert job.worker_process
        assert jobs.sweep() == []

    def test_a_job_to_be_cancelled_that_lost_its_worker_is_cancelled(self):
        job, _ = running()
        jobs.cancel(job.pk)
        lose(job)
        jobs.sweep()
        assert state_of(job) == State.CANCELLED

    def test_what_was_never_rung_for_comes_in_the_order_of_the_queue(self):
        waiting = [queued().pk for _ in range(3)]
        assert jobs.sweep() == waiting

    def test_a_job_rung_for_just_now_is_not_rung_for_again(self):
        jobs.rung(queued().pk)
        assert jobs.sweep() == []

    def test_of_many_that_wait_for_long_only_the_oldest_are_rung_for_again(self):
        waiting = [queued().pk for _ in range(jobs.MOST_RUNG_AGAIN + 2)]
        TrainingJob.objects.update(rung_at=timezone.now() - timedelta(hours=1))
        assert jobs.sweep() == waiting[: jobs.MOST_RUNG_AGAIN]
        for job_id in waiting[: jobs.MOST_RUNG_AGAIN]:
            jobs.rung(job_id)
        assert jobs.sweep() == []  # the younger ones are not rung for in their place


class TestInterruptions:
    def test_a_job_is_given_back_with_what_interrupted_it(self):
        job, claim = running()
        claim.interrupted("The database went away.")
        job.refresh_from_db()
        assert (job.state, job.times_lost) == (State.QUEUED, 1)
        assert job.message == "The database went away. The job waits for a worker."

    def test_after_too_many_without_progress_it_fails(self, settings):
        settings.JOB_MOST_ATTEMPTS = 2
        job, claim = running()
        claim.interrupted("The database went away.")
        jobs.claim(job.pk).interrupted("The database went away.")
        job.refresh_from_db()
        assert job.state == State.FAILED
        assert job.message.startswith("The database went away. That was the time number 2 in a row, in attempt 2")

    def test_one_that_is_to_be_cancelled_is(self):
        job, claim = running()
        jobs.cancel(job.pk)
        claim.interrupted("The database went away.")
        assert state_of(job) == State.CANCELLED


def test_a_job_that_is_not_queued_cannot_be_run():
    with pytest.raises(JobError, match="not queued"):
        jobs.run(in_state(State.CANCELLED).pk)
