"""How the environment is made, and what is said where it cannot be."""

import subprocess
import sys

import pytest

from digits_site import bootstrap
from tests.site.imports import PROJECT_DIR


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with requirements, and this very Python in the place of its environment's."""
    (tmp_path / "requirements.txt").write_text("numpy==1\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest==1\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "PROJECT_DIR", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed")
    monkeypatch.setattr(bootstrap, "PYTHON", sys.executable)
    return tmp_path


def test_nothing_counts_as_installed_before_the_end(project):
    assert not bootstrap.is_installed(project / "requirements.txt")


def test_what_was_installed_is_not_installed_again(project):
    bootstrap.write_stamp(project / "requirements.txt")
    assert bootstrap.is_installed(project / "requirements.txt")
    assert not bootstrap.is_installed(project / "requirements-dev.txt")


def test_what_the_tests_need_holds_what_the_site_needs(project):
    bootstrap.write_stamp(project / "requirements-dev.txt")
    assert bootstrap.is_installed(project / "requirements.txt")


def test_a_changed_requirement_is_installed_even_when_another_file_includes_it(project):
    bootstrap.write_stamp(project / "requirements-dev.txt")
    (project / "requirements.txt").write_text("numpy==2\n")
    assert not bootstrap.is_installed(project / "requirements-dev.txt")


def test_an_environment_whose_python_is_gone_is_made_anew(project, monkeypatch):
    bootstrap.write_stamp(project / "requirements.txt")
    monkeypatch.setattr(bootstrap, "PYTHON", project / "no" / "python")
    assert bootstrap.python_version() == ""
    assert not bootstrap.is_installed(project / "requirements.txt")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [Errno 30] Read-only file system", "writable"),
        ("WARNING: Retrying after NewConnectionError\nERROR: No matching distribution", "cannot be reached"),
        ("ERROR: No matching distribution found for numpy==99", "another Python may help"),
        ("something else", "lines above"),
    ],
)
def test_a_failed_installation_says_what_to_do(output, words):
    with pytest.raises(bootstrap.InstallError) as caught:
        bootstrap.run([sys.executable, "-c", f"print({output!r}); raise SystemExit(1)"], "It failed")
    assert words.lower() in str(caught.value).lower()
    assert output in str(caught.value)


def test_a_failure_without_a_reason_on_a_full_disk_is_the_disks(monkeypatch):
    monkeypatch.setattr(bootstrap, "ENVIRONMENT_BYTES", 2**60)
    assert bootstrap.remedy("returned non-zero exit status 1").startswith("The disk is full.")


@pytest.mark.parametrize("target", ["run", "test"])
def test_without_python_make_says_what_to_install(target):
    command = ["make", target, "PYTHON=/no/such/python"]
    answer = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True)
    assert answer.returncode != 0
    assert "Python 3.11 or newer with its venv module" in answer.stderr
    assert "/no/such/python" in answer.stderr
