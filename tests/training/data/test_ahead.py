"""Batches made ahead: the right images in each, the same ones when a training goes on, and no thread left behind."""

import threading
from itertools import islice

import numpy as np
import pytest

from tests.training.generated import seven_segment_digits
from training.data import ahead
from training.data.ahead import Ahead
from training.data.augmentation import Augmentation
from training.data.batches import Shuffled

IMAGES = seven_segment_digits(50, seed=0)
STILL = Augmentation(0, 0, 0, 0)


def made(augmentation, epochs=2, batch_size=8, seed=5):
    return Ahead(IMAGES, Shuffled(len(IMAGES)), batch_size, epochs, augmentation, seed)


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    monkeypatch.setattr(ahead, "WINDOW_IMAGES", 24)


@pytest.mark.parametrize("augmentation", [None, STILL])
def test_each_batch_has_the_images_that_the_source_deals(augmentation):
    batches = list(made(augmentation).batches(1, 0))
    dealt = [
        indices for epoch in (1, 2) for indices in Shuffled(len(IMAGES)).epoch(8, np.random.default_rng([5, 0, epoch]))
    ]
    assert len(batches) == len(dealt) == 14
    for batch, indices in zip(batches, dealt, strict=True):
        images = batch.images / 255 if augmentation is None else batch.images
        np.testing.assert_allclose(images, IMAGES.images[indices] / 255, atol=1e-6)
        np.testing.assert_array_equal(batch.labels, IMAGES.labels[indices])


@pytest.mark.parametrize(("epoch", "batch"), [(1, 0), (1, 2), (1, 6), (1, 7), (2, 4)])
def test_going_on_in_the_middle_gives_the_images_that_would_have_come(epoch, batch):
    whole = list(made(Augmentation()).batches(1, 0))
    rest = list(made(Augmentation()).batches(epoch, batch))
    done = (epoch - 1) * 7 + batch
    assert len(rest) == len(whole) - done
    for again, once in zip(rest, whole[done:], strict=True):
        np.testing.assert_array_equal(again.images, once.images)
        np.testing.assert_array_equal(again.labels, once.labels)


def test_the_images_of_a_batch_are_changed_in_different_ways(monkeypatch):
    monkeypatch.setattr(ahead, "WINDOW_IMAGES", 32 * 8)
    same = Ahead(IMAGES, Repeated(), 8, 1, Augmentation(), 0)
    batches = list(islice(same.batches(1, 0), 32))
    assert len(np.unique(batches[0].images, axis=0)) == 8
    np.testing.assert_array_equal(batches[0].images, batches[31].images)  # a place has one warp all through a window


class Repeated:
    """Deals out image 0 again and again."""

    def count(self, batch_size):
        return 32

    def epoch(self, batch_size, rng, number=1):
        yield from [np.zeros(batch_size, np.int64)] * 32


def test_epochs_and_seeds_differ():
    first, *_ = made(Augmentation()).batches(1, 0)
    later, *_ = made(Augmentation()).batches(2, 0)
    other, *_ = made(Augmentation(), seed=6).batches(1, 0)
    assert (first.images != later.images).any()
    assert (first.images != other.images).any()


def test_the_memory_lies_as_the_network_wants_it():
    batch = next(made(Augmentation()).batches(1, 0))
    assert batch.images.dtype == np.float32
    assert batch.images.transpose(1, 2, 0).flags.c_contiguous


def test_closing_it_ends_its_thread():
    before = set(threading.enumerate())
    batches = made(Augmentation(), epochs=1000).batches(1, 0)
    next(batches)
    batches.close()
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before


def test_an_error_in_the_thread_is_the_callers():
    class Broken(Augmentation):
        def __call__(self, images, rng):
            raise MemoryError("no room for a warp")

    with pytest.raises(MemoryError, match="no room for a warp"):
        next(made(Broken()).batches(1, 0))
