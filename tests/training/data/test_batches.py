"""Batch sources: every image its turn, halves that stay halves, the same order from the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.batches import BatchError, Replayed, Shares, Shuffled

counts = st.integers(1, 60)


def epoch(source, batch_size, seed=0):
    return list(source.epoch(batch_size, np.random.default_rng(seed)))


@given(images=counts, batch_size=counts)
def test_shuffled_deals_every_image_once_an_epoch(images, batch_size):
    batches = epoch(Shuffled(images), batch_size)
    assert len(batches) == Shuffled(images).count(batch_size)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(images))


@given(new=counts, known=counts, batch_size=st.integers(2, 20))
def test_replayed_fills_half_of_each_batch_with_new_images(new, known, batch_size):
    batches = epoch(Replayed(new, known), batch_size)
    assert len(batches) == Replayed(new, known).count(batch_size)
    for batch in batches:
        assert (len(batch), (batch < new).sum()) == (batch_size, batch_size // 2)
        assert 0 <= batch.min() <= batch.max() < new + known


@given(new=counts, known=counts, batch_size=st.integers(2, 20))
def test_replayed_shows_every_new_image_once_before_any_comes_again(new, known, batch_size):
    dealt = np.concatenate(epoch(Replayed(new, known), batch_size))
    times = np.bincount(dealt[dealt < new], minlength=new)
    assert times.min() >= 1
    assert times.max() - times.min() <= 1


def test_shares_may_change_from_an_epoch_on():
    source = Shares((50, 50), (0.5, 0.5), 3, late_shares=(0.1, 0.9), late_from=4)
    held = {
        number: [int((batch < 50).sum()) for batch in source.epoch(10, np.random.default_rng(0), number)]
        for number in (1, 3, 4, 9)
    }
    assert held == {1: [5, 5, 5], 3: [5, 5, 5], 4: [1, 1, 1], 9: [1, 1, 1]}


def test_replayed_makes_as_many_batches_as_it_is_told():
    assert len(epoch(Replayed(3, 100, batches=7), 10)) == Replayed(3, 100, batches=7).count(10) == 7


@pytest.mark.parametrize("source", [Shuffled(50), Replayed(20, 30), Shares((20, 30), (0.5, 0.5), 5)])
def test_the_order_comes_from_the_generator_alone(source):
    first, again, other = (np.concatenate(epoch(source, 10, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shuffled(0), "no image"),
        (lambda: Replayed(0, 5), "0 new and 5 known"),
        (lambda: Replayed(5, 0), "5 new and 0 known"),
        (lambda: Replayed(5, 5, batches=0), "at least one batch, not 0"),
        (lambda: Shares((5,), (0.5, 0.5), 1), "each part needs an image and a share"),
        (lambda: Shares((5, 0), (0.5, 0.5), 1), "each part needs an image and a share"),
        (lambda: Shares((5, 5), (0.5, 0.6), 1), "add up to 1"),
        (lambda: Shares((5, 5), (0.5, 0.5), 0), "at least one batch, not 0"),
        (lambda: epoch(Shares((5, 5), (0.99, 0.01), 1), 10), "has no room for"),
        (lambda: epoch(Replayed(5, 5), 1), "a batch of 1 has no room"),
    ],
)
def test_what_gives_no_batches_is_refused(make, message):
    with pytest.raises(BatchError, match=message):
        make()


@given(parts=st.lists(counts, min_size=1, max_size=3), batch_size=st.integers(12, 40), batches=st.integers(1, 5))
def test_shares_gives_each_part_its_share_of_every_batch(parts, batch_size, batches):
    source = Shares(tuple(parts), (1 / len(parts),) * len(parts), batches)
    dealt = epoch(source, batch_size)
    assert len(dealt) == source.count(batch_size) == batches
    ends = np.cumsum([0, *parts])
    for batch in dealt:
        assert len(batch) == batch_size
        held = np.histogram(batch, bins=ends)[0]
        assert np.abs(held - batch_size / len(parts)).max() <= 1


def test_shares_shows_all_of_a_part_before_any_comes_again():
    dealt = np.concatenate(epoch(Shares((10, 1000), (0.5, 0.5), 5), 8))
    np.testing.assert_array_equal(np.bincount(dealt[dealt < 10]), np.full(10, 2))
