"""Pictures of the inside of a network: every one is written, the same each time, and shows real activations."""

import numpy as np
import pytest
from PIL import Image

from recognizer.network import Network
from recognizer.network.architectures import ARCHITECTURES
from training import network_pictures as pictures

pytestmark = pytest.mark.slow


def network(name="lenet-5x5", dtype=np.float32):
    return Network.create(name, np.random.default_rng(1), dtype=dtype)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_picture_is_written(name, tmp_path):
    written = list(pictures.write_all(network(name), pictures.drawing(), tmp_path))
    assert [path.stem for path in written] == list(pictures.PICTURES)
    for path in written:
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert image.width == 800
            assert len(image.convert("L").getcolors()) > 2


def test_the_same_drawing_gives_the_same_files(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        list(pictures.write_all(network(), pictures.drawing(), folder))
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_activations_end_in_the_networks_answer():
    found = pictures.activations(network(), pictures.drawing())
    assert [name for name, _ in found][:3] == ["Convolution", "ReLU", "Convolution"]
    answer = network().probabilities(pictures.drawing()[None])[0]
    logits = found[-1][1][:, 0]
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), answer, rtol=1e-5)


def test_the_derivative_by_the_pixels_is_that_of_the_loss():
    one, image = network(dtype=np.float64), pictures.drawing()
    derivative = pictures.input_derivative(one, image, 5)
    assert derivative.shape == (28, 28)
    pixels, step = np.clip(image / 255, 0.01, 0.99), 1e-6
    pixels_derivative = pictures.input_derivative(one, 255 * pixels, 5)
    place = np.unravel_index(np.abs(pixels_derivative).argmax(), pixels.shape)
    losses = []
    for change in (-step, step):
        changed = pixels.copy()
        changed[place] += change
        losses.append(one.loss(changed[None], np.array([5]))[0])
    assert (losses[1] - losses[0]) / (2 * step) == pytest.approx(pixels_derivative[place], rel=1e-4)
