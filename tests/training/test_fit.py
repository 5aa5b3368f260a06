"""Training: that it learns, that it gives the same weights again, that it stops, and what it refuses."""

import copy
import multiprocessing
import threading
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from recognizer.network import Network
from training.data.augmentation import Augmentation
from training.data.batches import Replayed
from training.data.dataset import Dataset
from training.fit import BatchResult, Diverged, EpochResult, Position, Settings, SettingsError, fit, split

from .generated import seven_segment_digits

TRAINING = seven_segment_digits(300, seed=0)
VALIDATION = seven_segment_digits(100, seed=1)
SETTINGS = Settings(epochs=2, batch_size=50, learning_rate=3e-3, seed=7)


def fresh() -> Network:
    return Network.create("lenet-5x5", np.random.default_rng(0))


def trained(settings: Settings, **options) -> np.ndarray:
    network = fresh()
    for _ in fit(network, TRAINING, VALIDATION, settings, **options):
        pass
    return network.parameters


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_a_network_learns_digits_that_it_has_not_seen():
    settings = replace(SETTINGS, epochs=5, batch_size=32, augmentation=None)
    training = seven_segment_digits(1200, seed=2)
    results = [r for r in fit(fresh(), training, VALIDATION, settings) if isinstance(r, EpochResult)]
    assert results[0].train_accuracy < 0.6
    assert results[-1].validation_accuracy > 0.95
    assert results[-1].validation_loss < results[0].validation_loss


def test_results_come_after_each_step_and_after_each_epoch():
    results = list(fit(fresh(), TRAINING[:120], VALIDATION, SETTINGS))
    kinds = [type(result) for result in results]
    assert kinds == ([BatchResult] * 3 + [EpochResult]) * 2
    places = [(r.epoch, r.epochs, r.batch, r.batches) for r in results if isinstance(r, BatchResult)]
    assert places == [(1, 2, 1, 3), (1, 2, 2, 3), (1, 2, 3, 3), (2, 2, 1, 3), (2, 2, 2, 3), (2, 2, 3, 3)]
    assert [r.epoch for r in results if isinstance(r, EpochResult)] == [1, 2]
    assert all(r.images_per_second > 0 for r in results if isinstance(r, BatchResult))


def test_an_epochs_training_figures_are_means_over_its_images():
    *steps, epoch = list(fit(fresh(), TRAINING[:120], VALIDATION, replace(SETTINGS, epochs=1)))
    sizes = [50, 50, 20]
    mean = sum(step.loss * size for step, size in zip(steps, sizes, strict=True)) / 120
    assert epoch.train_loss == pytest.approx(mean)
    assert epoch.train_accuracy == steps[-1].accuracy


def test_validation_figures_are_those_of_the_weights_at_the_end():
    network = fresh()
    *_, epoch = fit(network, TRAINING, VALIDATION, SETTINGS)
    loss, correct = network.loss(VALIDATION.images, VALIDATION.labels)
    assert epoch.validation_accuracy == correct / len(VALIDATION)
    assert epoch.validation_loss == pytest.approx(loss / len(VALIDATION), rel=1e-4)


def test_the_step_size_follows_the_schedule():
    settings = replace(SETTINGS, schedule="cosine", epochs=1)
    rates = [r.learning_rate for r in fit(fresh(), TRAINING, VALIDATION, settings) if isinstance(r, BatchResult)]
    expected = [3e-3 * (1 + np.cos(np.pi * step / 6)) / 2 for step in range(6)]
    np.testing.assert_allclose(rates, expected)


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(augmentation):
    settings = replace(SETTINGS, augmentation=augmentation)
    np.testing.assert_array_equal(trained(settings), trained(settings))


@pytest.mark.parametrize("batch_size", [1, 7, 64, 150])
def test_any_number_of_threads_gives_the_same_weights_bit_for_bit(batch_size):
    settings = replace(SETTINGS, batch_size=batch_size, epochs=1, chunk_size=32)
    training, validation = TRAINING[:160] if batch_size > 1 else TRAINING[:5], VALIDATION[:20]
    weights = []
    for threads in (1, 2, 5):
        network = fresh()
        for _ in fit(network, training, validation, replace(settings, threads=threads)):
            pass
        weights.append(network.parameters)
    np.testing.assert_array_equal(weights[0], weights[1])
    np.testing.assert_array_equal(weights[0], weights[2])


def test_who_looks_may_stop_the_validation_and_going_on_does_it_anew(monkeypatch):
    monkeypatch.setattr("training.fit.VALIDATION_CHUNK", 10)
    settings = replace(SETTINGS, threads=2)
    network, looks = fresh(), []
    position = Position.fresh(network, settings)

    def look():
        looks.append(1)
        if len(looks) == 3:  # in the last validation, whose weights are the average
            raise InterruptedError

    run = fit(network, TRAINING, VALIDATION, settings, position, look=look)
    with pytest.raises(InterruptedError):
        list(run)
    assert (position.epoch, position.batch) == (2, 6)
    *_, last = fit(network, TRAINING, VALIDATION, settings, position)
    whole = fresh()
    *_, expected = fit(whole, TRAINING, VALIDATION, settings)
    np.testing.assert_array_equal(network.parameters, whole.parameters)
    assert replace(last, seconds=0) == replace(expected, seconds=0)


def test_a_validation_looks_every_few_images():
    looks = []
    list(fit(fresh(), TRAINING[:50], seven_segment_digits(1300, seed=3), replace(SETTINGS, epochs=1, threads=1),
             look=lambda: looks.append(1)))  # fmt: skip
    assert len(looks) == 3


def test_another_seed_gives_other_weights():
    assert (trained(SETTINGS) != trained(replace(SETTINGS, seed=8))).any()


@pytest.mark.parametrize("done", [0, 2, 6, 7, 9])
def test_a_training_that_was_stopped_and_taken_up_gives_the_weights_of_one_that_was_not(done):
    network = fresh()
    position = Position.fresh(network, SETTINGS)
    run = fit(network, TRAINING, VALIDATION, SETTINGS, position)
    before = list(islice(run, done))
    run.close()
    copied = Network(network.architecture, network.parameters.copy())
    after = list(fit(copied, TRAINING, VALIDATION, SETTINGS, copy.deepcopy(position)))
    np.testing.assert_array_equal(copied.parameters, trained(SETTINGS))
    whole = fit(fresh(), TRAINING, VALIDATION, SETTINGS)
    timeless = {"seconds": 0, "images_per_second": 0}
    without_time = [
        [replace(r, **{k: v for k, v in timeless.items() if hasattr(r, k)}) for r in results]
        for results in (before + after, whole)
    ]
    assert without_time[0] == without_time[1]


def test_the_mean_gradient_of_a_batch_is_that_of_its_images_together():
    network, twin = (Network.create("lenet-5x5", np.random.default_rng(0), dtype=np.float64) for _ in range(2))
    settings = replace(SETTINGS, batch_size=50, epochs=1, augmentation=None, schedule="constant")
    run = fit(network, TRAINING[:50], VALIDATION, settings)
    next(run)
    gradients = twin.loss_and_gradients(TRAINING.images[:50], TRAINING.labels[:50]).gradients / 50
    Position.fresh(twin, settings).optimiser.step(twin.parameters, gradients, 3e-3)
    np.testing.assert_allclose(network.parameters, twin.parameters, rtol=0, atol=1e-9)


def test_closing_the_generator_stops_the_threads_and_frees_blas():
    before, threads = blas_threads(), set(threading.enumerate())
    run = fit(fresh(), TRAINING, VALIDATION, SETTINGS)
    next(run)
    assert blas_threads() == {1}
    run.close()
    assert blas_threads() == before
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= threads


def test_a_training_runs_in_a_process_that_was_forked_after_another():
    expected = trained(SETTINGS)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(trained(SETTINGS)))
    child.start()
    try:
        assert receiver.poll(60), "the forked training gives no answer"
        np.testing.assert_array_equal(receiver.recv(), expected)
    finally:
        child.terminate()
        child.join()


def test_the_moving_average_is_what_is_left_and_what_is_validated():
    settings = replace(SETTINGS, epochs=1, averaging_decay=0.5)
    network, plain = fresh(), fresh()
    average = fresh().parameters
    run = fit(network, TRAINING, VALIDATION, settings)
    for step in range(6):
        next(run)
        average += (1 - np.float32(min(0.5, (1 + step) / (10 + step)))) * (network.parameters - average)
    epoch = next(run)
    np.testing.assert_allclose(network.parameters, average, rtol=0, atol=1e-6)
    assert epoch.validation_accuracy == network.loss(VALIDATION.images, VALIDATION.labels)[1] / len(VALIDATION)
    list(fit(plain, TRAINING, VALIDATION, replace(settings, averaging_decay=0.0)))
    assert np.abs(plain.parameters - average).max() > 1e-4


@pytest.mark.parametrize("threads", [1, 2])
def test_a_network_with_running_averages_and_dropout_trains_the_same_bit_for_bit(threads):
    settings = replace(SETTINGS, epochs=1, batch_size=40, label_smoothing=0.1, threads=threads)
    weights = []
    for done in (None, 2):
        network = Network.create("deep", np.random.default_rng(0))
        position = Position.fresh(network, settings)
        run = fit(network, TRAINING[:160], VALIDATION[:30], settings, position)
        list(islice(run, done))
        run.close()
        list(fit(network, TRAINING[:160], VALIDATION[:30], replace(settings, threads=2), position))
        weights.append(network.parameters)
    np.testing.assert_array_equal(*weights)
    running, _ = network.averages()
    assert (network.parameters[running] != Network.create("deep", np.random.default_rng(0)).parameters[running]).any()


def test_a_source_of_batches_decides_what_stands_in_them():
    class Recorded(Replayed):
        def epoch(self, batch_size, rng, number=1):
            for indices in super().epoch(batch_size, rng):
                seen.append(indices)
                yield indices

    seen = []
    results = list(fit(fresh(), TRAINING, VALIDATION, SETTINGS, batches=Recorded(new=40, known=260)))
    assert [r.batches for r in results if isinstance(r, BatchResult)] == [2] * 4
    assert [(np.sum(indices < 40), np.sum(indices >= 40)) for indices in seen] == [(25, 25)] * 4


def test_a_loss_that_is_not_finite_stops_the_training_at_its_step():
    network = fresh()
    run = fit(network, TRAINING, VALIDATION, SETTINGS)
    next(run), next(run)
    network.parameters *= np.float32(1e30)
    before = network.parameters.copy()
    with pytest.raises(Diverged, match="the loss at step 3 is nan") as caught:
        next(run)
    assert caught.value.step == 3
    np.testing.assert_array_equal(network.parameters, before)


def test_weights_that_diverge_with_the_last_step_are_noticed_too():
    network = fresh()
    position = Position.fresh(network, SETTINGS)
    run = fit(network, TRAINING[:50], VALIDATION, replace(SETTINGS, epochs=1), position)
    position.optimiser.m[:] = np.inf
    next(run)
    with pytest.raises(Diverged, match="the loss at step 1 is nan"):
        next(run)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", 1001),
        ("epochs", 2.5),
        ("epochs", True),
        ("batch_size", 0),
        ("batch_size", -128),
        ("batch_size", "128"),
        ("learning_rate", 0.0),
        ("learning_rate", -1e-3),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", None),
        ("weight_decay", -0.1),
        ("weight_decay", float("nan")),
        ("beta1", 1.0),
        ("beta2", -0.1),
        ("label_smoothing", 1),
        ("averaging_decay", float("nan")),
        ("schedule", "steps"),
        ("seed", -1),
        ("seed", 2**32),
        ("chunk_size", 0),
        ("threads", 0),
        ("threads", 1.5),
        ("augmentation", "strong"),
    ],
)
def test_a_bad_setting_is_refused_by_name_and_value(field, value):
    with pytest.raises(SettingsError, match=rf"{field} must be .*{value!r}") as caught:
        Settings(**{field: value})
    assert caught.value.field == field


@pytest.mark.parametrize("empty", ["training", "validation"])
def test_nothing_to_learn_from_or_to_validate_on_is_refused_at_once(empty):
    nothing = Dataset(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8))
    parts = {"training": TRAINING, "validation": VALIDATION, empty: nothing}
    with pytest.raises(SettingsError, match="there must be images"):
        fit(fresh(), **parts, settings=SETTINGS)


@pytest.mark.parametrize(
    ("images", "chunk_size", "sizes"),
    [
        (128, 64, [64, 64]),
        (129, 64, [32, 32, 33, 32]),
        (32, 64, [16, 16]),
        (1, 64, [1]),
        (2, 1, [1, 1]),
        (3, 1, [1] * 3),
    ],
)
def test_a_batch_is_split_in_even_parts_that_are_not_too_large(images, chunk_size, sizes):
    parts = split(images, chunk_size)
    assert [part.stop - part.start for part in parts] == sizes
    assert [image for part in parts for image in range(part.start, part.stop)] == list(range(images))
