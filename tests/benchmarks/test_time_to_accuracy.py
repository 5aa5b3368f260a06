"""Time to accuracy: when weights are put aside, what the table says of the curves, and the memory."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import time_to_accuracy
from benchmarks.time_to_accuracy import put_aside, reached, row
from recognizer.network import Network
from tests.training.generated import seven_segment_digits
from training.data.idx import to_bytes
from training.fit import Position, Settings, fit

pytestmark = pytest.mark.slow

CURVE = [
    {"seconds": 1.0, "epochs": 0.5, "accuracy": 0.97},
    {"seconds": 2.0, "epochs": 1.0, "accuracy": 0.9904},
    {"seconds": 3.0, "epochs": 1.5, "accuracy": 0.9952},
    {"seconds": 4.0, "epochs": 2.0, "accuracy": 0.9931},
]


@pytest.fixture
def small_mnist(tmp_path) -> Path:
    """A folder with MNIST's four files, but of few and simple digits."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for prefix, digits in (("train", seven_segment_digits(420, seed=3)), ("t10k", seven_segment_digits(50, seed=4))):
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(to_bytes(digits.images))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(to_bytes(digits.labels.astype(np.uint8)))
    return folder


def kept(settings: Settings, *, looks: int, limit_seconds: float = 1e9):
    """Train on 400 digits in batches of 100; return what was put aside, with the network."""
    network = Network.create("lenet-5x5", np.random.default_rng(0))
    position = Position.fresh(network, settings)
    digits = seven_segment_digits(400, seed=0)
    results = fit(network, digits, digits[:20], settings, position)
    return list(put_aside(results, network, position, looks=looks, limit_seconds=limit_seconds)), network


@pytest.mark.parametrize(
    ("looks", "epochs"), [(1, [1, 2]), (2, [0.5, 1, 1.5, 2]), (9, [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2])]
)
def test_weights_are_put_aside_some_times_an_epoch_and_at_its_end(looks, epochs):
    points, _ = kept(Settings(epochs=2, batch_size=100, augmentation=None), looks=looks)
    assert [epoch for _, epoch, _ in points] == epochs
    seconds = [second for second, _, _ in points]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_the_last_weights_put_aside_are_those_that_the_training_ends_with(decay):
    settings = Settings(epochs=1, batch_size=100, augmentation=None, averaging_decay=decay)
    points, network = kept(settings, looks=2)
    np.testing.assert_array_equal(points[-1][2], network.parameters)
    assert (points[0][2] != points[-1][2]).any()


def test_past_its_limit_a_training_ends_with_the_weights_it_has():
    points, _ = kept(Settings(epochs=1000, batch_size=100, augmentation=None), looks=1, limit_seconds=1e-9)
    assert [epoch for _, epoch, _ in points] == [0.25]


def test_the_target_is_reached_at_the_first_point_above_it():
    assert reached(CURVE, 0.99) == CURVE[1]
    assert reached(CURVE, 0.996) is None


def test_a_row_says_when_the_target_the_best_and_the_end_were_reached():
    training = {"seed": 5, "peak_bytes": 300 * 2**20, "curve": CURVE}
    assert row(training, 0.99) == ["5", "2.00", "1.00", "99.52", "3.00", "99.31", "4.00", "300"]
    assert row(training, 0.999)[1:3] == ["not reached", ""]


def test_the_command_trains_each_seed_in_a_process_of_its_own(small_mnist, tmp_path, capsys):
    arguments = ["--preset", "quick", "--seeds", "3", "4", "--looks", "2", "--mnist", str(small_mnist)]
    time_to_accuracy.main([*arguments, "--output", str(tmp_path)])
    record = json.loads((tmp_path / "time_to_accuracy-quick.json").read_text())
    assert [training["seed"] for training in record["trainings"]] == [3, 4]
    lines = [re.split(r"\s{2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]
    for training in record["trainings"]:
        assert training["architecture"] == "lenet-5x5"
        assert training["peak_bytes"] > 2**24
        assert training["curve"][-1]["epochs"] == 2
        assert [cell for cell in row(training, 0.99) if cell] in lines
    assert record["trainings"][0]["curve"][-1] != record["trainings"][1]["curve"][-1]
    assert (tmp_path / "time_to_accuracy-quick.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_mnist_is_named(tmp_path):
    with pytest.raises(SystemExit, match="fetch_mnist"):
        time_to_accuracy.main(["--mnist", str(tmp_path), "--output", str(tmp_path)])
