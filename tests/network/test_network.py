"""The whole network: its shapes, its derivatives, its answers, and that calls do not disturb each other."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recognizer.network import ARCHITECTURES, Architecture, Network, UnknownArchitecture
from recognizer.network.activations import ReLU
from recognizer.network.convolution import Convolution
from recognizer.network.dense import Dense, Flatten
from recognizer.network.losses import LabelError
from recognizer.network.network import ImageError
from recognizer.network.pooling import MaxPool

from . import naive
from .differences import central_differences

TINY = Architecture(
    "tiny",
    (9, 1, 9),
    (Convolution(2, kernel=(3, 3)), ReLU(), MaxPool(2), Flatten(), Dense(5), ReLU(), Dense(10, last=True)),
)


def digits(count, seed=0, side=28):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, side, side), dtype=np.uint8), rng.integers(0, 10, count)


@pytest.fixture(scope="module")
def lenet():
    return Network.create("lenet-5x5", np.random.default_rng(0))


def test_lenet_5x5_has_the_layers_that_its_name_promises(lenet):
    rows = [(row.kind, row.output_shape, row.parameter_count) for row in lenet.summary()]
    assert rows == [
        ("Convolution", (24, 8, 24), 208),
        ("ReLU", (24, 8, 24), 0),
        ("Convolution", (20, 8, 20), 1608),
        ("ReLU", (20, 8, 20), 0),
        ("MaxPool", (10, 8, 10), 0),
        ("Flatten", (800,), 0),
        ("Dense", (128,), 102_528),
        ("ReLU", (128,), 0),
        ("Dense", (10,), 1290),
    ]
    assert lenet.parameter_count == 105_634
    assert lenet.summary()[0].settings == {"filters": 8, "kernel": (5, 5)}


def test_a_pool_is_worked_out_before_the_relu_that_stands_before_it(lenet):
    kinds = [type(layer).__name__ for layer in lenet.architecture.steps]
    assert kinds[2:5] == ["Convolution", "MaxPool", "ReLU"]
    assert sorted(map(repr, lenet.architecture.steps)) == sorted(map(repr, lenet.architecture.layers))


def test_the_order_of_pool_and_relu_changes_neither_answers_nor_gradients(monkeypatch):
    network = Network.create("lenet-5x5", np.random.default_rng(3), np.float64)
    images, labels = digits(5)
    swapped = network.loss_and_gradients(images, labels)
    monkeypatch.setattr(network, "_steps", network.architecture.layers)
    as_listed = network.loss_and_gradients(images, labels)
    assert swapped.loss == as_listed.loss
    np.testing.assert_allclose(swapped.gradients, as_listed.gradients, rtol=1e-12, atol=1e-12)


def test_parameters_are_views_of_one_vector(lenet):
    named = lenet.named_parameters()
    assert {name: view.shape for name, view in named.items()} == {
        "1.weight": (8, 1, 5, 5),
        "1.bias": (8,),
        "3.weight": (8, 8, 5, 5),
        "3.bias": (8,),
        "7.weight": (128, 800),
        "7.bias": (128,),
        "9.weight": (10, 128),
        "9.bias": (10,),
    }
    assert all(np.shares_memory(view, lenet.parameters) for view in named.values())
    np.testing.assert_array_equal(np.concatenate([view.ravel() for view in named.values()]), lenet.parameters)


def test_the_gradient_of_a_tiny_network_equals_central_differences_everywhere():
    network = Network.create(TINY, np.random.default_rng(1), dtype=np.float64)
    network.parameters[:] += 0.01 * np.random.default_rng(2).standard_normal(network.parameter_count)
    images, labels = digits(3, side=9)
    expected = central_differences(lambda: network.loss(images, labels)[0], network.parameters)
    gradients = network.loss_and_gradients(images, labels).gradients
    np.testing.assert_allclose(gradients, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_gradient_of_every_architecture_equals_central_differences_at_places_of_each_parameter(name):
    rng = np.random.default_rng(3)
    network = Network.create(name, rng, dtype=np.float64)
    images, labels = digits(2)

    def learn():
        return network.loss_and_gradients(images, labels, rng=np.random.default_rng(5))  # the same values left out

    gradients = Network(name, learn().gradients).named_parameters()
    averages = set(network.averages()[0])
    numbers = Network(name, np.arange(network.parameter_count, dtype=np.float64)).named_parameters()
    for parameter, view in network.named_parameters().items():
        if averages.issuperset(numbers[parameter].ravel()):
            continue  # these are no derivatives
        places = rng.choice(view.size, size=min(view.size, 8), replace=False)
        expected = central_differences(lambda: learn().loss, view, places)
        np.testing.assert_allclose(gradients[parameter].ravel()[places], expected, rtol=1e-5, atol=1e-7)


def test_running_averages_are_found_by_their_place():
    network = Network.create("deep", np.random.default_rng(3))
    places, momenta = network.averages()
    named = network.named_parameters()
    network.parameters[places] = np.arange(len(places))
    np.testing.assert_array_equal(named["5.mean"], np.arange(24))
    np.testing.assert_array_equal(named["5.variance"], np.arange(24, 48))
    np.testing.assert_array_equal(named["5.scale"], np.ones(24))
    assert set(momenta) == {np.float32(0.05)}
    assert not len(Network.create("lenet-5x5", np.random.default_rng(3)).averages()[0])


def test_the_network_answers_as_its_naive_twin():
    network = Network.create(TINY, np.random.default_rng(4), dtype=np.float64)
    images, labels = digits(3, side=9)
    p = network.named_parameters()
    x = (images / 255).transpose(1, 2, 0)[:, None]
    x = naive.max_pool(naive.relu(naive.convolution(x, p["1.weight"], p["1.bias"])), 2)
    x = naive.relu(naive.dense(x.reshape(-1, 3), p["5.weight"], p["5.bias"]))
    losses = naive.cross_entropy(naive.dense(x, p["7.weight"], p["7.bias"]), labels)
    assert network.loss(images, labels)[0] == pytest.approx(losses.sum(), rel=1e-12)
    answers = network.probabilities(images)[np.arange(3), labels]
    np.testing.assert_allclose(answers, np.exp(-losses), rtol=1e-6)


def test_probabilities_are_float32_rows_that_sum_to_one(lenet):
    answers = lenet.probabilities(digits(5)[0])
    assert answers.shape == (5, 10)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(axis=1), np.ones(5), rtol=1e-5)


def test_many_images_get_the_answers_that_they_get_alone(lenet):
    images, _ = digits(150)
    alone = np.concatenate([lenet.probabilities(images[k : k + 1]) for k in range(len(images))])
    np.testing.assert_allclose(lenet.probabilities(images), alone, rtol=1e-4, atol=1e-6)


def test_no_images_get_no_answers(lenet):
    assert lenet.probabilities(np.empty((0, 28, 28), np.uint8)).shape == (0, 10)


def test_floats_from_zero_to_one_mean_the_same_as_bytes(lenet):
    images, _ = digits(4)
    np.testing.assert_allclose(lenet.probabilities(images / 255), lenet.probabilities(images), rtol=1e-5, atol=1e-7)


def test_sums_over_parts_of_a_batch_add_up_to_those_of_the_whole(lenet):
    images, labels = digits(10)
    whole = lenet.loss_and_gradients(images, labels)
    parts = [lenet.loss_and_gradients(images[half], labels[half]) for half in (slice(0, 3), slice(3, 10))]
    assert whole.images == 10
    assert whole.loss == pytest.approx(sum(part.loss for part in parts), rel=1e-5)
    assert whole.correct == sum(part.correct for part in parts)
    np.testing.assert_allclose(whole.gradients, parts[0].gradients + parts[1].gradients, rtol=1e-3, atol=1e-4)


def test_one_hot_labels_give_the_same_result_as_integers(lenet):
    images, labels = digits(4)
    by_integer, by_row = lenet.loss_and_gradients(images, labels), lenet.loss_and_gradients(images, np.eye(10)[labels])
    assert (by_integer.loss, by_integer.correct) == (by_row.loss, by_row.correct)
    np.testing.assert_array_equal(by_integer.gradients, by_row.gradients)
    assert lenet.loss(images, labels) == lenet.loss(images, np.eye(10)[labels])


def test_gradients_are_written_into_the_memory_that_is_given(lenet):
    images, labels = digits(4)
    memory = np.full_like(lenet.parameters, np.nan)
    assert lenet.loss_and_gradients(images, labels, gradients=memory).gradients is memory
    np.testing.assert_array_equal(memory, lenet.loss_and_gradients(images, labels).gradients)


def test_threads_share_a_network_without_disturbing_each_other(lenet):
    sets = [digits(3, seed=seed)[0] for seed in range(16)]
    expected = [lenet.probabilities(images) for images in sets]
    with ThreadPoolExecutor(4) as executor:
        for answers, right in zip(executor.map(lenet.probabilities, sets), expected, strict=True):
            np.testing.assert_array_equal(answers, right)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (Network.create("lenet-5x5", np.random.default_rng(seed)).parameters for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_an_unknown_architecture_is_named_with_those_that_are_known():
    with pytest.raises(UnknownArchitecture, match="'lenet-6'; known are: lenet-5x5"):
        Network.create("lenet-6", np.random.default_rng(0))


@pytest.mark.parametrize("parameters", [np.zeros(7, np.float32), np.zeros(105_634, np.int64), np.zeros((1, 105_634))])
def test_parameters_that_do_not_fit_the_architecture_are_refused(parameters):
    with pytest.raises(ValueError, match="needs 105634 parameters as a vector of float32"):
        Network("lenet-5x5", parameters)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((28, 28), np.uint8), r"\(n, 28, 28\), not \(28, 28\)"),
        (np.zeros((2, 28, 27), np.uint8), r"not \(2, 28, 27\)"),
        (np.zeros((2, 28, 28), np.int64), "not int64"),
        (np.full((2, 28, 28), 2.0), "between 0 and 1, not 2.0"),
        (np.full((2, 28, 28), np.nan), "not nan"),
    ],
)
def test_images_that_the_network_cannot_read_are_refused(lenet, images, message):
    with pytest.raises(ImageError, match=message):
        lenet.probabilities(images)


def test_labels_that_are_no_digits_are_refused(lenet):
    with pytest.raises(LabelError, match="0 to 9, not 3 to 10"):
        lenet.loss_and_gradients(digits(2)[0], np.array([3, 10]))
