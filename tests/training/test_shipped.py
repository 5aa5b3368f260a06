"""The weights that the project ships are what their header says, and as good as it says."""

import re
from pathlib import Path

import pytest

from recognizer.network import weights
from tests.conftest import PROJECT_DIR
from training import evaluation, provenance

FILES = sorted((PROJECT_DIR / "recognizer" / "weights").glob("*.safetensors"))
LEAST_ACCURACY = {"1-lenet-5x5": 0.993, "2-deep": 0.996}
MNIST = {"mnist": 55_000, "validation": 5_000}
LEARNT_FROM = {"1-lenet-5x5": MNIST, "2-deep": MNIST | {"generated": 220_000}}


def figures(loaded: weights.LoadedWeights) -> dict:
    """What the header says of MNIST's test set."""
    (said,) = [one for one in loaded.provenance["evaluations"] if one["dataset"] == "mnist-test"]
    return said


def test_weights_are_shipped():
    assert [path.stem for path in FILES] == list(LEAST_ACCURACY)


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def shipped(request) -> Path:
    return request.param


def test_the_header_names_the_parameters_and_what_they_learnt_from(shipped):
    loaded = weights.load(shipped)
    assert loaded.network.architecture.name == shipped.stem.partition("-")[2]
    assert loaded.provenance["parameters_sha256"] == provenance.parameters_sha256(loaded.network)
    assert loaded.provenance["kind"] == "scratch"
    assert loaded.provenance["snapshot"] is None
    assert {name: part["images"] for name, part in loaded.provenance["data"].items()} == LEARNT_FROM[shipped.stem]


def test_the_header_holds_no_path_of_the_machine_that_trained(shipped):
    header = shipped.read_bytes().partition(b"}}")[0] + str(weights.load(shipped).provenance).encode()
    assert not re.search(rb"[\"' ]/\w", header)


def test_the_header_says_an_accuracy_that_is_good_enough(shipped):
    said = figures(weights.load(shipped))
    assert said["n"] == 10_000
    assert said["correct"] / said["n"] >= LEAST_ACCURACY[shipped.stem]


@pytest.mark.django_db
def test_the_accuracy_on_the_real_test_set_is_what_the_header_says(shipped, mnist_dir, settings):
    settings.MNIST_DIR = mnist_dir
    loaded = weights.load(shipped)
    measured, said = evaluation.evaluate(loaded, "mnist-test").score, figures(loaded)
    assert measured.n == said["n"]
    # Another machine's BLAS rounds otherwise, which may turn an image that lies on the edge.
    assert abs(measured.correct - said["correct"]) <= 2
