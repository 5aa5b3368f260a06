"""A version as a file to take along: the weights as they are kept, or a graph that other programs run.

Left out on purpose: who may take it. The admin asks for a permission, whoever has a shell has the files anyway."""

import json
from collections.abc import Callable

from django.conf import settings

from recognizer import onnx_graph, versions
from recognizer.models import ModelVersion
from recognizer.network import weights
from recognizer.storing import StorageAwayError, opened


class FormatError(ValueError):
    """No format has this name; the message lists those that there are."""


def as_safetensors(version: ModelVersion) -> bytes:
    """The version's own file, checked. Raises VersionError when it is missing or not what was stored."""
    return _read(version)[0]


def as_onnx(version: ModelVersion) -> bytes:
    """The version as ONNX, with what the site knows of it as metadata. Raises VersionError, OnnxError."""
    _, loaded = _read(version)
    return onnx_graph.dumps(loaded.network, metadata(version))


def metadata(version: ModelVersion) -> dict[str, str]:
    """What is written into an ONNX file beside the graph, as ONNX keeps it: texts by name."""
    return {
        "version": str(version.number),
        "architecture": version.architecture,
        "weights_sha256": version.sha256,
        "preprocessing_version": str(version.preprocessing_version),
        "created_at": version.created_at.isoformat(timespec="seconds"),
        "opset": str(onnx_graph.OPSET),
        # The site answers with a digit only within these bounds; which ones suit is up to who uses the file.
        "digit_if_confidence_at_least": str(settings.MIN_CONFIDENCE),
        "digit_if_no_digit_below": str(settings.NO_DIGIT_FROM),
        "provenance": json.dumps(version.provenance, sort_keys=True),
    }


FORMATS: dict[str, Callable[[ModelVersion], bytes]] = {"safetensors": as_safetensors, "onnx": as_onnx}


def contents(version: ModelVersion, kind: str) -> bytes:
    """The version's file in a format. Raises FormatError, VersionError, OnnxError."""
    if kind not in FORMATS:
        raise FormatError(f"{kind!r:.40} is no format of weights; there are: {', '.join(FORMATS)}")
    return FORMATS[kind](version)


def file_name(version: ModelVersion, kind: str) -> str:
    return f"digits-version-{version.number}-{version.architecture}.{kind}"


def _read(version: ModelVersion) -> tuple[bytes, weights.LoadedWeights]:
    versions.check_kept(version)
    try:
        with opened(version.weights) as file:
            data = file.read(version.size_bytes + 1)
        return data, weights.loads(data, expected_sha256=version.sha256)
    except StorageAwayError as error:
        raise versions.UnreachableError(f"Version {version.number} cannot be exported, since {error}.") from error
    except (OSError, ValueError) as error:
        raise versions.VersionError(
            f"Version {version.number} cannot be exported: {error}. Restore the file {version.weights.name!r} in the "
            "storage of weights."
        ) from error
