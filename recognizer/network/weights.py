"""Weights on disk: safetensors with the architecture and the training's provenance in the header.

Left out on purpose: pickles, which run code, and mercy. A file is read only if everything about it is as it should be,
because what it is read into answers visitors."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import architectures, safetensors
from .architectures import DIGITS, Architecture
from .network import Network

FORMAT_VERSION = 1
MAX_BYTES = 50_000_000


class WeightsError(ValueError):
    """A file of weights cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True)
class LoadedWeights:
    """A network as it was saved, where it came from, and the SHA-256 of the file in hexadecimal."""

    network: Network
    provenance: dict[str, Any]
    sha256: str
    preprocessing_version: int


def dumps(network: Network, provenance: Mapping[str, Any], *, preprocessing_version: int = 1) -> bytes:
    """Return the file of a float32 network; raise WeightsError if it could not be read again."""
    try:
        text = json.dumps(dict(provenance), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise WeightsError(f"The provenance cannot be written as JSON: {error}.") from None
    check_finite(network.named_parameters())
    metadata = {
        "architecture": network.architecture.name,
        "format_version": str(FORMAT_VERSION),
        "preprocessing_version": str(preprocessing_version),
        "provenance": text,
    }
    return safetensors.dumps(network.named_parameters(), metadata)


def save(
    network: Network, provenance: Mapping[str, Any], file: str | Path | BinaryIO, *, preprocessing_version: int = 1
) -> str:
    """Write a network to a path or into an open binary file; return the SHA-256 in hexadecimal.

    At a path there is either the whole new file or what was there before, even if the power fails. Raises
    WeightsError for weights that are not finite, OSError if the file cannot be written.
    """
    data = dumps(network, provenance, preprocessing_version=preprocessing_version)
    if isinstance(file, str | Path):
        write_atomically(Path(file), data)
    else:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def load(path: str | Path, *, expected_sha256: str | None = None, max_bytes: int = MAX_BYTES) -> LoadedWeights:
    """Return the weights at `path`, of which no more than max_bytes are read; raise WeightsError."""
    try:
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise WeightsError(f"The weights at {str(path)!r} cannot be read: {error.strerror}.") from None
    return loads(data, expected_sha256=expected_sha256, max_bytes=max_bytes)


def loads(data: bytes, *, expected_sha256: str | None = None, max_bytes: int = MAX_BYTES) -> LoadedWeights:
    """Return the weights that a file of these bytes holds; raise WeightsError."""
    if len(data) > max_bytes:
        raise WeightsError(f"The weights have more than the {max_bytes} bytes allowed.")
    sha256 = hashlib.sha256(data).hexdigest()
    if expected_sha256 is not None and sha256 != expected_sha256.lower():
        raise WeightsError(f"The weights have the SHA-256 {sha256}, not {expected_sha256} as recorded.")
    try:
        contents = safetensors.loads(data)
    except safetensors.FormatError as error:
        raise WeightsError(f"The weights are no safetensors file that can be read: {error}.") from None
    return LoadedWeights(
        network=read_network(contents),
        provenance=read_provenance(contents.metadata),
        sha256=sha256,
        preprocessing_version=positive_integer(contents.metadata, "preprocessing_version"),
    )


def read_network(contents: safetensors.Contents) -> Network:
    check_format_version(contents.metadata)
    try:
        architecture = architectures.find(entry(contents.metadata, "architecture"))
    except architectures.UnknownArchitecture as error:
        raise WeightsError(f"The weights are of another program: {error}.") from None
    architecture = architecture.with_classes(classes_of(contents.tensors, architecture))
    network = Network(architecture, np.empty(architecture.parameter_count, np.float32))
    check_tensors(contents.tensors, network)
    for name, view in network.named_parameters().items():
        view[...] = contents.tensors[name]
    return network


def classes_of(tensors: dict[str, np.ndarray], architecture: Architecture) -> int:
    """How many answers the weights have: as many as the architecture, or of the digits alone, without "no digit"."""
    last = tensors.get(f"{len(architecture.layers)}.bias")
    return DIGITS if last is not None and last.shape == (DIGITS,) else architecture.output_shape[0]


def check_format_version(metadata: dict[str, str]) -> None:
    version = positive_integer(metadata, "format_version")
    if version != FORMAT_VERSION:
        raise WeightsError(f"The weights have format {version}; this program reads format {FORMAT_VERSION}: update it.")


def check_tensors(tensors: dict[str, np.ndarray], network: Network) -> None:
    expected = network.named_parameters()
    if missing := sorted(expected.keys() - tensors.keys()):
        raise WeightsError(f"The weights lack the tensor {missing[0]!r} of {network.architecture.name}.")
    if extra := sorted(tensors.keys() - expected.keys()):
        raise WeightsError(
            f"The weights hold a tensor {extra[0]!r:.80} that {network.architecture.name} does not have."
        )
    for name, view in expected.items():
        if tensors[name].shape != view.shape:
            raise WeightsError(f"The tensor {name!r} must have the shape {view.shape}, not {tensors[name].shape}.")
    check_finite(tensors)


def check_finite(tensors: Mapping[str, np.ndarray]) -> None:
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise WeightsError(f"The tensor {name!r} holds a value that is no finite number.")


def read_provenance(metadata: dict[str, str]) -> dict[str, Any]:
    """Return the provenance; what no database can store as text (NUL, half a surrogate pair) is refused."""
    try:
        provenance = json.loads(entry(metadata, "provenance"), parse_constant=safetensors.refuse_constant)
        text = json.dumps(provenance, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"The weights' provenance is not JSON: {error!s:.100}.") from None
    if not isinstance(provenance, dict) or b"\\u0000" in text:
        raise WeightsError("The weights' provenance is not a JSON object of ordinary text.")
    return provenance


def positive_integer(metadata: dict[str, str], name: str) -> int:
    text = entry(metadata, name)
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0):
        raise WeightsError(f"The weights' {name} must be a whole number from 1 up, not {text!r:.80}.")
    return int(text)


def entry(metadata: dict[str, str], name: str) -> str:
    if name not in metadata:
        raise WeightsError(f"The weights do not name their {name}: they are of another program.")
    return metadata[name]


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, force it to the disk, then rename: no reader and no crash sees half a file."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes it private; weights are not secret
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    force_directory(path.parent)


def force_directory(directory: Path) -> None:
    """Force a directory's entries to the disk, so that a rename survives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
