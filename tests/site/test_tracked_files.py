"""What lies in the repository works on any machine and speaks of itself alone."""

import re
import subprocess

import pytest

from tests.conftest import missing
from tests.site.imports import PROJECT_DIR

# Folders in which somebody's copy lies; written in two parts so that this file does not name one itself.
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.~$}])/" + r"(work|root|home|Users)/\w")
BINARY = {".png", ".safetensors", ".gz", ".ico", ".woff2", ".npz", ".jpg", ".webp"}


def tracked_files():
    # The folder may belong to somebody else than who runs the tests, which git refuses to look into unless told.
    command = ["git", "-c", f"safe.directory={PROJECT_DIR}", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True)
    if listed.returncode != 0:
        missing("the git repository", "run the tests in a clone")
    paths = [PROJECT_DIR / name for name in listed.stdout.split("\0") if name]
    assert len(paths) > 50
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def test_no_tracked_file_names_a_folder_of_one_machine():
    found = [
        f"{path.relative_to(PROJECT_DIR)}:{number}: {line.strip()}"
        for path in tracked_files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if SOMEBODYS_FOLDER.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["open('/" + "home/ada/x')", "cd /" + "work/site", "DIR=/" + "root/data"])
def test_a_folder_of_one_machine_is_found(line):
    assert SOMEBODYS_FOLDER.search(line)


@pytest.mark.parametrize("line", ["https://example.org/" + "home/x", "templates/" + "home/x.html", "~/" + "work/x"])
def test_an_address_and_a_relative_path_are_no_folders_of_a_machine(line):
    assert not SOMEBODYS_FOLDER.search(line)


def test_every_package_that_is_installed_is_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (PROJECT_DIR / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.match(r"[\w.,\[\]-]+==[\w.]+(;|$)", line), f"{name}: {line}"
