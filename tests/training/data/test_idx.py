"""The IDX reader: whole files come back, everything else is an IdxError that says why."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from training.data.idx import IdxError, parse, read_idx, to_bytes

SMALL = to_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@settings(deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)))
def test_an_array_comes_back_as_it_was_written(array):
    np.testing.assert_array_equal(parse(to_bytes(array)), array)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_packed_and_unpacked_files_are_read(tmp_path, pack):
    path = tmp_path / "digits"
    path.write_bytes(pack(SMALL))
    np.testing.assert_array_equal(read_idx(path), np.arange(24).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it has 0 bytes"),
        (b"\0\0\x08", "it has 3 bytes"),
        (b"\0\1" + SMALL[2:], "magic number is 00010803"),
        (b"\0\0\x0d" + SMALL[3:], "magic number is 00000d03"),
        (b"\0\0\x08\0", "magic number is 00000800"),
        (b"\0\0\x08\x05" + bytes(20), "magic number is 00000805"),
        (SMALL[:10], "header of 16 bytes is cut off after 10"),
        (SMALL[:-1], r"sizes \(2, 3, 4\) need 24 bytes, 23 are there"),
        (SMALL + b"\0", r"sizes \(2, 3, 4\) need 24 bytes, 25 are there"),
        (struct.pack(">HBB4I", 0, 8, 4, *[2**32 - 1] * 4), "need 340282366604025813516997721482669850625 bytes"),
    ],
)
def test_bytes_that_are_not_a_whole_idx_file_are_refused(tmp_path, data, message):
    path = tmp_path / "bad"
    path.write_bytes(data)
    with pytest.raises(IdxError, match=f"bad is not a whole IDX file: .*{message}.*fetch it again"):
        read_idx(path)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_random_bytes_are_an_array_or_an_idx_error(data):
    try:
        array = parse(data)
    except IdxError:
        return
    assert array.nbytes == len(data) - 4 - 4 * array.ndim


@pytest.mark.parametrize("length", [5, 15, 30, -1, -5])
def test_a_packed_file_that_is_cut_off_is_refused(tmp_path, length):
    path = tmp_path / "bad.gz"
    path.write_bytes(gzip.compress(SMALL)[:length])
    with pytest.raises(IdxError, match=r"bad\.gz cannot be read: .*fetch it again"):
        read_idx(path)


def test_a_packed_file_with_a_wrong_bit_is_refused(tmp_path):
    data = bytearray(gzip.compress(SMALL))
    data[20] ^= 1
    path = tmp_path / "bad.gz"
    path.write_bytes(data)
    with pytest.raises(IdxError, match=r"bad\.gz cannot be read"):
        read_idx(path)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(1_000_000)))
    with pytest.raises(IdxError, match="more than the 1000 bytes allowed"):
        read_idx(path, max_bytes=1000)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(IdxError, match=r"none cannot be read: .*No such file"):
        read_idx(tmp_path / "none")
