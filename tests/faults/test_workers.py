"""Workers and their processes killed, stopped, deployed over and told the same thing five times."""

import os
import signal
import time

import pytest
from django.utils import timezone

from tests.training.making import queued
from tests.training.processes import wait_until
from training import jobs, tasks
from training.models import TrainingJob

from .site import (
    ASKED,
    kill,
    killed_somewhere,
    now,
    parameters_of,
    process_of,
    start,
    trained,
    wait_for_attempt,
    wait_for_learning,
    wait_for_state,
)

pytestmark = pytest.mark.django_db(transaction=True)

RESUMED_WITHIN_SECONDS = 15.0
GONE_WITHIN_SECONDS = 35.0
HEARD_WITHIN_SECONDS = 2.0


def uninterrupted() -> str:
    """The weights of the job in peace."""
    return parameters_of(jobs.run(queued(**ASKED).pk))


def test_a_training_process_killed_at_random_moments_goes_on_to_the_same_weights(site, kills, moments):
    expected = uninterrupted()
    waits, resumed_at, jobs_before = [], [], TrainingJob.objects.count()
    with site.broker(), site.whole_worker():
        for _ in range(kills):
            job = killed_somewhere(moments, lambda job: kill(process_of(job)))
            waits.append(wait_for_attempt(job, 2))
            wait_for_state(job, "succeeded", "failed")
            assert (job.state, parameters_of(job)) == ("succeeded", expected)
            resumed_at.append(job.resumed_step)
    print(f"{kills} kills: running again after {min(waits):.1f} to {max(waits):.1f} s, from steps {sorted(resumed_at)}")
    assert max(waits) < RESUMED_WITHIN_SECONDS
    assert any(resumed_at)
    assert trained() == TrainingJob.objects.count() - jobs_before + 1


def test_a_worker_deployed_over_hands_its_job_on_and_repeats_no_more_than_a_checkpoint(site):
    expected = uninterrupted()
    with site.broker():
        with site.worker() as first:
            job = start()
            wait_for_learning(job, epoch=5)
            seen = now(job)
            step_seen = (seen.epoch - 1) * seen.batches + seen.batch
            began = time.monotonic()
            assert first.terminate() == 0
            gone_after = time.monotonic() - began
        assert (now(job).state, job.times_lost) == ("queued", 0)
        with site.worker():
            wait_for_state(job, "succeeded")
    print(f"the worker was gone after {gone_after:.1f} s; seen at step {step_seen}, taken up at {job.resumed_step}")
    assert gone_after < GONE_WITHIN_SECONDS
    assert job.resumed_step >= step_seen
    assert parameters_of(job) == expected


def test_the_same_message_five_times_and_two_workers_make_one_training(site):
    with site.broker(), site.worker("-n", "one@%h"), site.worker("-n", "two@%h"):
        job = queued(**ASKED)
        assert all(tasks.ring(job.pk) for _ in range(5))
        wait_for_state(job, "succeeded")
        following = start(epochs=1)  # behind all five of them in the queue
        wait_for_state(following, "succeeded")
    assert (now(job).attempt, trained()) == (1, 2)


def test_a_worker_that_slept_past_its_lease_may_write_nothing_when_it_wakes(site):
    expected = uninterrupted()
    short = {"JOB_LEASE_SECONDS": 2, "JOB_HEARTBEAT_SECONDS": 0.5, "IDLE_TRANSACTION_SECONDS": 3}
    with site.broker(), site.worker("-n", "sleeper@%h", **short) as sleeper:
        job = start()
        wait_for_learning(job)
        asleep = process_of(job)
        os.kill(asleep, signal.SIGSTOP)
        try:
            # With beat, which sees the lease run out. The one that sleeps may not take the job a second time.
            with site.whole_worker(**short) as other:
                wait_for_attempt(job, 2)
                assert process_of(job) != asleep
                os.kill(asleep, signal.SIGCONT)
                wait_until(lambda: sleeper.says(f"attempt 1 at job {job.pk} is over"), "the first one sees it")
                wait_for_state(job, "succeeded")
                assert not other.says("is over: the job is not this worker's")
        finally:
            os.kill(asleep, signal.SIGCONT) if os.path.exists(f"/proc/{asleep}") else None
    assert (job.attempt, parameters_of(job)) == (2, expected)
    assert trained() == 2


@pytest.mark.parametrize(("ask", "state"), [(jobs.cancel, "cancelled"), (jobs.pause, "paused")])
def test_a_running_job_hears_within_two_seconds(site, ask, state):
    with site.broker(), site.worker():
        job = start(epochs=1000)
        wait_for_learning(job)
        asked_at = time.monotonic()
        assert ask(job.pk) is True
        wait_for_state(job, state)
        heard_after = time.monotonic() - asked_at
        print(f"{state} after {heard_after:.2f} s")
        assert heard_after < HEARD_WITHIN_SECONDS
        following = start(epochs=1)
        wait_for_state(following, "succeeded")


@pytest.mark.parametrize(("ask", "state"), [(jobs.cancel, "cancelled"), (jobs.pause, "paused")])
def test_a_queued_job_hears_at_once_without_any_worker_or_broker(site, ask, state):
    job = start()
    assert ask(job.pk) is True
    assert now(job).state == state


def test_a_paused_job_ends_in_the_weights_of_one_in_peace(site):
    expected = uninterrupted()
    with site.broker(), site.worker():
        job = start()
        wait_for_learning(job, epoch=3)
        jobs.pause(job.pk)
        wait_for_state(job, "paused")
        other = start(epochs=1)
        wait_for_state(other, "succeeded")  # a paused job holds nobody up
        jobs.resume(job.pk)
        tasks.ring(job.pk)
        wait_for_state(job, "succeeded")
    assert parameters_of(job) == expected


def test_a_job_that_crashes_at_once_three_times_fails_and_others_go_on(site):
    with site.broker(), site.whole_worker(CHECKPOINT_SECONDS=3600):
        job, other = start(epochs=1000), start(epochs=2)
        for attempt in (1, 2, 3):
            wait_for_attempt(job, attempt)
            kill(process_of(job))
        wait_for_state(job, "failed")
        wait_for_state(other, "succeeded")
    assert (job.attempt, job.finished_at < timezone.now()) == (3, True)
    assert "Its worker vanished. That was the time number 3 in a row" in job.message
    assert TrainingJob.objects.unfinished().count() == 0
