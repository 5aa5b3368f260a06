import numpy as np
import pytest

from training.data.dataset import Dataset, DatasetError
from training.data.lazy import Joined, Mapped, Picked
from training.data.lines import Lines

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 28, 28), dtype=np.uint8)


@pytest.fixture
def mapped(tmp_path) -> Mapped:
    path = tmp_path / "images"
    path.write_bytes(b"head" + IMAGES.tobytes())
    return Mapped(np.memmap(path, np.uint8, "r", offset=4, shape=IMAGES.shape))


@pytest.fixture(params=["mapped", "joined", "picked"])
def lazy(request, mapped):
    return {
        "mapped": mapped,
        "joined": Joined([IMAGES[:3], Picked(mapped, np.arange(3, 4)), IMAGES[4:4], IMAGES[4:]]),
        "picked": Picked(Joined([mapped, IMAGES]), np.array([10, 1, 2, 13, 4, 5, 6, 17, 8, 9])),
    }[request.param]


INDICES = [
    3, -1, slice(2, 7), slice(None), slice(8, 2, -2), np.array([9, 0, 3, 3]), np.array([], np.int64),
    IMAGES[:, 9, 9] > 99,
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_lazy_images_answer_like_an_array(lazy, index):
    np.testing.assert_array_equal(lazy[index], IMAGES[index])
    assert type(lazy[index]) is np.ndarray


def test_they_have_an_arrays_length_shape_and_type_and_can_be_gone_through(lazy):
    assert (len(lazy), lazy.shape, lazy.dtype, lazy.ndim) == (10, (10, 28, 28), np.uint8, 3)
    assert [image.tobytes() for image in lazy] == [image.tobytes() for image in IMAGES]
    np.testing.assert_array_equal(np.asarray(lazy), IMAGES)


def test_an_image_that_is_not_there_is_an_error(lazy):
    with pytest.raises(IndexError, match="10 images"):
        lazy[np.array([2, 10])]


def test_a_file_that_was_removed_is_read_to_the_end(mapped, tmp_path):
    (tmp_path / "images").unlink()
    np.testing.assert_array_equal(mapped[:], IMAGES)


def test_parts_are_joined_and_selected_without_a_copy_of_their_images(mapped, monkeypatch):
    read = []
    take = Mapped._take
    monkeypatch.setattr(Mapped, "_take", lambda self, rows: read.append(len(rows)) or take(self, rows))
    labels = np.arange(10) % 10
    joined = Dataset.joined(Dataset(mapped, labels), Dataset(IMAGES, labels))
    part = joined[np.flatnonzero(joined.labels < 5)]
    assert read == []
    np.testing.assert_array_equal(part.images[np.array([1, 6])], IMAGES[[1, 1]])
    assert read == [1]


def test_of_the_parts_one_may_have_lines_and_keeps_them_at_its_images():
    lines = Lines(np.zeros((2, 2), np.int16), np.array([2]), np.zeros(1, np.int64))
    labels = np.zeros(1, np.uint8)
    drawn, other = Dataset(IMAGES[:1], labels, lines), Dataset(IMAGES[1:2], labels)
    assert Dataset.joined(other, drawn).lines.known(np.arange(2)).tolist() == [False, True]
    assert Dataset.joined(other, other).lines is None
    with pytest.raises(DatasetError, match="2 of the parts have lines"):
        Dataset.joined(drawn, drawn)
    with pytest.raises(DatasetError, match="2 images need as many"):
        Dataset(IMAGES[:2], np.zeros(2, np.uint8), lines)
