"""Augmentation: exact where the result is known, small everywhere, the same from the same seed."""

import numpy as np
import pytest

from tests.training.generated import seven_segment_digits
from training.data.augmentation import IMAGES_PER_WARP, Augmentation, smooth_fields, warp

IMAGES = seven_segment_digits(IMAGES_PER_WARP + 3, seed=0).images
IDENTITY = np.eye(2)


def augmented(augmentation, seed=0, images=IMAGES):
    return augmentation(images, np.random.default_rng(seed))


def naive_warp(image, matrix, shift):
    """Resample one image pixel by pixel, black outside."""

    def at(row, column):
        return image[row, column] / 255 if 0 <= row < 28 and 0 <= column < 28 else 0.0

    result = np.zeros((28, 28))
    for place in np.ndindex(28, 28):
        row, column = matrix @ (np.array(place) - 13.5) + 13.5 + shift
        top, left = int(np.floor(row)), int(np.floor(column))
        for r, row_weight in ((top, top + 1 - row), (top + 1, row - top)):
            for c, column_weight in ((left, left + 1 - column), (left + 1, column - left)):
                result[place] += at(r, c) * row_weight * column_weight
    return result


def test_no_change_gives_the_images_as_floats():
    result = augmented(Augmentation(0, 0, 0, 0))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, IMAGES / 255, atol=1e-6)


@pytest.mark.parametrize(("rows", "columns"), [(2, 0), (0, -3), (1, 1), (40, 0), (0, -40)])
def test_a_shift_by_whole_pixels_moves_the_image_and_lets_black_in(rows, columns):
    result = warp(IMAGES[:1], IDENTITY[None], np.array([[rows, columns]]))
    padded = np.pad(IMAGES[0], 40)[40 + rows : 68 + rows, 40 + columns : 68 + columns]
    np.testing.assert_allclose(result[0], padded / 255, atol=1e-6)


def test_a_quarter_turn_is_exact():
    # result[r, c] = image[c, 27 - r], which is what np.rot90 does
    result = warp(IMAGES[:1], np.array([[[0.0, 1.0], [-1.0, 0.0]]]), np.zeros((1, 2)))
    np.testing.assert_allclose(result[0], np.rot90(IMAGES[0]) / 255, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_any_map_equals_its_naive_twin(seed):
    rng = np.random.default_rng(seed)
    groups = 2
    maps, shifts = IDENTITY + rng.uniform(-0.6, 0.6, (groups, 2, 2)), rng.uniform(-5, 5, (groups, 2))
    result = warp(IMAGES, maps, shifts)
    for number in (0, IMAGES_PER_WARP - 1, IMAGES_PER_WARP, len(IMAGES) - 1):
        group = number // IMAGES_PER_WARP
        expected = naive_warp(IMAGES[number], maps[group], shifts[group])
        np.testing.assert_allclose(result[number], expected, atol=2e-6)


def test_results_are_changed_but_keep_most_of_their_ink():
    result = augmented(Augmentation())
    assert (np.abs(result - IMAGES / 255).mean(axis=(1, 2)) > 0.01).all()
    np.testing.assert_allclose(result.sum(axis=(1, 2)), IMAGES.sum(axis=(1, 2)) / 255, rtol=0.25)
    assert 0 <= result.min() <= result.max() <= 1


def test_the_memory_lies_as_the_network_wants_it():
    assert augmented(Augmentation(), images=IMAGES[:8]).transpose(1, 2, 0).flags.c_contiguous


def test_the_same_seed_gives_the_same_images_and_another_seed_others():
    first, again, other = (augmented(Augmentation(), seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_an_elastic_change_moves_each_pixel_by_its_own_place_in_a_smooth_field():
    fields = smooth_fields(200, (28, 28), np.random.default_rng(4))
    assert fields.shape == (200, 2, 28, 28)
    np.testing.assert_allclose(fields.std(axis=(0, 1)), np.ones((28, 28)), atol=0.15)
    assert np.abs(np.diff(fields, axis=3)).mean() < 0.3  # of independent values it would be 1.13
    field = np.zeros((1, 2, 28, 28))
    field[0, 1, :, 14:] = 2  # the right half shows what lies two columns further right
    result = warp(IMAGES[:1], IDENTITY[None], np.zeros((1, 2)), field)
    np.testing.assert_allclose(result[0, :, :14], IMAGES[0, :, :14] / 255, atol=1e-6)
    np.testing.assert_allclose(result[0, :, 14:26], IMAGES[0, :, 16:] / 255, atol=1e-6)


def test_elastic_images_are_changed_but_keep_most_of_their_ink():
    result = augmented(Augmentation(0, 0, 0, 0, elastic_px=1.0))
    assert (np.abs(result - IMAGES / 255).mean(axis=(1, 2)) > 0.01).all()
    np.testing.assert_allclose(result.sum(axis=(1, 2)), IMAGES.sum(axis=(1, 2)) / 255, rtol=0.3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rotation_degrees", -1),
        ("rotation_degrees", 90),
        ("scale", 0.6),
        ("shear", float("nan")),
        ("shift_px", 9),
        ("elastic_px", 4),
    ],
)
def test_a_change_that_is_none_or_too_large_is_refused(name, value):
    with pytest.raises(ValueError, match=f"augmentation's {name} must lie between 0 and .*, not {value}"):
        Augmentation(**{name: value})
