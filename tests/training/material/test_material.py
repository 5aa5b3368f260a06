"""Generated images: the same from the same seed, of the promised sorts, and what they are said to be."""

import numpy as np
import pytest

from training import generated
from training.data.dataset import NO_DIGIT
from training.generated import faces, material, no_digits, pens, sheets
from training.generated.hand import Hand, spaced
from training.generated.skeletons import parse
from training.generated.styles import PRINTED

FEW = generated.Counts(handwritten=20, printed=20, no_digit=20)


def drawn(seed: int = 3):
    return generated.draw_all(FEW, seed=seed)


def test_the_same_seed_draws_the_same_images_and_another_one_others():
    first, again, other = drawn(), drawn(), drawn(4)
    np.testing.assert_array_equal(first.images, again.images)
    assert (first.images != other.images).any(axis=(1, 2)).all()


def test_fewer_images_are_the_first_of_more():
    few = [picture.image for picture in generated.pictures("printed", 5, seed=3)]
    np.testing.assert_array_equal(few, drawn().images[20:25])


def test_printed_digits_take_turns_and_what_is_none_is_labelled_so():
    labels = drawn().labels
    assert set(labels[:20].tolist()) <= set(range(10))
    np.testing.assert_array_equal(labels[20:40], np.tile(np.arange(10), 2))
    assert (labels[40:] == NO_DIGIT).all()


def test_each_image_has_mnists_box_and_range():
    for image in drawn().images[:20]:
        ink = np.argwhere(image > 40)
        assert np.ptp(ink, axis=0).max() + 1 in range(17, 23)
        assert image.max() == 255


def test_of_a_total_all_sorts_are_drawn():
    counts = generated.Counts.of(220_000)
    assert (counts.handwritten, counts.printed, counts.no_digit, counts.total) == (150_000, 35_000, 35_000, 220_000)


@pytest.mark.parametrize("sort", ["handwritten", "printed", "no_digit"])
def test_counts_out_of_range_are_named(sort):
    with pytest.raises(ValueError, match=f"{sort} must be 0 to 10,000,000 images, not -1"):
        generated.Counts(**{sort: -1})


def test_progress_is_told_and_may_stop_the_drawing(monkeypatch):
    monkeypatch.setattr(material, "PROGRESS_EVERY", 10)
    told = []
    generated.draw_all(FEW, seed=0, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 60) for done in range(10, 61, 10)]
    with pytest.raises(KeyboardInterrupt):
        generated.draw_all(FEW, seed=0, progress=stop)


def stop(done: int, total: int) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("style", ["display", "matrix", *PRINTED[5]])
def test_every_way_of_printing_draws_something(style):
    image = faces.printed(5, style, np.random.default_rng(0))
    assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)


@pytest.mark.parametrize("kind", [*no_digits.KINDS, "blot"])
def test_every_kind_of_no_digit_draws_something(kind):
    for seed in range(10):
        image = no_digits.draw(kind, np.random.default_rng(seed))
        assert (image.shape, image.dtype) == ((28, 28), np.uint8)
        assert image.max() > 200


def test_a_broad_nib_makes_upright_lines_thicker_than_level_ones():
    from recognizer import ink

    upright, level = (np.array([[0, 0], end], float) for end in ([0, 100], [100, 0]))
    nib = pens.nib(3.0, angle=0.0)
    thick, thin = (ink.draw_lines([line], pen_width_px=1.0, nib=nib) for line in (upright, level))
    assert (thick[14] > 127).sum() == pytest.approx(4, abs=1)
    assert (thin[:, 14] > 127).sum() == pytest.approx(1, abs=1)


def test_sparse_points_keep_the_shape_of_a_corner_within_their_distance():
    corner = np.array([[0, 0], [50, 0], [50, 50]], float)
    line = spaced(corner, 10)
    np.testing.assert_array_equal(line[[0, -1]], corner[[0, -1]])
    assert np.hypot(*np.diff(line, axis=0).T).max() < 10
    assert np.hypot(*(line - corner[1]).T).min() < 10


def test_a_steady_hand_writes_what_the_skeleton_says():
    steady = Hand(**dict.fromkeys(Hand.__dataclass_fields__, 0.0))
    (line,) = steady.write(parse("0,0 0,100"), np.random.default_rng(0))
    assert np.ptp(line[:, 0]) < 1e-9
    assert np.ptp(line[:, 1]) == pytest.approx(100)


@pytest.mark.parametrize(
    ("sort", "digit", "rows"), [("handwritten", None, 10), ("no_digit", None, 8), ("printed", 7, 8)]
)
def test_a_contact_sheet_has_a_row_for_each_digit_or_style(sort, digit, rows):
    image = sheets.sheet(sort, digit=digit, columns=2, seed=1)
    assert image.height == rows * sheets.CELL
    assert image.tobytes() == sheets.sheet(sort, digit=digit, columns=2, seed=1).tobytes()


def test_what_is_no_digit_has_no_styles_of_a_digit():
    with pytest.raises(ValueError, match="has no digit 3"):
        sheets.sheet("no_digit", digit=3)
