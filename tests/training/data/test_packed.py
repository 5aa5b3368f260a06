import numpy as np
import pytest

from training.data import packed
from training.data.lines import pack

ABOUT = {"snapshot": 7, "sha256": "abc"}
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
LINES = [[np.array([[0.0, 0.0], [5.0, 5.0]])], [], [np.array([[1.0, 1.0], [2.0, 8.0]])], [], []]


def pages(size: int = 2):
    for start in range(0, 5, size):
        part = slice(start, start + size)
        points = [pack(each) for each in LINES[part]]
        yield packed.Page(np.arange(100, 105)[part], IMAGES[part], np.arange(5)[part], points)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "folder" / "file"
    packed.write(path, ABOUT, pages())
    return path


def test_what_was_written_is_read(path):
    kept = packed.read(path, ABOUT)
    assert kept.ids.tolist() == [100, 101, 102, 103, 104]
    assert kept.dataset.labels.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(kept.dataset.images[:], IMAGES)
    assert kept.dataset.lines.known(np.arange(5)).tolist() == [True, False, True, False, False]
    np.testing.assert_allclose(kept.dataset.lines.of(2)[0], LINES[2][0])
    assert packed.ids_of(path).tolist() == kept.ids.tolist()


def test_the_file_is_the_same_whatever_the_pages(path, tmp_path):
    packed.write(tmp_path / "other", ABOUT, pages(5))
    assert (tmp_path / "other").read_bytes() == path.read_bytes()


def test_no_images_at_all_are_a_file_too(tmp_path):
    packed.write(tmp_path / "empty", ABOUT, [])
    kept = packed.read(tmp_path / "empty", ABOUT)
    assert (len(kept.ids), len(kept.dataset)) == (0, 0)


def test_images_without_any_lines_have_none(tmp_path):
    page = packed.Page(np.arange(5), IMAGES, np.arange(5), [pack([])] * 5)
    packed.write(tmp_path / "uploads", ABOUT, [page])
    assert packed.read(tmp_path / "uploads", ABOUT).dataset.lines is None


def test_a_file_of_something_else_is_refused(path):
    with pytest.raises(packed.DamagedError, match="is of"):
        packed.read(path, ABOUT | {"sha256": "abd"})


@pytest.mark.parametrize("place", [0, 3, packed.HEADER_BYTES, packed.HEADER_BYTES + 3000, -1])
def test_a_changed_byte_is_found(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(packed.DamagedError):
        packed.read(path, ABOUT)


@pytest.mark.parametrize("kept", [0, 100, packed.HEADER_BYTES, packed.HEADER_BYTES + 784 * 5 + 7, -1])
def test_a_file_that_is_cut_short_is_found(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(packed.DamagedError):
        packed.read(path, ABOUT)


@pytest.mark.parametrize("header", [b"[]", b'"text"', b"{}", b'{"format": "digits-packed-1"}', b"\xff"])
def test_a_header_that_says_nothing_is_found(path, header):
    path.write_bytes(header.ljust(packed.HEADER_BYTES) + path.read_bytes()[packed.HEADER_BYTES :])
    with pytest.raises(packed.DamagedError):
        packed.read(path, ABOUT)
    with pytest.raises(packed.DamagedError):
        packed.ids_of(path)


def test_a_writer_that_is_stopped_leaves_what_was_there_and_nothing_else(path):
    before = path.read_bytes()

    def stopped():
        yield next(pages())
        raise InterruptedError

    with pytest.raises(InterruptedError):
        packed.write(path, ABOUT, stopped())
    assert [each.name for each in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == before


def test_who_has_a_file_mapped_keeps_it_when_another_writes_it_again(path):
    kept = packed.read(path, ABOUT)
    packed.write(path, ABOUT, [])
    np.testing.assert_array_equal(kept.dataset.images[:], IMAGES)
