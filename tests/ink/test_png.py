"""Our PNGs, read by someone else."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from recognizer.ink import seen_png


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (3, 50)])
def test_pillow_reads_the_same_picture_back(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    opened = Image.open(BytesIO(seen_png(image)))
    opened.verify()
    assert np.array_equal(np.asarray(Image.open(BytesIO(seen_png(image)))), image)


def test_the_picture_is_eight_bit_grey():
    assert Image.open(BytesIO(seen_png(np.zeros((28, 28), np.uint8)))).mode == "L"


@pytest.mark.parametrize("image", [np.zeros((28, 28)), np.zeros((2, 28, 28), np.uint8), np.zeros((0, 5), np.uint8)])
def test_anything_but_a_grey_picture_is_refused(image):
    with pytest.raises(ValueError, match="uint8 array"):
        seen_png(image)
