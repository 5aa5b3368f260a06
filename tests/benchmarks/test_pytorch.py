"""The twins in PyTorch: the same answers and the same learning as ours. Only where PyTorch is installed."""

import json

import numpy as np
import pytest
import torch

from benchmarks import bulk_inference, latency, ours, pytorch, training_throughput
from recognizer.network import ARCHITECTURES

pytestmark = pytest.mark.slow

IMAGES = ours.random_images("lenet-5x5", 12)


@pytest.mark.parametrize("layout", pytorch.LAYOUTS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_twin_answers_as_the_network_does(name, layout):
    network = ours.fresh_network(name)
    network.parameters += np.float32(0.01)  # so that no bias, mean or scale is what it begins as
    module = pytorch.module_of(network, layout).eval()
    with torch.no_grad():
        theirs = torch.softmax(module(pytorch.tensor_of(IMAGES, layout)), dim=1).numpy()
    np.testing.assert_allclose(theirs, network.probabilities(IMAGES), atol=1e-5)


def test_a_twin_that_answers_otherwise_is_refused():
    network = ours.fresh_network("lenet-5x5")
    module = pytorch.module_of(network).eval()
    network.parameters *= np.float32(1.5)
    with pytest.raises(pytorch.DifferentAnswers, match="lenet-5x5 and its twin"):
        pytorch.check_same(network, module, IMAGES)


@pytest.mark.parametrize(("layout", "traced"), [("eager", False), ("channels-last", False), ("eager", True)])
def test_answers_come_batch_by_batch(layout, traced):
    network = ours.served_network("lenet-5x5")
    answer = pytorch.answers(network, IMAGES, layout=layout, batch=5, traced=traced)
    np.testing.assert_allclose(answer().numpy(), network.probabilities(IMAGES), atol=1e-5)


def test_channels_last_tensors_lie_that_way():
    parts = pytorch.tensor_of(ours.random_images("lenet-5x5", 4), "channels-last")
    assert parts.is_contiguous(memory_format=torch.channels_last)
    module = pytorch.module_of(ours.fresh_network("lenet-5x5"), "channels-last")
    assert module[2].weight.is_contiguous(memory_format=torch.channels_last)


def test_a_step_of_training_changes_the_weights():
    training = pytorch.Training(ours.fresh_network("lenet-5x5"), batch=4, layout="channels-last", steps=1, threads=1)
    before = training.module[0].weight.detach().clone()
    assert training.run() > 0
    assert (training.module[0].weight != before).any()


@pytest.mark.parametrize(
    ("module", "arguments", "key", "contestants"),
    [
        (training_throughput, ["--images", "64", "--peak-size", "32"], "images_per_second", 1 + 1 + 5),
        (bulk_inference, ["--images", "70", "--peak-size", "32"], "images_per_second", 1 + 2 * 6),
        (latency, ["--requests", "2"], "microseconds", 1 + 3 * 2),
    ],
)
def test_all_contestants_have_their_rounds(module, arguments, key, contestants, tmp_path, capsys):
    common = ["--rounds", "2", "--architecture", "lenet-5x5", "--output", str(tmp_path)]
    module.main([*common, *arguments])
    record = json.loads((tmp_path / f"{module.NAME}-lenet-5x5.json").read_text())
    assert [len(figures) for figures in record[key].values()] == [2] * contestants
    assert "best of PyTorch" in capsys.readouterr().out.replace("\n", " ")
