import threading

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from training import jobs, reporting
from training.fit import BatchResult
from training.reporting import Heartbeat, Reporter, Stopped

from .making import running

State = jobs.State


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Idle:
    """A heartbeat that has nothing to tell."""

    lost = False


def batch(number: int, *, epoch: int = 1, loss: float = 0.5, batches: int = 10) -> BatchResult:
    return BatchResult(epoch, 2, number, batches, loss, 0.75, 1000.0, 1e-3)


@pytest.fixture(autouse=True)
def nobody_stops():
    reporting.allow()
    yield
    reporting.allow()


@pytest.mark.django_db
class TestReporter:
    def test_it_writes_at_once_and_then_not_before_the_time_has_come(self, settings):
        settings.JOB_PROGRESS_SECONDS = 3600.0
        job, claim = running()
        reporter = Reporter(claim, Idle())
        reporter.batch(batch(1))
        reporter.batch(batch(2))
        job.refresh_from_db()
        assert job.batch == 1

    def test_a_point_of_the_curve_is_the_mean_loss_since_the_last_one(self, settings):
        settings.JOB_PROGRESS_SECONDS = 3600.0
        job, claim = running()
        reporter = Reporter(claim, Idle())
        reporter.batch(batch(1, loss=2.0))
        for number, loss in ((2, 0.4), (3, 0.6)):
            reporter.batch(batch(number, loss=loss))
        settings.JOB_PROGRESS_SECONDS = 0.0
        reporter.batch(batch(4, loss=0.8))
        job.refresh_from_db()
        assert job.curve == [[0.1, 2.0, 0.75], [0.4, 0.6, 0.75]]
        assert job.loss == pytest.approx(0.6)

    def test_the_curve_is_thinned_and_keeps_its_ends(self, settings, monkeypatch):
        settings.JOB_PROGRESS_SECONDS = 0.0
        monkeypatch.setattr(reporting, "MOST_POINTS", 10)
        job, claim = running()
        reporter = Reporter(claim, Idle())
        count = 35
        for number in range(1, count + 1):
            reporter.batch(batch(number, batches=count))
        job.refresh_from_db()
        assert 5 <= len(job.curve) <= 10
        assert (job.curve[0][0], job.curve[-1][0]) == (round(1 / count, 4), 1.0)

    def test_the_remaining_time_follows_from_the_share_that_is_done(self, settings, monkeypatch):
        settings.JOB_PROGRESS_SECONDS = 0.0
        clock = iter([0.0, *[30.0] * 10])
        monkeypatch.setattr(reporting.time, "monotonic", lambda: next(clock))
        job, claim = running()
        reporter = Reporter(claim, Idle())
        reporter.began = 10.0
        reporter.batch(batch(5))  # a quarter of two epochs, in 20 seconds
        job.refresh_from_db()
        assert job.remaining_seconds == pytest.approx(60.0)

    def test_a_process_that_is_to_end_stops_even_before_the_next_write_is_due(self, settings):
        settings.JOB_PROGRESS_SECONDS = 3600.0
        _, claim = running()
        reporter = Reporter(claim, Idle())
        reporter.step("Reading.")
        reporting.stop()
        with pytest.raises(Stopped):
            reporter.step("Reading.")

    def test_progress_is_written_once_a_second_at_most_and_wishes_are_read_twice(self, monkeypatch):
        clock = Clock()
        monkeypatch.setattr(reporting.time, "monotonic", clock)
        _, claim = running()
        reporter = Reporter(claim, Idle())
        with CaptureQueriesContext(connection) as asked:
            for number in range(1, 81):  # ten seconds
                reporter.batch(batch(number, batches=80))
                clock.now += 0.125
        writes = [query for query in asked if query["sql"].startswith("UPDATE")]
        assert (len(writes), len(asked)) == (10, 20)

    @pytest.mark.parametrize(("ask", "heard"), [(jobs.cancel, jobs.CancelRequested), (jobs.pause, jobs.PauseRequested)])
    def test_a_wish_is_heard_half_a_second_after_a_write(self, monkeypatch, ask, heard):
        clock = Clock()
        monkeypatch.setattr(reporting.time, "monotonic", clock)
        job, claim = running()
        reporter = Reporter(claim, Idle())
        reporter.look()
        ask(job.pk)
        clock.now += 0.4
        reporter.look()
        clock.now += 0.2
        with pytest.raises(heard):
            reporter.look()

    def test_a_job_that_is_lost_is_noticed_by_a_look_that_only_reads(self, settings):
        settings.JOB_PROGRESS_SECONDS, settings.JOB_HEAR_SECONDS = 3600.0, 0.0
        _, claim = running()
        reporter = Reporter(claim, Idle())
        reporter.look()
        claim.fail("taken away")
        with pytest.raises(jobs.LostJob):
            reporter.look()

    def test_a_lost_lease_stops_even_before_the_next_write_is_due(self, settings):
        settings.JOB_PROGRESS_SECONDS = 3600.0
        _, claim = running()
        heartbeat = Idle()
        reporter = Reporter(claim, heartbeat)
        reporter.step("Reading.")
        claim.fail("taken away")
        heartbeat.lost = True
        with pytest.raises(jobs.LostJob):
            reporter.step("Reading.")


@pytest.mark.django_db(transaction=True)
class TestWithADatabaseThatFails:
    def test_a_training_goes_on_when_its_progress_cannot_be_written(self, settings, monkeypatch):
        settings.JOB_PROGRESS_SECONDS = 0.0
        job, claim = running()
        reporter = Reporter(claim, Idle())
        with monkeypatch.context() as patch:
            patch.setattr(jobs.Claim, "report", raising(OperationalError("restarting")))
            reporter.batch(batch(1))
        reporter.batch(batch(2))
        job.refresh_from_db()
        assert job.batch == 2

    def test_a_heartbeat_survives_an_error_and_extends_the_lease_afterwards(self, settings, monkeypatch):
        settings.JOB_HEARTBEAT_SECONDS = 0.001
        job, claim = running()
        before, extended, calls = job.lease_expires_at, threading.Event(), []
        keep = jobs.Claim.keep

        def fail_once(self):
            calls.append(self)
            if len(calls) == 1:
                raise OperationalError("restarting")
            keep(self)
            extended.set()

        monkeypatch.setattr(jobs.Claim, "keep", fail_once)
        with Heartbeat(claim):
            assert extended.wait(30)
        job.refresh_from_db()
        assert job.lease_expires_at > before

    def test_a_heartbeat_tells_when_the_job_is_lost_and_ends(self, settings):
        settings.JOB_HEARTBEAT_SECONDS = 0.001
        _, claim = running()
        claim.fail("taken away")
        heartbeat = Heartbeat(claim)
        heartbeat.start()
        heartbeat.join(30)
        assert heartbeat.lost
        assert not heartbeat.is_alive()


def raising(error: Exception):
    def fail(*args, **fields):
        raise error

    return fail
