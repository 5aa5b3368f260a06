"""MNIST's recipe on bitmaps: box, centre, area averaging, range."""

import numpy as np
import pytest

from recognizer.ink.normalise import box_offset, centre_of_mass, crop, placed, resized, to_mnist


def test_the_centre_of_mass_is_in_pixel_indices():
    image = np.zeros((9, 9), np.uint8)
    image[2, 3] = image[6, 5] = 200
    assert centre_of_mass(image).tolist() == [4.0, 4.0]


def test_a_crop_leaves_no_empty_row_or_column_at_the_edges():
    ink = np.zeros((30, 40), np.uint8)
    ink[5:9, 12] = 1
    ink[7, 12:20] = 3
    assert crop(ink).shape == (4, 8)
    assert crop(ink).sum() == ink.sum()


def test_area_averaging_is_what_a_loop_over_pixels_says():
    ink = np.random.default_rng(3).integers(0, 256, (11, 7), np.uint8)
    scale, corner = 0.6, (1.3, 0.4)
    wanted = np.zeros((10, 10))
    fine = 50  # points on a side of each source pixel
    for row in range(11 * fine):
        for column in range(7 * fine):
            y = int(corner[1] + (row + 0.5) / fine * scale)
            x = int(corner[0] + (column + 0.5) / fine * scale)
            wanted[y, x] += ink[row // fine, column // fine] * (scale / fine) ** 2
    image = placed(ink, scale, np.array(corner), 10)
    # A source pixel of 255 that is counted on the wrong side by half a point adds scale / fine of 255 an edge: 1.5.
    assert np.abs(image - wanted * 255 / wanted.max()).max() < 5


def test_averaging_keeps_the_mass():
    ink = np.full((200, 100), 255, np.uint8)
    assert placed(ink, 0.1, np.array([4.3, 2.7]), 28).sum() / 255 == pytest.approx(20 * 10, rel=0.01)


@pytest.mark.parametrize("shape", [(200, 100), (61, 180), (20, 11), (7, 9), (1000, 30), (1, 1)])
def test_the_longest_side_becomes_twenty_pixels(shape):
    image = to_mnist(np.full(shape, 255, np.uint8))
    assert image.max(axis=np.argmin(shape)).astype(float).sum() / 255 == pytest.approx(20, abs=0.3)


@pytest.mark.parametrize("shape", [(200, 100), (61, 180), (1000, 130)])
def test_the_aspect_is_kept(shape):
    image = to_mnist(np.full(shape, 255, np.uint8)).astype(float) / 255
    assert image.sum() == pytest.approx(20 * 20 * min(shape) / max(shape), rel=0.03)


def test_the_centre_of_mass_comes_to_14():
    ink = np.zeros((200, 150), np.uint8)
    ink[:60] = 255
    ink[:, :40] = 255
    assert centre_of_mass(to_mnist(ink)) == pytest.approx([14, 14], abs=0.05)


def test_an_image_at_mnists_scale_is_moved_by_whole_pixels_only():
    ink = np.random.default_rng(0).integers(1, 256, (20, 13), np.uint8)
    ink[3, 3] = 255
    assert np.array_equal(crop(to_mnist(ink)), ink)


def test_the_brightest_pixel_becomes_255():
    assert to_mnist(np.full((200, 100), 90, np.uint8)).max() == 255


def test_the_box_stays_inside_however_lopsided():
    assert box_offset(np.array([9.0, -9.0])).tolist() == [9.5, 17.5]


@pytest.mark.parametrize(("shape", "expected"), [((100, 50), (80, 40)), ((5, 10), (40, 80)), ((1000, 1), (80, 1))])
def test_resizing_keeps_the_aspect(shape, expected):
    assert resized(np.zeros(shape, np.uint8), 80).shape == expected
