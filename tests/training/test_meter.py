"""The forgetting meter: what it reads, when, and that the training does not know of it."""

import numpy as np
import pytest

from recognizer.models import Label
from training import jobs, meter, meter_words, reporting, worker
from training.fit import BatchResult, EpochResult
from training.models import MeterReading, TrainingJob

from .generated import seven_segment_digits
from .making import drawn, new_version, queued, running, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_mnist", "fresh_process")]


@pytest.fixture
def drawings():
    for seed in range(6):
        drawn(visitor(f"learnt {seed}"), seed, seed=seed)
    for seed in range(4):
        drawn(visitor(f"held out {seed}", held_out=True), seed, seed=10 + seed)
    drawn(visitor("unreviewed", held_out=True), 3, seed=20, state=Label.State.UNREVIEWED)


def fine_tuning(**changes) -> TrainingJob:
    return queued(**{"kind": "fine-tune", "base": new_version(), "batch_size": 4, "learning_rate": 1e-3} | changes)


def read(job: TrainingJob) -> list[tuple[int, str, int]]:
    return list(job.meter_readings.values_list("epoch", "curve", "n"))


def parameters(job: TrainingJob) -> str:
    return job.version.provenance["parameters_sha256"]


def test_a_fine_tuning_is_read_before_it_begins_and_after_each_epoch(drawings):
    job = jobs.run(fine_tuning(epochs=2).pk)
    assert read(job) == [(epoch, curve, n) for epoch in (0, 1, 2) for curve, n in [("drawings", 6), ("held-out", 4), ("mnist", 50)]]  # noqa: E501  # fmt: skip


def test_a_retraining_has_nothing_to_forget_before_it_begins(drawings):
    job = jobs.run(queued(kind="retrain").pk)
    assert {epoch for epoch, _, _ in read(job)} == {1}


def test_a_training_from_scratch_is_not_read(drawings):
    assert read(jobs.run(queued().pk)) == []


def test_the_curve_of_mnist_is_that_of_validation(drawings):
    job = jobs.run(fine_tuning(epochs=2).pk)
    for result in job.epoch_results.all():
        reading = job.meter_readings.get(epoch=result.epoch, curve="mnist")
        assert reading.correct / reading.n == pytest.approx(result.validation_accuracy)


def test_before_the_training_it_reads_the_base_and_at_the_end_the_weights_of_the_version(drawings):
    base = new_version(5)
    job = jobs.run(fine_tuning(base=base, epochs=1).pk)
    from recognizer import versions
    from training import recipes, sources

    images = recipes.split(sources.require_mnist().train, None)[1]
    for epoch, version in ((0, base), (1, job.version)):
        right = (versions.load(version).network.probabilities(images.images).argmax(axis=1) == images.labels).sum()
        assert job.meter_readings.get(epoch=epoch, curve="mnist").correct == right


def test_the_weights_are_the_same_without_it(drawings, settings):
    base = new_version()
    with_it = jobs.run(fine_tuning(base=base, epochs=2).pk)
    settings.METER_IMAGES = 0
    without = jobs.run(fine_tuning(base=base, epochs=2).pk)
    assert read(with_it)
    assert not read(without)
    assert parameters(with_it) == parameters(without)


def test_samples_are_bounded_spread_over_all_and_the_same_each_time(settings):
    settings.METER_IMAGES = 10
    images = seven_segment_digits(95, seed=1)
    sample = meter.spread(images)
    assert len(sample) == 10
    np.testing.assert_array_equal(sample.images[[0, -1]], images.images[[0, -1]])
    np.testing.assert_array_equal(sample.images, meter.spread(images).images)
    assert len(meter.spread(images[:7])) == 7


def test_only_accepted_digits_of_held_out_visitors_are_read_and_no_more_than_wanted(drawings, settings):
    assert meter.held_out().labels.tolist() == [0, 1, 2, 3]
    settings.METER_IMAGES = 2
    assert meter.held_out().labels.tolist() == [0, 2]


def test_without_held_out_visitors_the_other_curves_are_there():
    drawn(visitor("learnt"), 3)
    job = jobs.run(fine_tuning().pk)
    assert {curve for _, curve, _ in read(job)} == {"drawings", "mnist"}


def test_a_later_attempt_takes_the_place_of_what_was_read_before(drawings):
    job = fine_tuning(epochs=2)
    stop_in_second = lambda event: isinstance(event, BatchResult) and event.epoch == 2 and reporting.stop()  # noqa: E731
    assert worker.run(jobs.claim(job.pk), observe=stop_in_second) == "queued"
    first = read(job)
    reporting.allow()
    jobs.run(job.pk)
    assert read(job)[: len(first)] == first
    assert {epoch for epoch, _, _ in read(job)} == {0, 1, 2}


def test_a_worker_that_lost_its_job_writes_no_reading():
    job, claim = running()
    TrainingJob.objects.filter(pk=job.pk).update(attempt=7)
    with pytest.raises(jobs.LostJob):
        meter.note(claim, 1, {"mnist": (4, 5)})
    assert not MeterReading.objects.exists()


def test_cancelling_takes_effect_while_it_reads(drawings, settings):
    settings.JOB_PROGRESS_SECONDS = 0.0
    job, seen = fine_tuning(), []

    def observe(event):
        seen.append(event)
        if isinstance(event, str) and event.startswith("Reading the forgetting meter"):
            jobs.cancel(job.pk)

    assert worker.run(jobs.claim(job.pk), observe=observe) == "cancelled"
    assert not any(isinstance(event, EpochResult) for event in seen)


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ([], ""),
        ([(0, "mnist", 99, 100), (1, "mnist", 98, 100)], "MNIST: −1.00 points since the start."),
        ([(0, "mnist", 99, 100), (1, "mnist", 99, 100)], "MNIST: 0.00 points since the start."),
        (
            [(0, "mnist", 9, 10), (0, "held-out", 3, 5), (1, "mnist", 8, 10), (1, "held-out", 4, 5)],
            "MNIST: −10.00 points since the start; held-out visitors: +20.00.",
        ),
        ([(1, "mnist", 98, 100), (1, "drawings", 1, 2)], "MNIST: 98.00 % read right; new drawings: 50.00 %."),
    ],
)
def test_what_is_lost_and_won_is_one_sentence(readings, words):
    job = queued()
    for epoch, curve, correct, n in readings:
        MeterReading.objects.create(job=job, epoch=epoch, curve=curve, correct=correct, n=n)
    assert meter_words.shown(job)["sentence"] == words
