"""Jobs done in this process, from the claim to their end."""

import errno
from datetime import timedelta

import numpy as np
import pytest
from django.db import OperationalError
from django.utils import timezone

from recognizer import versions
from recognizer.models import Evaluation, ModelVersion
from recognizer.network import Network
from training import checkpoints, jobs, recipes, reporting, sources, worker
from training.data.mnist import MnistError
from training.fit import BatchResult, Diverged, EpochResult
from training.models import TrainingJob

from .making import drawn, new_version, queued, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_mnist", "fresh_process")]

State = TrainingJob.State


@pytest.fixture(autouse=True)
def every_batch_looks(settings):
    settings.JOB_PROGRESS_SECONDS = 0.0


def at_batch(number: int, do):
    """An observer that does something when batch `number` is done."""

    def observe(event):
        if isinstance(event, BatchResult) and (event.epoch, event.batch) == (1, number):
            do()

    return observe


def parameters_of(job: TrainingJob) -> str:
    return job.version.provenance["parameters_sha256"]


def test_a_job_from_scratch_becomes_a_version_with_its_figures():
    job = jobs.run(queued(epochs=2).pk)
    assert job.state == State.SUCCEEDED
    assert (job.epoch, job.batch, job.batches) == (2, 6, 6)
    assert [row.epoch for row in job.epoch_results.all()] == [1, 2]
    assert len(job.curve) == 12
    assert job.curve[-1][0] == 2.0
    measured = Evaluation.objects.get(version=job.version)
    assert (measured.dataset, measured.n) == ("mnist-test", 100)
    assert job.message == f"Version {job.version.number}: {measured.accuracy:.2%} of MNIST's 100 test images read right.".replace("%", " %")  # noqa: E501  # fmt: skip


def test_a_job_learns():
    job = jobs.run(queued(epochs=5, batch_size=32).pk)
    assert Evaluation.objects.get(version=job.version).accuracy > 0.9


def test_the_same_job_twice_ends_in_the_same_weights_and_another_seed_in_others():
    first, second, other = (jobs.run(queued(seed=seed).pk) for seed in (7, 7, 8))
    assert parameters_of(first) == parameters_of(second) != parameters_of(other)


def test_a_version_says_what_it_was_trained_from():
    drawn(visitor("a"), 3)
    job = jobs.run(queued(kind="retrain", seed=5, mnist_images=200).pk)
    told = job.version.provenance
    assert (told["kind"], told["seed"], told["settings"]["epochs"]) == ("retrain", 5, 1)
    assert {name: part["images"] for name, part in told["data"].items()} == {
        "mnist": 200,
        "validation": 50,
        "drawings": 1,
    }
    assert told["snapshot"]["sha256"] == job.snapshot.sha256
    assert told["epochs"][0]["epoch"] == 1
    assert {"code", "numpy", "blas", "started_at", "finished_at", "seconds", "selection"} <= told.keys()
    assert versions.load(job.version).provenance == told


def test_fine_tuning_begins_with_the_weights_of_its_base():
    base = new_version()
    drawn(visitor("a"), 3)
    job = jobs.run(queued(kind="fine-tune", base=base, learning_rate=1e-7, batch_size=4).pk)
    before, after = (all_but_the_last_layer(versions.load(version).network) for version in (base, job.version))
    assert 0 < abs(after - before).max() < 1e-3
    assert job.version.base == base


def test_a_fine_tuning_draws_strokes_anew_and_ends_in_the_same_weights_with_any_number_of_threads(settings):
    base = new_version()
    for n in range(4):
        drawn(visitor(f"v{n}"), n, seed=n)
    ended = []
    for threads in (1, 2, 2):
        settings.TRAINING_THREADS = threads
        ended.append(jobs.run(queued(kind="fine-tune", base=base, batch_size=8).pk))
    assert len({parameters_of(job) for job in ended}) == 1
    assert ended[0].version.provenance["settings"]["redrawing"]["share"] == 0.5


def test_strokes_that_are_drawn_anew_make_a_difference(monkeypatch):
    base = new_version()
    drawn(visitor("a"), 3)
    with_it = jobs.run(queued(kind="fine-tune", base=base, batch_size=8).pk)
    monkeypatch.setattr(recipes, "REDRAWING", None)
    without = jobs.run(queued(kind="fine-tune", base=base, batch_size=8).pk)
    assert parameters_of(with_it) != parameters_of(without)


def test_a_visitors_share_of_what_a_job_learns_is_bounded(settings):
    settings.SNAPSHOT_VISITOR_LEAST = 2
    flood = visitor("flood")
    for seed in range(8):
        drawn(flood, 3, seed=seed)
    for n in range(4):
        drawn(visitor(f"v{n}"), n, seed=20 + n)
    job = jobs.run(queued(kind="retrain").pk)
    assert (job.snapshot.count, job.snapshot.visitor_most, job.snapshot.left_out) == (6, 2, 6)
    assert job.version.provenance["data"]["drawings"]["images"] == 6


def test_held_out_drawings_measure_and_do_not_train():
    drawn(visitor("a"), 3)
    drawn(visitor("b", held_out=True), 4)
    job = jobs.run(queued(kind="retrain").pk)
    assert job.snapshot.count == 1
    assert Evaluation.objects.get(version=job.version, dataset="drawings").n == 1


def test_a_second_attempt_learns_from_the_snapshot_of_the_first():
    drawn(visitor("a"), 3)
    job = queued(kind="retrain")
    worker.run(jobs.claim(job.pk), observe=at_batch(1, reporting.stop))
    reporting.allow()
    drawn(visitor("b"), 4, seed=1)
    assert jobs.run(job.pk).snapshot.count == 1


def test_cancelling_ends_the_job_at_the_next_batch():
    job = queued()
    seen = []
    state = worker.run(jobs.claim(job.pk), observe=lambda event: (seen.append(event), at_batch(2, lambda: jobs.cancel(job.pk))(event)))  # noqa: E501  # fmt: skip
    assert state == State.CANCELLED
    assert isinstance(seen[-1], BatchResult)
    assert seen[-1].batch == 2
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    ("wish", "state"),
    [
        (lambda job: jobs.cancel(job.pk), State.CANCELLED),
        (lambda job: jobs.pause(job.pk), State.PAUSED),
        (lambda job: reporting.stop(), State.QUEUED),
    ],
    ids=["cancel", "pause", "SIGTERM"],
)
@pytest.mark.parametrize("at_work", ["loss", "probabilities"], ids=["validating", "calibrating"])
def test_a_wish_takes_effect_while_it_validates_and_calibrates(monkeypatch, at_work, wish, state):
    job, seen = queued(), []
    at_first(monkeypatch, at_work, lambda: wish(job))
    assert worker.run(jobs.claim(job.pk), observe=seen.append) == state
    if at_work == "loss":
        assert not any(isinstance(event, EpochResult) for event in seen)
        assert not job.epoch_results.exists()
    else:
        assert seen[-1] == "Calibrating its confidence."


def at_first(monkeypatch, method: str, do) -> None:
    """Do something when a network is first asked in that way."""
    original, calls = getattr(Network, method), []

    def asked(self, *arguments, **options):
        calls.append(self)
        if len(calls) == 1:
            do()
        return original(self, *arguments, **options)

    monkeypatch.setattr(Network, method, asked)


@pytest.mark.parametrize("words", ["Reading MNIST.", "Measuring on MNIST's test images", "Storing the version."])
def test_cancelling_takes_effect_in_every_step_of_a_job(words):
    job = queued()

    def observe(event):
        if isinstance(event, str) and event.startswith(words):
            jobs.cancel(job.pk)

    assert worker.run(jobs.claim(job.pk), observe=observe) == State.CANCELLED


def test_a_worker_that_is_to_end_gives_its_job_back():
    job = queued()
    assert worker.run(jobs.claim(job.pk), observe=at_batch(2, reporting.stop)) == State.QUEUED
    reporting.allow()
    assert jobs.run(job.pk).attempt == 2


@pytest.mark.parametrize(("ending", "state"), [(SystemExit, State.QUEUED), (KeyboardInterrupt, State.CANCELLED)])
def test_a_process_that_ends_leaves_its_job_in_order(ending, state):
    job = queued()

    def end():
        raise ending

    with pytest.raises(ending):
        worker.run(jobs.claim(job.pk), observe=at_batch(2, end))
    job.refresh_from_db()
    assert job.state == state


def test_a_worker_that_lost_its_job_stops_and_changes_nothing():
    job = queued()

    def lose():
        TrainingJob.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        jobs.sweep()

    batches = []
    state = worker.run(jobs.claim(job.pk), observe=lambda event: (batches.append(event), at_batch(2, lose)(event)))
    assert state == State.QUEUED
    assert batches[-1].batch == 2
    assert not ModelVersion.objects.exists()
    assert not job.epoch_results.exists()


def test_the_epoch_figures_of_a_repeated_attempt_replace_those_of_the_first():
    job = queued(epochs=2)

    def stop_after_an_epoch(event):
        if isinstance(event, EpochResult):
            reporting.stop()

    worker.run(jobs.claim(job.pk), observe=stop_after_an_epoch)
    assert job.epoch_results.count() == 1
    reporting.allow()
    jobs.run(job.pk)
    assert [row.epoch for row in job.epoch_results.all()] == [1, 2]


def away(*_):
    raise OperationalError("gone away")


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (MnistError("no MNIST here"), "No MNIST here."),
            (Diverged(3, float("nan")), "use a smaller learning rate"),
            (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
            (OSError(errno.EACCES, "Permission denied"), "A file could not be read or written"),
            (MemoryError(), "ran out of memory"),
            (KeyError("wheel"), "Something unexpected went wrong (KeyError: 'wheel')"),
        ],
    )
    def test_a_failure_is_told_in_words_with_its_traceback(self, monkeypatch, error, words):
        def fail(*_):
            raise error

        monkeypatch.setattr(recipes, "prepare", fail)
        job = jobs.run(queued().pk)
        assert job.state == State.FAILED
        assert words in job.message
        assert "Traceback" in job.traceback
        assert type(error).__name__ in job.traceback

    def test_a_database_that_goes_away_interrupts_the_job_and_fails_it_only_if_it_stays_away(
        self, monkeypatch, settings
    ):
        settings.JOB_MOST_ATTEMPTS = 2
        job = queued()
        with monkeypatch.context() as patched:
            patched.setattr(recipes, "prepare", away)
            assert jobs.run(job.pk).state == State.QUEUED
        assert jobs.run(job.pk).state == State.SUCCEEDED
        monkeypatch.setattr(recipes, "prepare", away)
        other = queued()
        states = [jobs.run(other.pk).state for _ in range(2)]
        other.refresh_from_db()
        assert states == [State.QUEUED, State.FAILED]
        assert "The database did not do its part (gone away)" in other.message
        assert "OperationalError" in other.traceback

    def test_broken_mnist_files_are_named(self, settings, small_mnist, tmp_path):
        for path in small_mnist.iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes()[:-1])
        settings.MNIST_DIR = tmp_path
        job = jobs.run(queued().pk)
        assert job.state == State.FAILED
        assert "train-images-idx3-ubyte" in job.message

    def test_drawings_that_are_all_gone_are_a_failure_in_words(self):
        drawing = drawn(visitor("a"), 3)
        job = queued(kind="retrain")
        drawing.delete()
        job = jobs.run(job.pk)
        assert job.state == State.FAILED
        assert "start a new job" in job.message

    def test_the_next_job_runs_after_one_that_failed(self, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(sources, "require_mnist", lambda step: 1 / 0)
            jobs.run(queued().pk)
        assert jobs.run(queued().pk).state == State.SUCCEEDED


def all_but_the_last_layer(network):
    """Parameters as a vector: calibration divides the last layer's by the temperature."""
    return np.concatenate([value.ravel() for own in network.layer_parameters[:-1] for value in own.values()])


class TestGoingOn:
    """An attempt that takes up where the one before left off ends in the weights of a training without a break."""

    ASKED = {"architecture": "deep", "epochs": 2, "seed": 11}

    def interrupted(self, end, *, at: tuple[int, int], **asked) -> TrainingJob:
        """A job whose first attempt ended in the way of `end` at (epoch, batch)."""
        job = queued(**self.ASKED | asked)

        def observe(event):
            if isinstance(event, BatchResult) and (event.epoch, event.batch) == at:
                end(job)

        worker.run(jobs.claim(job.pk), observe=observe)
        reporting.allow()
        job.refresh_from_db()
        return job

    @pytest.mark.parametrize("at", [(1, 1), (1, 4), (1, 6), (2, 1), (2, 6)])
    def test_stopped_and_taken_up_again(self, at):
        job = self.interrupted(lambda job: reporting.stop(), at=at)
        assert (job.state, job.checkpoint_step) == (State.QUEUED, 6 * (at[0] - 1) + at[1])
        resumed = jobs.run(job.pk)
        assert resumed.resumed_step == job.checkpoint_step
        assert parameters_of(resumed) == parameters_of(jobs.run(queued(**self.ASKED).pk))

    def test_paused_and_resumed(self):
        job = self.interrupted(lambda job: jobs.pause(job.pk), at=(1, 3))
        assert (job.state, job.message, job.checkpoint_step) == (State.PAUSED, "Paused.", 3)
        jobs.resume(job.pk)
        assert parameters_of(jobs.run(job.pk)) == parameters_of(jobs.run(queued(**self.ASKED).pk))

    @pytest.mark.parametrize("epochs", [1, 2])
    @pytest.mark.parametrize("seconds", [0.0, 3600.0], ids=["checkpoint before", "checkpoint by the pause"])
    def test_paused_in_the_middle_of_a_validation(self, monkeypatch, settings, epochs, seconds):
        settings.CHECKPOINT_SECONDS = seconds
        asked = self.ASKED | {"epochs": epochs}
        job = queued(**asked)
        with monkeypatch.context() as patched:
            at_first(patched, "loss", lambda: jobs.pause(job.pk))
            assert worker.run(jobs.claim(job.pk)) == State.PAUSED
        jobs.resume(job.pk)
        resumed, whole = jobs.run(job.pk), jobs.run(queued(**asked).pk)
        assert resumed.resumed_step == 6
        assert parameters_of(resumed) == parameters_of(whole)
        figures = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
        assert list(resumed.epoch_results.values(*figures)) == list(whole.epoch_results.values(*figures))

    def test_the_results_of_the_epochs_are_those_of_a_training_without_a_break(self):
        job = jobs.run(self.interrupted(lambda job: reporting.stop(), at=(2, 3)).pk)
        whole = jobs.run(queued(**self.ASKED).pk)
        figures = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
        assert list(job.epoch_results.values(*figures)) == list(whole.epoch_results.values(*figures))
        assert [epoch["epoch"] for epoch in job.version.provenance["epochs"]] == [1, 2]
        drawn_at = [point[0] for point in job.curve]
        assert drawn_at == sorted(set(drawn_at))
        assert drawn_at[-1] == 2.0

    def test_a_lost_worker_costs_what_came_after_its_last_checkpoint(self, settings):
        settings.CHECKPOINT_SECONDS = 0.0

        def lose(job):
            TrainingJob.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
            jobs.sweep()

        job = self.interrupted(lose, at=(1, 5))
        assert (job.state, job.checkpoint_step) == (State.QUEUED, 4)
        assert parameters_of(jobs.run(job.pk)) == parameters_of(jobs.run(queued(**self.ASKED).pk))

    def test_a_failed_job_that_is_tried_again_goes_on_where_it_was(self, monkeypatch):
        job = queued(**self.ASKED)
        with monkeypatch.context() as patched:
            patched.setattr(worker, "calibrate", lambda *_: 1 / 0)
            assert jobs.run(job.pk).state == State.FAILED
        jobs.retry(job.pk)
        job = jobs.run(job.pk)
        assert (job.state, job.resumed_step, job.attempt) == (State.SUCCEEDED, 12, 2)
        assert parameters_of(job) == parameters_of(jobs.run(queued(**self.ASKED).pk))

    def test_data_that_changed_in_the_meantime_make_it_begin_anew(self, small_mnist, settings, tmp_path):
        job = self.interrupted(lambda job: reporting.stop(), at=(1, 3))
        TrainingJob.objects.filter(pk=job.pk).update(mnist_images=500)
        assert jobs.run(job.pk).resumed_step == 0

    def test_a_success_leaves_no_checkpoint(self, own_checkpoints):
        self.interrupted(lambda job: reporting.stop(), at=(1, 3))
        assert list(own_checkpoints.iterdir())
        jobs.run(TrainingJob.objects.get().pk)
        assert not list(own_checkpoints.iterdir())

    def test_a_checkpoint_that_cannot_be_written_fails_the_job_in_words(self, settings, own_checkpoints):
        settings.CHECKPOINT_SECONDS = 0.0
        own_checkpoints.write_text("a file where the folder should be")
        job = jobs.run(queued().pk)
        assert job.state == State.FAILED
        assert "could not be written" in job.message
        assert not ModelVersion.objects.exists()

    def test_checkpoints_that_cannot_be_read_fail_the_job_in_words_and_are_there_for_the_next_try(self, monkeypatch):
        job = self.interrupted(lambda job: reporting.stop(), at=(1, 3))

        def refuse(path):
            raise checkpoints.CheckpointError(f"The checkpoint {path} could not be read (Too many open files).")

        with monkeypatch.context() as patched:
            patched.setattr(checkpoints, "_bytes", refuse)
            failed = jobs.run(job.pk)
        assert failed.state == State.FAILED
        assert "could not be read (Too many open files)" in failed.message
        jobs.retry(job.pk)
        assert jobs.run(job.pk).resumed_step == 3

    def test_a_process_whose_parent_is_gone_gives_its_job_back(self, monkeypatch):
        monkeypatch.setattr(reporting, "_parent", -1)
        job = queued()
        assert worker.run(jobs.claim(job.pk)) == State.QUEUED
