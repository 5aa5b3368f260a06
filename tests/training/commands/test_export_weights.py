"""`manage.py export_weights`: both formats, which version, and what it says when it cannot."""

import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest

from recognizer import recognition, versions
from recognizer.network import weights
from tests.training.making import new_version

from .asking import ask


@pytest.mark.parametrize("kind", ["safetensors", "onnx"])
def test_the_answer_describes_the_file(tmp_path, kind):
    answer = ask("export_weights", tmp_path / f"out.{kind}", "--json").json
    data = (tmp_path / f"out.{kind}").read_bytes()
    assert answer == {
        "file": str(tmp_path / f"out.{kind}"),
        "format": kind,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "model_version": 1,
        "architecture": "lenet-5x5",
    }


def test_safetensors_are_the_versions_own_file(tmp_path):
    ask("export_weights", tmp_path / "out.safetensors")
    loaded = weights.load(tmp_path / "out.safetensors", expected_sha256=versions.live_deployment().version.sha256)
    assert loaded.network.architecture.name == "lenet-5x5"


def test_onnx_answers_as_the_version_does(tmp_path):
    version = new_version(4)
    ask("export_weights", tmp_path / "out.onnx", "--model-version", version.number)
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    session = onnxruntime.InferenceSession(tmp_path / "out.onnx", providers=["CPUExecutionProvider"])
    (answers,) = session.run(["probabilities"], {"image": images[:, None].astype(np.float32) / 255})
    expected = recognition.for_version(version).network.probabilities(images)
    assert np.abs(answers - expected).max() < 1e-5
    facts = {each.key: each.value for each in onnx.load(tmp_path / "out.onnx").metadata_props}
    assert facts["version"] == str(version.number)


def test_without_json_it_says_what_is_where(tmp_path):
    answer = ask("export_weights", tmp_path / "out.onnx")
    assert answer.out.startswith(f"Version 1 (lenet-5x5) in {tmp_path / 'out.onnx'}, 0.")


@pytest.mark.parametrize("name", ["out.h5", "out"])
def test_a_name_that_says_no_format_is_an_error(tmp_path, name):
    answer = ask("export_weights", tmp_path / name, "--json")
    assert (answer.status, answer.out) == (1, "")
    assert f"'{name}' says no format that is known: its name must end in .safetensors or .onnx." in answer.error


def test_a_version_that_is_not_there_is_an_error_and_writes_nothing(tmp_path):
    answer = ask("export_weights", tmp_path / "out.onnx", "--model-version", 99)
    assert answer.status == 1
    assert "There is no version 99" in answer.error
    assert not (tmp_path / "out.onnx").exists()


def test_a_version_whose_file_is_broken_leaves_the_old_file(tmp_path):
    version = versions.live_deployment().version
    (tmp_path / "out.onnx").write_bytes(b"old")
    with version.weights.storage.open(version.weights.name, "wb") as file:
        file.write(b"not weights")
    answer = ask("export_weights", tmp_path / "out.onnx")
    assert answer.status == 1
    assert "Version 1 cannot be exported" in answer.error
    assert (tmp_path / "out.onnx").read_bytes() == b"old"


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    answer = ask("export_weights", tmp_path / "nowhere" / "out.onnx")
    assert answer.status == 1
    assert "No such file or directory" in answer.error
