"""Whatever touches the database does the same on PostgreSQL: those tests run once more, on a server of their own.

`make slow` does so."""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.conftest import missing
from tests.site import postgresql
from tests.site.imports import PROJECT_DIR

pytestmark = pytest.mark.slow

SUITES = ["tests/recognizer", "tests/training", "tests/site"]
# Asks for minutes, and what it asks is the same on every database.
EVERYTHING = "tests/site/test_leaks.py::test_no_answer_has_what_is_somebody_elses[everything]"


@pytest.fixture
def database_url():
    if postgresql.program("initdb") is None:
        missing("PostgreSQL", "apt install postgresql")
    with postgresql.cluster() as url:
        yield url


def run_again(database_url, report):
    options = ["-q", "-p", "tests.site.only_database", "-p", "no:cacheprovider"]
    options += ["-m", "not browser and not worker and not faults and not sqlite"]
    options += [f"--junitxml={report}", f"--ignore={__file__}", f"--deselect={EVERYTHING}"]
    # What the pytest around this one keeps in the environment is its own.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *options,
            f"--junitxml={report}",
            f"--ignore={__file__}",
            f"--deselect={EVERYTHING}",
            *SUITES,
        ],
        cwd=PROJECT_DIR,
        env=env | {"DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_whatever_touches_the_database_passes_on_postgresql(database_url, tmp_path):
    done = run_again(database_url, tmp_path / "report.xml")
    assert done.returncode == 0, done.stdout
    counts = ElementTree.parse(tmp_path / "report.xml").getroot().find("testsuite").attrib
    assert int(counts["tests"]) >= 1000
    assert int(counts["skipped"]) == 0, done.stdout


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for():
    from django.db import connection

    asked_for = os.environ.get("DATABASE_URL", "").partition(":")[0]
    assert connection.vendor == ("postgresql" if asked_for.startswith("postgres") else "sqlite")
