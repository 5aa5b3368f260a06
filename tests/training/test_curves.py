"""The picture of a training."""

import numpy as np
import pytest
from PIL import Image

from training.curves import write_curves_png
from training.fit import EpochResult


def results(count, accuracy=0.9):
    return [
        EpochResult(
            epoch=epoch,
            train_loss=1 / epoch,
            train_accuracy=accuracy,
            validation_loss=1.2 / epoch,
            validation_accuracy=accuracy,
            seconds=1.0,
            learning_rate=1e-3,
        )
        for epoch in range(1, count + 1)
    ]


@pytest.mark.parametrize("epochs", [0, 1, 5])
def test_any_number_of_epochs_makes_a_png(tmp_path, epochs):
    path = tmp_path / "curves.png"
    write_curves_png(results(epochs), path)
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width > image.height > 300


def test_other_results_make_another_picture(tmp_path):
    pictures = []
    for accuracy in (0.5, 0.9):
        write_curves_png(results(3, accuracy), tmp_path / "curves.png")
        with Image.open(tmp_path / "curves.png") as image:
            pictures.append(np.asarray(image.convert("L")).copy())
    assert (pictures[0] != pictures[1]).any()
