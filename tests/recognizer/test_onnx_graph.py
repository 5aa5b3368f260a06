"""The ONNX file of a network gives, run by somebody else's program, the probabilities that the site shows."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnx
import onnxruntime
import pytest

from recognizer import onnx_graph, portable, recognition, versions
from recognizer.ink import Seen
from recognizer.models import ModelVersion
from recognizer.network import ARCHITECTURES, Network, weights
from recognizer.network.activations import ReLU
from recognizer.network.architectures import Architecture
from recognizer.network.dense import Dense, Flatten
from recognizer.network.layer import Unlearned
from recognizer.network.normalisation import BatchNorm
from tests.conftest import PROJECT_DIR
from tests.training.generated import seven_segment_digits
from training.data.mnist import load_split

SHIPPED = sorted((PROJECT_DIR / "recognizer" / "weights").glob("*.safetensors"))
TOLERANCE = 1e-5


def like_mnist(count: int = 64) -> np.ndarray:
    """Digits, noise, an empty and a full image, uint8 (count, 28, 28)."""
    images = seven_segment_digits(count, seed=3).images.copy()
    images[0], images[1] = 0, 255
    images[2:10] = np.random.default_rng(0).integers(0, 256, (8, 28, 28))
    return images


def scrambled(architecture: str | Architecture, seed: int) -> Network:
    """A network of which no parameter has its simple first value: scales below zero, means that are not 0."""
    rng = np.random.default_rng(seed)
    network = Network.create(architecture, rng)
    for layer, own in zip(network.architecture.layers, network.layer_parameters, strict=True):
        for name, values in own.items():
            if name in ("bias", "mean"):
                values[...] = rng.normal(0, 0.3, values.shape)
            elif isinstance(layer, BatchNorm):
                signs = np.where(rng.random(values.shape) < 0.2, -1, 1) if name == "scale" else 1
                values[...] = rng.uniform(0.5, 1.5, values.shape) * signs
    return network


def run(data: bytes, images: np.ndarray) -> dict[str, np.ndarray]:
    """What onnxruntime answers for images, uint8 (n, 28, 28)."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    x = images[:, None].astype(np.float32) / 255  # (n, 1, 28, 28)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {onnx_graph.INPUT: x}), strict=True))


def expected(network: Network, images: np.ndarray) -> np.ndarray:
    classes = network.probabilities(images)
    return classes[:, :10] + classes[:, 10:].sum(axis=1, keepdims=True) / 10


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_random_networks_answer_alike(architecture, seed):
    network = scrambled(architecture, seed)
    answers = run(onnx_graph.dumps(network, {}), like_mnist())
    assert np.abs(answers["probabilities"] - expected(network, like_mnist())).max() < TOLERANCE


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_a_network_that_is_not_folded_answers_alike(architecture):
    network = scrambled(architecture, 5)
    data = onnx_graph.build(network, {}).SerializeToString()
    assert np.abs(run(data, like_mnist())["probabilities"] - expected(network, like_mnist())).max() < TOLERANCE


def test_deep_with_answers_for_digits_alone_is_known_too():
    network = scrambled(ARCHITECTURES["deep"].with_classes(10), 1)
    answers = run(onnx_graph.dumps(network, {}), like_mnist())
    assert list(answers) == ["probabilities"]
    assert np.abs(answers["probabilities"] - network.probabilities(like_mnist())).max() < TOLERANCE


def test_layers_between_the_rows_and_the_dense_layer_change_no_order():
    layers = (BatchNorm(), Flatten(), ReLU(), Dense(12), ReLU(), Dense(10, last=True))
    network = scrambled(Architecture("flat", (28, 1, 28), layers), 2)
    answers = run(onnx_graph.dumps(network, {}), like_mnist())["probabilities"]
    assert np.abs(answers - expected(network, like_mnist())).max() < TOLERANCE


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_weights_answer_as_the_site_does(db, settings, path):
    version = versions.register(path.read_bytes(), source=ModelVersion.Source.TRAINED)
    answers = run(portable.as_onnx(version), like_mnist())
    recognitions = recognition.recognise_all([Seen(one) for one in like_mnist()], recognition.for_version(version))
    for answer, shown in zip(answers["probabilities"], recognitions, strict=True):
        assert np.abs(answer - shown.probabilities).max() < TOLERANCE
    classes = recognition.for_version(version).network.probabilities(like_mnist())
    if "no_digit" in answers:
        assert np.abs(answers["no_digit"][:, 0] - classes[:, 10]).max() < TOLERANCE
    assert ("no_digit" in answers) == (classes.shape[1] == 11)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_weights_read_mnist_as_the_site_does(mnist_dir, path):
    network = weights.load(path).network
    images = load_split(mnist_dir, "test").images[:500]
    answers = run(onnx_graph.dumps(network, {}), images)["probabilities"]
    assert np.abs(answers - expected(network, images)).max() < TOLERANCE


@pytest.mark.parametrize("count", [0, 1, 33])
def test_a_batch_has_any_size(count):
    answers = run(onnx_graph.dumps(scrambled("lenet-5x5", 1), {}), like_mnist()[:count])
    assert answers["probabilities"].shape == (count, 10)


def test_the_file_says_what_goes_in_and_what_comes_out():
    model = onnx.load_from_string(onnx_graph.dumps(scrambled("deep", 1), {"a": "b"}))
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    assert [(i.name, i.shape, i.type) for i in session.get_inputs()] == [("image", ["n", 1, 28, 28], "tensor(float)")]
    assert [(o.name, o.shape) for o in session.get_outputs()] == [("probabilities", ["n", 10]), ("no_digit", ["n", 1])]
    assert "light ink on a dark ground" in model.doc_string
    assert {each.key: each.value for each in model.metadata_props} == {"a": "b"}


def test_normalisation_is_folded_away_where_the_site_folds_it():
    kinds = [node.op_type for node in onnx.load_from_string(_shipped_deep()).graph.node]
    assert "BatchNormalization" not in kinds


def test_the_metadata_tell_where_the_weights_are_from(db):
    version = versions.register(SHIPPED[-1].read_bytes(), source=ModelVersion.Source.TRAINED)
    model = onnx.load_from_string(portable.as_onnx(version))
    facts = {each.key: each.value for each in model.metadata_props}
    assert (facts["version"], facts["weights_sha256"]) == (str(version.number), version.sha256)
    assert facts["preprocessing_version"] == str(version.preprocessing_version)
    assert json.loads(facts["provenance"]) == version.provenance


def test_the_same_version_makes_the_same_file():
    assert len({onnx_graph.dumps(scrambled("deep", 1), {"a": "b", "c": "d"}) for _ in range(3)}) == 1


def test_a_layer_that_is_not_known_is_named():
    @dataclass(frozen=True)
    class Mirror(Unlearned):
        def output_shape(self, input_shape):
            return input_shape

    with pytest.raises(onnx_graph.OnnxError, match="Mirror is no layer that can be written as ONNX"):
        list(onnx_graph._nodes(Mirror(), {}, None))


def test_a_version_whose_file_is_broken_is_refused(db):
    version = versions.register(SHIPPED[0].read_bytes(), source=ModelVersion.Source.TRAINED)
    with version.weights.storage.open(version.weights.name, "wb") as file:
        file.write(b"not weights")
    for export in (portable.as_onnx, portable.as_safetensors, partial(portable.contents, kind="onnx")):
        with pytest.raises(versions.VersionError, match=f"Version {version.number} cannot be exported"):
            export(version)


def test_another_format_is_an_error_that_lists_those_that_there_are(db):
    version = versions.register(SHIPPED[0].read_bytes(), source=ModelVersion.Source.TRAINED)
    with pytest.raises(portable.FormatError, match="'h5' is no format of weights; there are: safetensors, onnx"):
        portable.contents(version, "h5")


def test_the_site_starts_without_onnx():
    program = "import sys, django; django.setup(); import digits_site.urls; print('onnx' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_DIR, capture_output=True, text=True, env=_env()
    )
    assert answer.stdout.strip() == "False", answer.stderr


def _env() -> dict[str, str]:
    return os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}


def _shipped_deep() -> bytes:
    return onnx_graph.dumps(weights.load(SHIPPED[-1]).network, {})
