"""A training starts by itself after enough labels or once a night, and never twice for one occasion."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from recognizer import versions
from recognizer.models import Label
from training import jobs, schedule, tasks
from training.models import ScheduledStart, Snapshot, TrainingJob

from .making import drawn, new_version, visitor, weights_file

pytestmark = pytest.mark.django_db

AT_NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
AT_ONCE = 5


@pytest.fixture(autouse=True)
def live(settings, tmp_path):
    settings.SHIPPED_WEIGHTS_DIR = tmp_path
    version = new_version(1)
    versions.promote(version)
    return version


@pytest.fixture
def ann():
    return visitor("ann")


@pytest.fixture
def after_three(settings):
    settings.RETRAIN_AFTER_LABELS = 3


@pytest.fixture
def nightly(settings):
    settings.RETRAIN_NIGHTLY_AT = time(3, 0)


def accept(by, count: int) -> None:
    for seed in range(count):
        drawn(by, seed % 10, seed=seed)


def fail(job: TrainingJob) -> None:
    jobs.claim(job.pk).fail("bad")


def succeed(job: TrainingJob, *, seed: int = 9) -> None:
    claim = jobs.claim(job.pk)
    claim.learns_from(Snapshot.objects.create(count=0, visitors=0, sha256="0" * 64))
    claim.succeed(weights_file(seed), "good")


def test_nothing_is_scheduled_by_default(ann, django_assert_num_queries):
    accept(ann, 3)
    with django_assert_num_queries(0):
        assert schedule.start_due() is None
        assert schedule.overview() == {"is_on": False}


class TestAfterLabels:
    def test_one_label_too_few_starts_nothing(self, ann, after_three):
        accept(ann, 2)
        assert schedule.start_due() is None

    def test_enough_labels_start_a_fine_tuning_of_the_live_version(self, ann, after_three, live):
        accept(ann, 3)
        job = schedule.start_due()
        assert (job.kind, job.base, job.architecture, job.state) == ("fine-tune", live, live.architecture, "queued")
        assert job.note == "Scheduled: 3 newly accepted labels."
        assert (job.epochs, job.learning_rate) == (3, 3e-4)

    def test_the_kind_and_the_epochs_are_settings(self, ann, after_three, settings):
        settings.RETRAIN_KIND, settings.RETRAIN_EPOCHS = "retrain", 7
        accept(ann, 3)
        job = schedule.start_due()
        assert (job.kind, job.base, job.epochs) == ("retrain", None, 7)

    def test_labels_that_may_not_train_do_not_count(self, ann, after_three):
        accept(ann, 2)
        drawn(ann, 4, state=Label.State.UNREVIEWED, seed=5)
        drawn(ann, 4, state=Label.State.REJECTED, seed=6)
        drawn(visitor("held out", held_out=True), 4, seed=7)
        assert schedule.start_due() is None

    def test_nothing_else_starts_while_it_is_unfinished(self, ann, after_three):
        accept(ann, 3)
        schedule.start_due()
        accept(visitor("bob"), 3)
        assert schedule.start_due() is None

    def test_labels_that_were_learnt_do_not_count_again(self, ann, after_three):
        accept(ann, 3)
        succeed(schedule.start_due())
        accept(visitor("bob"), 2)
        assert schedule.start_due() is None
        accept(visitor("cid"), 1)
        assert schedule.start_due() is not None

    def test_labels_that_a_job_of_a_person_learnt_do_not_count(self, ann, after_three, live):
        accept(ann, 3)
        succeed(jobs.start(kind="fine-tune", architecture=None, base=live, epochs=1, learning_rate=1e-3))
        assert schedule.start_due() is None

    def test_a_failed_training_is_not_started_again_for_the_same_labels(self, ann, after_three):
        accept(ann, 3)
        fail(schedule.start_due())
        assert schedule.start_due() is None
        accept(visitor("bob"), 3)
        assert schedule.start_due() is not None

    def test_what_cannot_be_started_is_said_and_not_tried_each_minute(self, ann, after_three, live):
        accept(ann, 3)
        live.weights.storage.delete(live.weights.name)
        assert schedule.start_due() is None
        assert schedule.start_due() is None
        start = ScheduledStart.objects.get()
        assert (start.job, "cannot be loaded" in start.problem) == (None, True)


class TestNightly:
    def test_a_night_starts_one_job(self, ann, nightly):
        accept(ann, 1)
        job = schedule.start_due(now=AT_NOON)
        assert job.note == "Scheduled: the night of 26 November 2026."
        fail(job)
        assert schedule.start_due(now=AT_NOON + timedelta(hours=14)) is None
        assert schedule.start_due(now=AT_NOON + timedelta(hours=15)) is not None

    def test_nights_that_were_missed_start_one_job(self, ann, nightly):
        accept(ann, 1)
        fail(schedule.start_due(now=AT_NOON))
        later = AT_NOON + timedelta(days=6)
        fail(schedule.start_due(now=later))
        assert schedule.start_due(now=later) is None
        assert list(ScheduledStart.objects.values_list("key", flat=True)) == [
            "nightly:2026-12-02",
            "nightly:2026-11-26",
        ]

    def test_a_night_without_anything_to_learn_from_is_passed_over_in_words(self, nightly):
        assert schedule.start_due(now=AT_NOON) is None
        assert "no accepted drawings" in ScheduledStart.objects.get().problem

    def test_the_clock_is_the_one_of_the_sites_time_zone(self, nightly):
        with timezone.override(ZoneInfo("Asia/Tokyo")):
            assert schedule.last_night(AT_NOON).astimezone(UTC) == datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
            assert schedule.next_night(AT_NOON).astimezone(UTC) == datetime(2026, 11, 26, 18, 0, tzinfo=UTC)

    def test_a_night_that_begins_now_has_begun(self, nightly):
        at_three = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
        assert schedule.last_night(at_three) == at_three
        assert schedule.next_night(at_three) == at_three + timedelta(days=1)


class TestTwice:
    def test_a_tick_that_is_delivered_five_times_starts_one_job(self, ann, after_three, nightly, monkeypatch):
        rung = []
        monkeypatch.setattr(tasks, "ring", rung.append)
        accept(ann, 3)
        for _ in range(AT_ONCE):
            tasks.start_scheduled()
        assert rung == [TrainingJob.objects.get().pk]

    @pytest.mark.django_db(transaction=True)
    def test_ticks_at_the_same_moment_start_one_job(self, ann, after_three, nightly):
        accept(ann, 3)
        together = threading.Barrier(AT_ONCE)

        def tick(_: int) -> TrainingJob | None:
            try:
                together.wait(30)
                return schedule.start_due()
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            started = list(pool.map(tick, range(AT_ONCE)))
        assert sum(job is not None for job in started) == 1
        assert TrainingJob.objects.count() == ScheduledStart.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_two_different_occasions_at_the_same_moment_start_one_job(self, ann, after_three, monkeypatch):
        """Each of two ticks sees an occasion that the other does not, before either has written anything."""
        accept(ann, 3)
        together = threading.Barrier(2)
        occasions = iter(["labels:a", "nightly:b"])

        def due(now):
            if connection.vendor != "sqlite":  # there, who looks holds the only lock to write
                together.wait(30)
            yield schedule.Occasion(next(occasions), "why")

        monkeypatch.setattr(schedule, "_due", due)

        def tick(_: int) -> TrainingJob | None:
            try:
                return schedule.start_due()
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            started = list(pool.map(tick, range(2)))
        assert sum(job is not None for job in started) == 1


class TestOverview:
    def test_it_says_how_many_labels_are_missing_and_when_the_next_night_is(self, ann, after_three, nightly):
        accept(ann, 1)
        shown = schedule.overview(AT_NOON)
        assert shown["labels"] == {"new": 1, "wanted": 3, "left": 2, "share": "0.333"}
        assert shown["next_night"] == datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
        assert (shown["unfinished"], shown["last"]) == (None, None)

    def test_it_names_the_job_that_must_end_first(self, ann, after_three):
        accept(ann, 3)
        job = schedule.start_due()
        shown = schedule.overview()
        assert (shown["unfinished"], shown["last"].job) == (job, job)
