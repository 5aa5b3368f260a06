"""MNIST: read with everything checked, fetched from mirrors of which any may be bad."""

import gzip
import os
from queue import SimpleQueue

import numpy as np
import pytest

from training.data import mnist
from training.data.idx import to_bytes
from training.data.mnist import Mnist, MnistError, fetch, find, load_split

from .mirror import endless, part, stalled, status, whole, without_length

IMAGES = "train-images-idx3-ubyte"
IMAGES_GZ = f"{IMAGES}.gz"


def write(directory, files):
    for name, data in files.items():
        (directory / name).write_bytes(data)


def assert_whole(directory, published):
    """Nothing but the four files, each as published."""
    assert sorted(os.listdir(directory)) == sorted(published)
    for name, data in published.items():
        assert gzip.decompress((directory / name).read_bytes()) == gzip.decompress(data)


def test_the_splits_are_read_from_packed_files(tmp_path, published):
    write(tmp_path, published)
    data = Mnist(tmp_path)
    assert data.train_images.shape == (30, 28, 28)
    assert data.train_labels.shape == (30,)
    assert (data.test_images.shape, data.test_labels.dtype) == ((20, 28, 28), np.uint8)


def test_the_splits_are_read_from_unpacked_files(tmp_path, published):
    write(tmp_path, {name.removesuffix(".gz"): gzip.decompress(data) for name, data in published.items()})
    assert len(load_split(tmp_path, "test")) == 20


def test_the_real_mnist_is_as_it_was_published(mnist_dir):
    data = Mnist(mnist_dir)
    assert (data.train_images.shape, data.test_images.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    np.testing.assert_array_equal(
        np.bincount(data.test_labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    )
    assert data.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    for name in mnist.FILES:
        assert mnist.fault(mnist.locate(mnist_dir, name), name) is None


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(MnistError, match=r"has no train-images-idx3-ubyte or .*manage.py fetch_mnist.*MNIST_DIR"):
        Mnist(tmp_path).train  # noqa: B018 (reading it is what fails)


def test_images_without_as_many_labels_are_refused(tmp_path, published):
    write(tmp_path, published | {"train-labels-idx1-ubyte.gz": gzip.compress(to_bytes(np.zeros(29, np.uint8)))})
    with pytest.raises(MnistError, match="30 images need as many integer labels"):
        load_split(tmp_path, "train")


def test_a_file_cut_off_is_named(tmp_path, published):
    write(tmp_path, published | {IMAGES_GZ: published[IMAGES_GZ][:-20]})
    with pytest.raises(MnistError, match=rf"{IMAGES_GZ} cannot be read: .*Delete it and fetch it again"):
        load_split(tmp_path, "train")


def test_the_first_directory_with_all_four_files_is_found(tmp_path, published):
    for name in ("half", "whole", "other"):
        (tmp_path / name).mkdir()
    write(tmp_path / "half", {IMAGES_GZ: published[IMAGES_GZ]})
    write(tmp_path / "whole", published)
    write(tmp_path / "other", published)
    directories = [tmp_path / name for name in ("none", "half", "whole", "other")]
    assert find(directories) == tmp_path / "whole"
    assert find(directories[:2]) is None


def test_a_good_mirror_gives_the_four_files(tmp_path, published, mirror):
    assert fetch(tmp_path, [mirror.serve(published).url]) == tmp_path
    assert_whole(tmp_path, published)
    assert len(mirror.requests) == 4


def test_a_directory_that_is_not_there_yet_is_made(tmp_path, published, mirror):
    fetch(tmp_path / "data" / "mnist", [mirror.serve(published).url])
    assert_whole(tmp_path / "data" / "mnist", published)


def test_progress_is_reported_up_to_the_last_byte(tmp_path, published, mirror):
    reports = []
    fetch(tmp_path, [mirror.serve(published).url], lambda *report: reports.append(report))
    size = len(published[IMAGES_GZ])
    assert (IMAGES, size, size) in reports
    assert {name for name, _, _ in reports} == set(mnist.FILES)


def test_what_is_there_already_is_not_fetched_again(tmp_path, published, mirror):
    write(tmp_path, published)
    fetch(tmp_path, [mirror.url])
    assert mirror.requests == []


@pytest.mark.parametrize("name", [IMAGES, IMAGES_GZ])
def test_a_bad_file_that_is_there_is_replaced(tmp_path, published, mirror, name):
    write(tmp_path, published)
    (tmp_path / IMAGES_GZ).unlink()
    (tmp_path / name).write_bytes(b"half a file")
    fetch(tmp_path, [mirror.serve(published).url])
    assert_whole(tmp_path, published)
    assert mirror.ranges(IMAGES_GZ) == [None]


def test_a_transfer_that_breaks_is_taken_up_where_it_broke(tmp_path, published, mirror):
    body = published[IMAGES_GZ]
    mirror.serve(published).answers[IMAGES_GZ] = [part(body, 1000), part(body, 1500), whole(body)]
    fetch(tmp_path, [mirror.url])
    assert_whole(tmp_path, published)
    assert mirror.ranges(IMAGES_GZ) == [None, "bytes=1000-", "bytes=1500-"]


def test_a_transfer_that_breaks_begins_again_where_the_server_cannot_continue(tmp_path, published, mirror):
    body = published[IMAGES_GZ]
    mirror.serve(published).answers[IMAGES_GZ] = [part(body, 1000), part(body, len(body), ranges=False)]
    fetch(tmp_path, [mirror.url])
    assert_whole(tmp_path, published)


def test_a_server_that_refuses_the_range_is_asked_for_the_whole(tmp_path, published, mirror):
    body = published[IMAGES_GZ]
    mirror.serve(published).answers[IMAGES_GZ] = [part(body, 1000), status(416), whole(body)]
    fetch(tmp_path, [mirror.url])
    assert_whole(tmp_path, published)
    assert mirror.ranges(IMAGES_GZ) == [None, "bytes=1000-", None]


def test_a_server_that_falls_silent_is_asked_again(tmp_path, published, mirror):
    body = published[IMAGES_GZ]
    mirror.serve(published).answers[IMAGES_GZ] = [stalled(body, 1000), whole(body)]
    fetch(tmp_path, [mirror.url], timeout_seconds=0.2)
    assert_whole(tmp_path, published)
    assert mirror.ranges(IMAGES_GZ) == [None, "bytes=1000-"]


def test_a_server_that_is_busy_is_asked_again(tmp_path, published, mirror):
    mirror.serve(published).answers[IMAGES_GZ] = [status(503), whole(published[IMAGES_GZ])]
    fetch(tmp_path, [mirror.url])
    assert_whole(tmp_path, published)


def corrupted(body: bytes) -> bytes:
    return body[:50] + bytes([body[50] ^ 1]) + body[51:]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (lambda body: status(404), "answered 404 Not Found"),
        (lambda body: status(500), "answered 500 .*after 4 attempts"),
        (lambda body: part(body, 10, ranges=False), r"ended after 10 of \d+ bytes \(after 4 attempts"),
        (lambda body: whole(corrupted(body)), "it cannot be unpacked|has the SHA-256"),
        (lambda body: without_length(body[:-30]), "it cannot be unpacked: Compressed file ended"),
        (lambda body: whole(gzip.compress(gzip.decompress(body)[:-1] + b"\x07")), "has the SHA-256 [0-9a-f]{64}, not"),
        (lambda body: whole(b"<html>Log in to this network first</html>"), "has the SHA-256"),
        (lambda body: whole(gzip.compress(bytes(10_000_000))), "more than the 23536 bytes allowed"),
        (lambda body: endless(SimpleQueue()), "more than the 89072 bytes that the file can have"),
        (lambda body: without_length(b""), "has the SHA-256"),
    ],
    ids=[
        "not found",
        "server error",
        "always cut off",
        "flipped bit",
        "cut off without a length",
        "other content",
        "web page",
        "unpacks to too much",
        "endless",
        "empty",
    ],
)
def test_a_bad_mirror_is_named_and_the_next_one_is_taken(tmp_path, published, mirror, second_mirror, bad, reason):
    mirror.serve(published).answers[IMAGES_GZ] = [bad(published[IMAGES_GZ])]
    with pytest.raises(MnistError, match=rf"{IMAGES} could not be fetched \({mirror.url}: .*{reason}.*--from"):
        fetch(tmp_path / "alone", [mirror.url])
    assert os.listdir(tmp_path / "alone") == []
    fetch(tmp_path / "both", [mirror.url, second_mirror.serve(published).url])
    assert_whole(tmp_path / "both", published)
    assert second_mirror.ranges(IMAGES_GZ) == [None]


def test_an_endless_body_is_cut_off_early(tmp_path, published, mirror):
    sent = SimpleQueue()
    mirror.serve(published).answers[IMAGES_GZ] = [endless(sent)]
    with pytest.raises(MnistError):
        fetch(tmp_path, [mirror.url])
    assert sent.get(timeout=30) < 50_000_000


def test_no_server_at_all_is_named(tmp_path, published):
    with pytest.raises(MnistError, match=r"http://127.0.0.1:9/x: the connection failed: .*refused"):
        fetch(tmp_path, ["http://127.0.0.1:9/x"])


def test_an_address_that_is_none_is_named(tmp_path, published):
    with pytest.raises(MnistError, match=r"http://\[: .*is no usable address"):
        fetch(tmp_path, ["http://["])


def test_a_directory_is_a_source_too(tmp_path, published):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    write(source, published)
    fetch(target, [tmp_path / "nowhere", str(source)])
    assert_whole(target, published)


def test_a_directory_of_unpacked_files_is_a_source_too(tmp_path, published):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    write(source, {name.removesuffix(".gz"): gzip.decompress(data) for name, data in published.items()})
    fetch(target, [source])
    assert len(load_split(target, "train")) == 30


def test_a_source_directory_with_bad_files_is_named(tmp_path, published):
    source = tmp_path / "source"
    source.mkdir()
    write(source, published | {IMAGES_GZ: corrupted(published[IMAGES_GZ])})
    with pytest.raises(MnistError, match=rf"{source}: (it cannot be unpacked|its content has)"):
        fetch(tmp_path / "target", [source])
    with pytest.raises(MnistError, match="nowhere: no such directory"):
        fetch(tmp_path / "target", [tmp_path / "nowhere"])


def test_a_directory_that_cannot_be_made_is_named(tmp_path, published, mirror):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MnistError, match=r"cannot be stored in .*file/mnist: Not a directory"):
        fetch(tmp_path / "file" / "mnist", [mirror.serve(published).url])


def test_there_are_two_mirrors_on_different_hosts():
    hosts = {url.split("/")[2] for url in mnist.MIRRORS}
    assert len(hosts) >= 2
    assert all(url.startswith("https://") for url in mnist.MIRRORS)
