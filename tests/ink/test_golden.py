"""What the network sees of drawings and pictures stays what a person looked at and found right."""

import numpy as np
import pytest
from PIL import Image

from . import golden

# Grey levels: another release of Pillow or numpy may round otherwise, and no more.
MEAN, LARGEST = 0.5, 24


@pytest.fixture(scope="module")
def board() -> np.ndarray:
    return np.asarray(Image.open(golden.SHEET))


@pytest.mark.parametrize(("number", "name"), list(enumerate(golden.CASES)), ids=lambda value: str(value))
def test_it_is_seen_as_on_the_sheet(board, number, name):
    away = np.abs(255.0 - golden.CASES[name]() - golden.tile_of(board, number))
    assert away.mean() <= MEAN
    assert away.max() <= LARGEST


def test_the_sheet_has_these_images_and_no_others(board):
    rows = -(-len(golden.CASES) // golden.ACROSS)
    assert board.shape == (rows * golden.TILE, golden.ACROSS * golden.TILE)
