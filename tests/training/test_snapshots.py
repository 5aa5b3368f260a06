import numpy as np
import pytest

from recognizer import drawings, ink
from recognizer.models import Drawing
from training import packing, snapshot_files, snapshots
from training.data.dataset import NO_DIGIT

from .making import drawn, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(snapshots, "PAGE", 2)


def test_a_snapshot_keeps_ids_and_digits_in_the_order_of_the_ids():
    ann, bob = visitor("ann"), visitor("bob")
    kept = [drawn(ann, 1), drawn(bob, 2, seed=1), drawn(ann, 3, seed=2)]
    snapshot = snapshots.freeze()
    assert packing.pairs(snapshot) == [[drawing.pk, digit] for drawing, digit in zip(kept, (1, 2, 3), strict=True)]
    assert (snapshot.count, snapshot.visitors) == (3, 2)


def test_the_same_drawings_have_the_same_hash_and_another_digit_has_another():
    drawing = drawn(visitor("ann"), 1)
    first, again = snapshots.freeze(), snapshots.freeze()
    drawings.review([drawing.pk], "accepted", by=None, digit=7)
    other = snapshots.freeze()
    assert first.sha256 == again.sha256 != other.sha256


def test_a_snapshot_is_read_with_the_digits_of_then():
    kept = [drawn(visitor(f"v{n}"), n, seed=n) for n in range(5)]
    snapshot = snapshots.freeze()
    drawings.review([kept[0].pk], "accepted", by=None, digit=9)
    dataset = snapshot_files.read(snapshot)
    assert dataset.labels.tolist() == [0, 1, 2, 3, 4]
    assert [image.tobytes() for image in dataset.images] == [bytes(drawing.seen) for drawing in kept]


def test_a_deleted_drawing_is_not_read_any_more():
    kept = [drawn(visitor(f"v{n}"), n, seed=n) for n in range(3)]
    snapshot = snapshots.freeze()
    drawings.delete(kept[1])
    assert snapshot_files.read(snapshot).labels.tolist() == [0, 2]


def test_reading_tells_how_far_it_is():
    for n in range(3):
        drawn(visitor(f"v{n}"), n, seed=n)
    told = []
    snapshot_files.read(snapshots.freeze(), told.append)
    assert told[:2] == [2, 3]


def test_pages_hold_every_drawing_once_in_the_order_of_the_ids():
    kept = [drawn(visitor(f"v{n}"), n, seed=n).pk for n in range(5)]
    pages = list(snapshots.pages(snapshots.learnable()))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [drawing.pk for page in pages for drawing in page] == kept


def test_strokes_are_drawn_anew_when_the_ink_has_changed():
    drawing = drawn(visitor("ann"), 1)
    Drawing.objects.update(preprocessing_version=ink.PREPROCESSING_VERSION + 1)
    drawing.refresh_from_db()
    expected = ink.render(ink.parse_strokes(drawing.strokes, drawing.width, drawing.height)).image
    assert bytes(drawing.seen) != expected.tobytes()
    np.testing.assert_array_equal(snapshots.seen_now(drawing).image, expected)


def test_a_drawing_that_cannot_be_read_any_more_is_left_out():
    drawn(visitor("ann"), 1)
    broken = drawn(visitor("bob"), 2, seed=1)
    snapshot = snapshots.freeze()
    Drawing.objects.filter(pk=broken.pk).update(preprocessing_version=9, strokes=[[["x", 1]]])
    assert snapshot_files.read(snapshot).labels.tolist() == [1]


def test_what_was_accepted_to_be_no_digit_is_learnt_as_that():
    drawn(visitor("ann"), 1)
    drawn(visitor("bob"), None, seed=1)
    snapshot = snapshots.freeze()
    assert [label for _, label in packing.pairs(snapshot)] == [1, NO_DIGIT]
    assert snapshot_files.read(snapshot).labels.tolist() == [1, NO_DIGIT]
    assert snapshots.held_out().count() == 0


def test_a_snapshot_counts_its_labels_and_says_that_nobody_had_too_many():
    for n, digit in enumerate((1, 1, 9, None)):
        drawn(visitor(f"v{n}"), digit, seed=n)
    snapshot = snapshots.freeze()
    assert snapshot.per_label == [0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert (snapshot.visitor_most, snapshot.left_out) == (None, 0)


def test_a_visitor_with_more_than_a_share_is_cut_and_the_rest_is_counted(settings):
    settings.SNAPSHOT_VISITOR_LEAST = 3
    flood = visitor("flood")
    many = [drawn(flood, 1, seed=n) for n in range(10)]
    others = [drawn(visitor(f"v{n}"), 2, seed=20 + n) for n in range(5)]
    snapshot = snapshots.freeze()
    ids = {one for one, _ in packing.pairs(snapshot)}
    assert (snapshot.count, snapshot.visitors, snapshot.visitor_most, snapshot.left_out) == (8, 6, 3, 7)
    assert {one.pk for one in others} < ids
    assert len(ids & {one.pk for one in many}) == 3
    assert packing.pairs(snapshots.freeze()) == packing.pairs(snapshot)


def test_listing_tells_how_far_it_is_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr(snapshots, "LISTED", 2)
    for n in range(3):
        drawn(visitor(f"v{n}"), n, seed=n)
    told = []
    assert len(snapshots.select(told.append).listed) == 3
    assert told == [2, 3]
    with pytest.raises(ZeroDivisionError):
        snapshots.select(lambda done: 1 / 0)


def test_no_accepted_drawings_are_an_empty_snapshot():
    snapshot = snapshots.freeze()
    assert (snapshot.count, snapshot.visitors, packing.pairs(snapshot)) == (0, 0, [])
    assert len(snapshot_files.read(snapshot)) == 0
