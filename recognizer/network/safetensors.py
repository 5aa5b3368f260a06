"""The safetensors container: eight bytes of header length, a JSON header, then the tensors' bytes without a gap.

Left out on purpose: what the tensors mean, and every dtype but float32. Nothing is allocated by what a header claims:
a header that does not fit the bytes that are there is refused first."""

import json
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn

import numpy as np

MAX_HEADER_BYTES = 1_000_000
ALIGNMENT_BYTES = 8
DTYPES = {"F32": np.dtype("<f4")}


class FormatError(ValueError):
    """The bytes are not a safetensors file that this module reads."""


@dataclass(frozen=True)
class Contents:
    """What a file holds. The tensors are read-only views of its bytes."""

    metadata: dict[str, str]
    tensors: dict[str, np.ndarray]


def dumps(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """Return a file that holds `tensors` (float32) and `metadata`. The same input gives the same bytes."""
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + 4 * tensor.size
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % ALIGNMENT_BYTES)
    return b"".join(
        [len(text).to_bytes(8, "little"), text, *(tensor.astype("<f4").tobytes() for tensor in tensors.values())]
    )


def loads(data: bytes) -> Contents:
    """Return what a file of these bytes holds; raise FormatError."""
    text, body = split(data)
    header = parse_header(text)
    metadata = check_metadata(header.pop("__metadata__", {}))
    places = {name: place_of(name, entry) for name, entry in header.items()}
    check_places([(start, end) for _, start, end in places.values()], len(body))
    return Contents(
        metadata,
        {
            name: np.frombuffer(body[start:end], DTYPES["F32"]).reshape(shape)
            for name, (shape, start, end) in places.items()
        },
    )


def split(data: bytes) -> tuple[bytes, memoryview]:
    """Return the header and the tensors' bytes."""
    if len(data) < 8:
        raise FormatError(f"it has {len(data)} bytes, fewer than the 8 of a header's length")
    length = int.from_bytes(data[:8], "little")
    if length > MAX_HEADER_BYTES:
        raise FormatError(f"it says that its header has {length} bytes, more than the {MAX_HEADER_BYTES} allowed")
    if length > len(data) - 8:
        raise FormatError(f"it is cut off: its header should have {length} bytes, {len(data) - 8} are there")
    return data[8 : 8 + length], memoryview(data)[8 + length :]


def parse_header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"its header is not JSON: {error!s:.100}") from None
    if not isinstance(header, dict):
        raise FormatError(f"its header is a JSON {type(header).__name__}, not an object")
    return header


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice, of which json.loads would keep the last without a word."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice")
    return result


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def check_metadata(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError("its __metadata__ is not an object of strings")
    return metadata


def place_of(name: str, entry: Any) -> tuple[tuple[int, ...], int, int]:
    """Return a tensor's shape and the offsets of its first byte and of the byte behind its last."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FormatError(f"tensor {name!r:.80} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise FormatError(f"tensor {name!r:.80} has dtype {dtype!r:.80}, not F32")
    if not are_integers(shape, 1) or not are_integers(offsets, 0) or len(offsets) != 2:
        raise FormatError(f"tensor {name!r:.80} has shape {shape!r:.80} and offsets {offsets!r:.80}")
    start, end = offsets
    if end - start != 4 * prod(shape):
        raise FormatError(f"tensor {name!r:.80} of shape {shape!r:.80} does not fill its bytes {start} to {end}")
    return tuple(shape), start, end


def are_integers(values: Any, least: int) -> bool:
    """Say whether values is a list of a few integers, small enough that their product is computed at once."""
    return (
        isinstance(values, list)
        and len(values) <= 8
        and all(type(value) is int and least <= value < 2**63 for value in values)
    )


def check_places(places: list[tuple[int, int]], size: int) -> None:
    """Refuse gaps, overlaps, and tensors that end before or behind the file."""
    end = 0
    for start, next_end in sorted(places):
        if start != end:
            raise FormatError(f"its tensors overlap or leave a gap at byte {min(start, end)}")
        end = next_end
    if end != size:
        raise FormatError(f"its tensors should fill {end} bytes, {size} are there")
