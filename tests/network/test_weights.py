"""Weights on disk: what is saved comes back, what other writers write is read, all else is a WeightsError."""

import hashlib
import io
import json
import os
import tracemalloc

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recognizer.network import Network, weights
from recognizer.network.safetensors import dumps as dump_tensors
from recognizer.network.weights import WeightsError

NETWORK = Network.create("lenet-5x5", np.random.default_rng(0))
PROVENANCE = {"seed": 0, "data": "MNIST", "note": "ä ✓", "epochs": [1, 2]}
DATA = weights.dumps(NETWORK, PROVENANCE, preprocessing_version=3)
HEADER_BYTES = int.from_bytes(DATA[:8], "little")
METADATA = json.loads(DATA[8 : 8 + HEADER_BYTES])["__metadata__"]
quickly = settings(deadline=None, max_examples=200)


def file_with_tensor(name: str, tensor: np.ndarray) -> bytes:
    """Return the file with a tensor replaced or added."""
    return dump_tensors(NETWORK.named_parameters() | {name: tensor}, METADATA)


def file_with(header: bytes | dict, body: bytes = DATA[8 + HEADER_BYTES :]) -> bytes:
    """Return a file with any header before the right tensors."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(start: int, end: int) -> dict:
    """Return the header's entry of a vector that lies at these bytes."""
    return {"dtype": "F32", "shape": [(end - start) // 4], "data_offsets": [start, end]}


def header_with(**entries) -> dict:
    return json.loads(DATA[8 : 8 + HEADER_BYTES]) | entries


def with_metadata(**changes) -> bytes:
    return dump_tensors(NETWORK.named_parameters(), METADATA | changes)


def test_a_network_comes_back_as_it_was_saved(tmp_path):
    path = tmp_path / "a.safetensors"
    sha256 = weights.save(NETWORK, PROVENANCE, path, preprocessing_version=3)
    loaded = weights.load(path, expected_sha256=sha256)
    np.testing.assert_array_equal(loaded.network.parameters, NETWORK.parameters)
    assert loaded.network.architecture.name == "lenet-5x5"
    assert loaded.provenance == PROVENANCE
    assert loaded.preprocessing_version == 3
    assert loaded.sha256 == sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_loaded_weights_can_be_trained_further():
    network = weights.loads(DATA).network
    network.parameters += 1
    np.testing.assert_array_equal(network.parameters, NETWORK.parameters + 1)


def test_an_open_file_is_written_too():
    file = io.BytesIO()
    assert weights.save(NETWORK, PROVENANCE, file) == hashlib.sha256(file.getvalue()).hexdigest()
    np.testing.assert_array_equal(weights.loads(file.getvalue()).network.parameters, NETWORK.parameters)


def test_the_same_network_gives_the_same_bytes():
    assert weights.dumps(NETWORK, PROVENANCE, preprocessing_version=3) == DATA


def test_the_safetensors_package_reads_our_files(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(DATA)
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata() == METADATA
        assert set(file.keys()) == set(NETWORK.named_parameters())
        for name, view in NETWORK.named_parameters().items():
            np.testing.assert_array_equal(file.get_tensor(name), view)


def test_we_read_the_files_of_the_safetensors_package():
    loaded = weights.loads(safetensors.numpy.save(NETWORK.named_parameters(), METADATA))
    np.testing.assert_array_equal(loaded.network.parameters, NETWORK.parameters)


def test_who_reads_the_old_file_while_a_new_one_is_saved_reads_it_to_its_end(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"the old weights")
    with path.open("rb") as reader:
        weights.save(NETWORK, PROVENANCE, path)
        assert reader.read() == b"the old weights"
    assert os.listdir(tmp_path) == ["a.safetensors"]


def test_saving_over_a_file_that_cannot_be_replaced_leaves_no_trace(tmp_path):
    target = tmp_path / "a.safetensors"
    target.mkdir()
    with pytest.raises(OSError, match="irectory"):
        weights.save(NETWORK, PROVENANCE, target)
    assert os.listdir(tmp_path) == ["a.safetensors"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")

    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(weights.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        weights.save(NETWORK, PROVENANCE, path)
    assert os.listdir(tmp_path) == ["a.safetensors"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it has 0 bytes"),
        (b"1234567", "it has 7 bytes"),
        (b"\x80\x04\x95 pickled things are not read", "more than the 1000000 allowed"),
        ((2**64 - 1).to_bytes(8, "little") + b"{}", "18446744073709551615 bytes"),
        ((500).to_bytes(8, "little") + b"{}", "cut off: its header should have 500 bytes, 2 are there"),
        (DATA[:-4], "its tensors should fill 422536 bytes, 422532 are there"),
        (DATA + b"1234", "its tensors should fill 422536 bytes, 422540 are there"),
        (file_with(b"not JSON"), "its header is not JSON"),
        (file_with(b"\xff\xfe{}"), "its header is not JSON"),
        (file_with(b"[" * 100_000), "its header is not JSON"),
        (file_with(b'{"a": 1, "a": 2}'), "a name stands twice"),
        (file_with(b'{"a": NaN}'), "NaN is no JSON"),
        (file_with(b"[]"), "JSON list, not an object"),
        (file_with(header_with(__metadata__={"architecture": 5})), "not an object of strings"),
        (file_with(header_with(__metadata__=None)), "not an object of strings"),
        (file_with({"9.bias": 7}), "'9.bias' is not described by"),
        (file_with({"9.bias": {"dtype": "F32", "shape": [10]}}), "'9.bias' is not described by"),
        (file_with({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}), "dtype 'F64', not F32"),
        (file_with({"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}), "dtype .*, not F32"),
        (file_with({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}}), r"shape \[-1\]"),
        (file_with({"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}), r"shape \[True\]"),
        (file_with({"a": {"dtype": "F32", "shape": [0, 2**62], "data_offsets": [0, 0]}}), r"shape \[0, "),
        (file_with({"a": {"dtype": "F32", "shape": [1.0], "data_offsets": [0, 4]}}), r"shape \[1.0\]"),
        (file_with({"a": {"dtype": "F32", "shape": [1] * 9, "data_offsets": [0, 4]}}), r"shape \[1, 1"),
        (file_with({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}), r"offsets \[0, 4, 8\]"),
        (file_with({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}), "should fill 4398046511104"),
        (file_with({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}), "does not fill its bytes 0 to 4"),
        (file_with({"a": entry(0, 8), "b": entry(4, 12)}), "overlap or leave a gap at byte 4"),
        (file_with({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}), "overlap or leave a gap at byte 0"),
        (dump_tensors(NETWORK.named_parameters(), {}), "do not name their format_version"),
        (with_metadata(format_version="2"), "have format 2; this program reads format 1"),
        (with_metadata(format_version="1.0"), "format_version must be a whole number from 1 up, not '1.0'"),
        (with_metadata(format_version="²"), "format_version must be a whole number"),
        (with_metadata(preprocessing_version="0"), "preprocessing_version must be a whole number from 1 up, not '0'"),
        (with_metadata(architecture="resnet-50"), "no architecture 'resnet-50'; known are: lenet-5x5"),
        (with_metadata(provenance="{"), "provenance is not JSON"),
        (with_metadata(provenance='{"a": Infinity}'), "provenance is not JSON"),
        (with_metadata(provenance="[1]"), "provenance is not a JSON object"),
        (with_metadata(provenance='{"a": "\\u0000"}'), "provenance is not a JSON object of ordinary text"),
        (with_metadata(provenance='{"a": "\\ud800"}'), "provenance is not JSON"),
        (with_metadata(provenance="[" * 100_000), "provenance is not JSON"),
        (dump_tensors({"1.weight": np.zeros(4)}, METADATA), "lack the tensor '1.bias'"),
        (file_with_tensor("a.b", np.zeros(4)), "hold a tensor 'a.b'"),
        (
            file_with_tensor("9.bias", np.zeros(11)),
            r"'9.bias' must have the shape \(10,\), not \(11,\)",
        ),
        (
            file_with_tensor("9.bias", np.full(10, np.nan)),
            "'9.bias' holds a value that is no finite",
        ),
        (
            file_with_tensor("9.bias", np.full(10, np.inf)),
            "'9.bias' holds a value that is no finite",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_not_as_it_should_be_is_refused_with_the_reason(data, message):
    with pytest.raises(WeightsError, match=message):
        weights.loads(data)


def test_another_hash_than_the_recorded_one_is_refused():
    with pytest.raises(WeightsError, match="not 00ff as recorded"):
        weights.loads(DATA, expected_sha256="00ff")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.safetensors' cannot be read: No such file"):
        weights.load(tmp_path / "none.safetensors")


def test_a_directory_is_no_file_of_weights(tmp_path):
    with pytest.raises(WeightsError, match="cannot be read: Is a directory"):
        weights.load(tmp_path)


def test_an_oversized_file_is_refused_without_reading_it_all(tmp_path):
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)  # takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError, match="more than the 1000000 bytes allowed"):
            weights.load(path, max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    network = weights.loads(DATA).network
    network.parameters[3] = np.nan
    with pytest.raises(WeightsError, match=r"'1\.weight' holds a value that is no finite number"):
        weights.save(network, PROVENANCE, tmp_path / "a.safetensors")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("provenance", [{"a": object()}, {"a": float("nan")}])
def test_a_provenance_that_is_no_json_is_refused(provenance):
    with pytest.raises(WeightsError, match="provenance cannot be written as JSON"):
        weights.dumps(NETWORK, provenance)


def assert_refused_or_whole(data: bytes) -> None:
    """Any bytes give weights or a WeightsError, and memory in proportion to the bytes."""
    tracemalloc.start()
    try:
        loaded = weights.loads(data)
    except WeightsError:
        pass
    else:
        assert np.isfinite(loaded.network.parameters).all()
        assert isinstance(loaded.provenance, dict)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20 * len(data) + 2_000_000


@quickly
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data):
    with pytest.raises(WeightsError):
        weights.loads(data)


@quickly
@given(st.binary(max_size=300))
def test_random_headers_are_refused(text):
    with pytest.raises(WeightsError):
        weights.loads(file_with(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@quickly
@given(name=st.sampled_from([*NETWORK.named_parameters(), "__metadata__", "other"]), value=JSON)
def test_an_entry_of_the_header_replaced_by_any_json_is_refused(name, value):
    with pytest.raises(WeightsError):
        weights.loads(file_with(header_with(**{name: value})))


@quickly
@given(name=st.sampled_from(["dtype", "shape", "data_offsets"]), value=JSON | st.lists(st.integers(0), max_size=4))
@example(name="shape", value=[10**6, 10**6])
@example(name="data_offsets", value=[0, 2**64])
def test_a_property_of_a_tensor_replaced_by_any_json_is_refused(name, value):
    header = header_with()
    original = header["7.weight"][name]
    header["7.weight"][name] = value
    if type(value) is type(original) and value == original:
        return
    with pytest.raises(WeightsError):
        weights.loads(file_with(header))


@quickly
@given(name=st.sampled_from(sorted(METADATA)), value=st.text(max_size=30) | JSON.map(json.dumps))
def test_any_metadata_is_read_or_refused(name, value):
    assert_refused_or_whole(with_metadata(**{name: value}))


@quickly
@given(st.integers(0, len(DATA) - 1))
@example(8)
@example(8 + HEADER_BYTES)
def test_a_file_cut_off_anywhere_is_refused(length):
    with pytest.raises(WeightsError):
        weights.loads(DATA[:length])


@quickly
@given(place=st.integers(0, HEADER_BYTES + 40), flip=st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_harmless_and_always_noticed_by_the_hash(place, flip):
    flipped = bytearray(DATA)
    flipped[place] ^= flip
    assert_refused_or_whole(bytes(flipped))
    with pytest.raises(WeightsError, match="SHA-256"):
        weights.loads(bytes(flipped), expected_sha256=hashlib.sha256(DATA).hexdigest())
