"""The bounds of a download that MNIST's own tests do not reach."""

import pytest

from training.data.download import DownloadError, download

from .mirror import whole, without_length


def test_all_attempts_together_end_at_the_total_time(tmp_path, mirror):
    mirror.answers["file"] = [whole(b"12345")]
    with pytest.raises(DownloadError, match="takes too long"):
        download(f"{mirror.url}/file", tmp_path / "x", max_bytes=100, timeout_seconds=5, total_seconds=-1)


def test_a_body_of_exactly_the_largest_size_is_taken(tmp_path, mirror):
    mirror.answers["file"] = [without_length(b"12345")]
    download(f"{mirror.url}/file", tmp_path / "x", max_bytes=5, timeout_seconds=5)
    assert (tmp_path / "x").read_bytes() == b"12345"


def test_a_byte_more_is_refused(tmp_path, mirror):
    mirror.answers["file"] = [without_length(b"123456")]
    with pytest.raises(DownloadError, match="more than the 5 bytes"):
        download(f"{mirror.url}/file", tmp_path / "x", max_bytes=5, timeout_seconds=5)
