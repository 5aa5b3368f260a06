import subprocess
from pathlib import Path

import numpy as np
import pytest

from recognizer.network import Network
from training import provenance


@pytest.fixture
def copy_of_the_project(settings, tmp_path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "digits"\nversion = "1.2.3"\n')
    settings.BASE_DIR = tmp_path
    return tmp_path


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_without_git_the_code_is_known_by_the_projects_version(copy_of_the_project):
    assert provenance.code_version() == "1.2.3"


def test_a_working_copy_is_known_by_its_commit_and_by_what_was_changed(copy_of_the_project):
    git(copy_of_the_project, "init", "--quiet")
    git(copy_of_the_project, "add", ".")
    git(copy_of_the_project, "commit", "--quiet", "--message", "Begin")
    commit = git(copy_of_the_project, "rev-parse", "--short", "HEAD")
    assert provenance.code_version() == f"1.2.3+{commit}"
    with (copy_of_the_project / "pyproject.toml").open("a") as file:
        file.write("\n")
    assert provenance.code_version() == f"1.2.3+{commit}-dirty"


def test_the_hash_of_parameters_is_that_of_their_bytes_alone():
    first, again, other = (Network.create("lenet-5x5", np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert provenance.parameters_sha256(first) == provenance.parameters_sha256(again)
    assert provenance.parameters_sha256(first) != provenance.parameters_sha256(other)


def test_the_library_that_multiplies_is_named_with_its_kernels(monkeypatch):
    known = [
        {"user_api": "openmp", "internal_api": "openmp", "version": None},
        {"user_api": "blas", "internal_api": "openblas", "version": "0.3.31", "architecture": "SkylakeX"},
    ]
    monkeypatch.setattr(provenance, "threadpool_info", lambda: known)
    assert provenance.blas() == "openblas 0.3.31 SkylakeX"
