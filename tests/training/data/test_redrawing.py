from dataclasses import replace

import numpy as np
import pytest

from recognizer import ink
from training.data.ahead import WINDOW_IMAGES, Ahead
from training.data.augmentation import Augmentation
from training.data.batches import Shuffled
from training.data.dataset import Dataset
from training.data.lines import Lines, pack
from training.data.redrawing import Redrawing

SEVEN = ink.parse_strokes([[[20, 20], [120, 20], [60, 160]]], 200, 200)
ALWAYS = Redrawing(share=1.0)


def data(drawn: int = 6, others: int = 4) -> Dataset:
    """Sevens with their lines, and black images without behind them."""
    points = pack(ink.box_lines(SEVEN))
    lines = Lines(np.tile(points, (drawn, 1)), len(points) * np.arange(1, drawn + 1), np.arange(drawn))
    sevens = Dataset(np.tile(ink.render(SEVEN).image, (drawn, 1, 1)), np.full(drawn, 7), lines)
    return Dataset.joined(sevens, Dataset(np.zeros((others, 28, 28), np.uint8), np.zeros(others, np.int64)))


def redrawn(how: Redrawing, dataset: Dataset, seed: int = 0) -> np.ndarray:
    indices = np.arange(len(dataset))
    return how(dataset.images[indices], indices, dataset.lines, np.random.default_rng(seed))


def test_without_any_change_it_is_the_image_that_the_site_makes_of_the_strokes():
    as_drawn = Redrawing(1.0, ink.strokes.PEN_WIDTH_PX, ink.strokes.PEN_WIDTH_PX, 0.0, 0.0, 0.0)
    image = redrawn(as_drawn, data())[0].astype(int)
    assert np.abs(image - ink.render(SEVEN).image).max() <= 3  # points are kept to a 256th of a pixel


def test_every_drawing_comes_out_otherwise_and_what_was_not_drawn_stays():
    images = redrawn(ALWAYS, data())
    assert len({image.tobytes() for image in images[:6]}) == 6
    assert not images[6:].any()


def test_a_drawn_image_stays_a_centred_digit_of_twenty_pixels():
    for image in redrawn(ALWAYS, data(30)):
        if image.any():
            rows, columns = np.nonzero(image)
            assert max(np.ptp(rows), np.ptp(columns)) in (18, 19, 20, 21)
            assert image.max() == 255


def test_pens_are_thin_and_thick():
    ink_of_each = redrawn(replace(ALWAYS, rotation_degrees=0.0, slant=0.0, stretch=0.0), data(40))[:40].sum(axis=(1, 2))
    assert ink_of_each.max() > 1.6 * ink_of_each.min()


def test_about_half_of_the_visits_show_the_image_as_it_was_stored():
    original = ink.render(SEVEN).image.tobytes()
    kept = sum(image.tobytes() == original for image in redrawn(Redrawing(), data(400, 1))[:400])
    assert 160 < kept < 240


def test_the_images_given_are_not_changed():
    dataset = data()
    images = dataset.images[:]
    before = images.copy()
    ALWAYS(images, np.arange(len(images)), dataset.lines, np.random.default_rng(0))
    np.testing.assert_array_equal(images, before)


def batches(
    start: tuple[int, int] = (1, 0), seed: int = 3, augmentation: Augmentation | None = None, **changes
) -> list:
    dataset = data(WINDOW_IMAGES // 4, WINDOW_IMAGES)
    how = changes.get("redrawing", Redrawing(share=0.1))
    ahead = Ahead(dataset, Shuffled(len(dataset)), 512, 2, augmentation, seed, how)
    return [np.array(batch.images) for batch in ahead.batches(*start)]


def test_a_training_that_goes_on_in_mid_epoch_sees_what_it_would_have_seen():
    whole = batches()
    count = len(whole) // 2
    for epoch, batch in ((1, 5), (1, 9), (2, 1)):
        rest = batches((epoch, batch))
        for before, after in zip(whole[(epoch - 1) * count + batch :], rest, strict=True):
            np.testing.assert_array_equal(before, after)


def test_visits_differ_by_seed_and_epoch():
    first, other = batches(), batches(seed=4)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
    half = len(first) // 2
    epochs = [{image.tobytes() for batch in part for image in batch} for part in (first[:half], first[half:])]
    # The seven as it was stored, and the image that nobody drew
    assert len(epochs[0] & epochs[1]) == 2


def test_redrawn_images_are_warped_like_all_others():
    plain = batches(augmentation=Augmentation(0, 0, 0, 0), redrawing=ALWAYS)[0]
    assert plain.dtype == np.float32
    as_bytes = batches(redrawing=ALWAYS)[0]
    np.testing.assert_allclose(plain * 255, as_bytes, atol=0.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"share": 1.5}, "share must lie between 0 and 1"),
        ({"rotation_degrees": float("nan")}, "rotation_degrees must lie"),
        ({"thinnest_px": 0.5}, "thinnest first"),
        ({"thinnest_px": 4.0}, "thinnest first"),
        ({"thickest_px": 60.0}, "thickest_px must lie"),
    ],
)
def test_a_value_out_of_bounds_is_named(changes, said):
    with pytest.raises(ValueError, match=said):
        Redrawing(**changes)
