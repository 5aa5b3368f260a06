"""When queued jobs will start, as far as that can be said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import admin_rows as rows
from training import waiting_times
from training.models import TrainingJob

pytestmark = pytest.mark.django_db


def finished(*, seconds: float, seed: int = 5, **fields) -> TrainingJob:
    at = {"finished_at": timezone.now(), "started_at": timezone.now(), "worked": timedelta(seconds=seconds)}
    return rows.job(state="succeeded", version=rows.version(seed), **at, **fields)


def at_work(**fields) -> TrainingJob:
    return rows.job(state="running", lease_expires_at=timezone.now(), **fields)


def words(waiting: list[TrainingJob], *at: TrainingJob) -> list[str]:
    found = waiting_times.starts(at, waiting)
    return [found[job.pk].words for job in waiting]


def test_the_next_job_starts_when_the_running_one_ends_and_the_others_after_what_such_jobs_take():
    finished(seconds=60, epochs=3)
    waiting = [rows.job(epochs=6), rows.job(epochs=1), rows.job(epochs=1)]
    found = waiting_times.starts([at_work(remaining_seconds=30.0)], waiting)
    assert [found[job.pk].seconds for job in waiting] == [30.0, 150.0, 170.0]


def test_two_running_jobs_take_the_next_ones_in_turn():
    finished(seconds=30, epochs=3)
    waiting = [rows.job(epochs=1), rows.job(epochs=1), rows.job(epochs=1)]
    found = waiting_times.starts([at_work(remaining_seconds=5.0), at_work(remaining_seconds=12.0)], waiting)
    assert [found[job.pk].seconds for job in waiting] == [5.0, 12.0, 15.0]


def test_a_job_that_is_half_done_takes_half_as_long():
    finished(seconds=60, epochs=3)
    half = rows.job(epochs=2, epoch=2, batch=0, batches=10)
    found = waiting_times.starts([at_work(remaining_seconds=0.0)], [half, after := rows.job()])
    assert found[after.pk].seconds == 20.0


def test_behind_a_job_of_which_no_like_was_finished_nothing_is_said():
    waiting = [rows.job(), rows.job()]
    assert words(waiting, at_work(remaining_seconds=30.0)) == [
        "in about 30 s",
        f"not to be said: no job like job {waiting[0].pk} was finished here yet",
    ]


def test_without_a_pace_of_the_running_job_nothing_is_said():
    job = at_work()
    assert words([rows.job()], job) == [f"not to be said yet: job {job.pk} has no pace so far"]


def test_a_job_that_only_measures_by_now_takes_moments():
    assert words([rows.job()], at_work(epoch=3, epochs=3, batch=10, batches=10)) == ["in about 0 s"]


def test_while_nothing_runs_the_first_starts_with_the_next_free_worker():
    waiting = [rows.job(), rows.job()]
    assert words(waiting) == ["as soon as a worker is free", f"after job {waiting[0].pk}"]


def test_it_asks_once_for_any_number_of_jobs(django_assert_num_queries):
    waiting = [rows.job() for _ in range(20)]
    running = at_work(remaining_seconds=3.0)
    with django_assert_num_queries(1):
        waiting_times.starts([running], waiting)
