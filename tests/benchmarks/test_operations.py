"""Necessary operations: counted by the program as by hand."""

import pytest

from benchmarks.operations import count
from recognizer.network import ARCHITECTURES, Architecture
from recognizer.network.activations import ReLU
from recognizer.network.convolution import Convolution
from recognizer.network.dense import Dense, Flatten
from recognizer.network.pooling import MaxPool

pytestmark = pytest.mark.slow

FIRST = 24 * 24 * 8 * 25
OTHERS = 20 * 20 * 8 * 200 + 800 * 128 + 128 * 10


def test_lenet_multiplies_as_often_as_counted_by_hand():
    macs = count(ARCHITECTURES["lenet-5x5"])
    assert macs.forward == macs.weight_gradients == FIRST + OTHERS == 858_880
    assert macs.input_gradients == OTHERS
    assert macs.training == 3 * OTHERS + 2 * FIRST


def test_channels_and_a_kernel_that_is_not_square_count():
    architecture = Architecture(
        "small", (6, 2, 7), (Convolution(3, kernel=(2, 4)), ReLU(), MaxPool(2), Flatten(), Dense(5))
    )
    convolution, dense = (5 * 3 * 4) * (2 * 2 * 4), (2 * 3 * 2) * 5
    macs = count(architecture)
    assert (macs.forward, macs.input_gradients) == (convolution + dense, dense)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_can_be_counted(name):
    macs = count(ARCHITECTURES[name])
    assert 0 < macs.input_gradients < macs.forward == macs.weight_gradients
