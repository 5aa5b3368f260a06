"""Whatever touches the database does the same on PostgreSQL: those tests run once more, on a server of their own.

`make test` runs those that databases are most likely to see differently, `make slow` all of them."""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.conftest import missing
from tests.site import postgresql
from tests.site.imports import PROJECT_DIR

# Where databases differ most: locks, constraints, conditional updates, arithmetic with times, migrations.
DIFFERENT = ["tests/recognizer/test_drawings.py", "tests/recognizer/test_versions.py", "tests/training/test_jobs.py",
             "tests/training/test_schedule.py", "tests/training/test_migrations.py",
             "tests/training/test_job_queue.py", "tests/training/test_refreshing.py",
             "tests/site/test_migrations.py"]  # fmt: skip
ALL = ["tests/recognizer", "tests/training", "tests/site"]


@pytest.fixture
def database_url():
    if postgresql.program("initdb") is None:
        missing("PostgreSQL", "apt install postgresql")
    with postgresql.cluster() as url:
        yield url


def run_again(database_url, report, suites):
    options = [
        "-q",
        "-p",
        "tests.site.only_database",
        "-p",
        "no:cacheprovider",
        "-m",
        "not browser and not worker and not slow and not faults and not sqlite",
    ]
    # What the pytest around this one keeps in the environment is its own.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", f"--ignore={__file__}", *suites],
        cwd=PROJECT_DIR,
        env=env | {"DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("suites", "least"), [(DIFFERENT, 100), pytest.param(ALL, 1000, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_whatever_touches_the_database_passes_on_postgresql(database_url, tmp_path, suites, least):
    done = run_again(database_url, tmp_path / "report.xml", suites)
    assert done.returncode == 0, done.stdout
    counts = ElementTree.parse(tmp_path / "report.xml").getroot().find("testsuite").attrib
    assert int(counts["tests"]) >= least
    assert int(counts["skipped"]) == 0, done.stdout


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for():
    from django.db import connection

    asked_for = os.environ.get("DATABASE_URL", "").partition(":")[0]
    assert connection.vendor == ("postgresql" if asked_for.startswith("postgres") else "sqlite")
