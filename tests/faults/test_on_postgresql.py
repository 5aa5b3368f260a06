"""The same faults on PostgreSQL with the broker on a port, as a site of several machines has them."""

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.conftest import missing
from tests.site import postgresql
from tests.site.imports import PROJECT_DIR

AGAIN = ["test_workers.py", "test_checkpoint_crashes.py", "test_surroundings.py", "postgresql_only.py"]
# Each random kill this often: the moments are those of the same code, on another database.
KILLS = 3


@pytest.fixture
def database_url():
    if postgresql.program("initdb") is None:
        missing("PostgreSQL", "apt install postgresql")
    with postgresql.cluster() as url:
        yield url


def test_the_same_on_postgresql_with_an_outside_broker(database_url, kills, tmp_path):
    # What the pytest around this one keeps in the environment is its own.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    told = {"DATABASE_URL": database_url, "FAULTS_BROKER": "outside", "FAULTS_KILLS": str(min(kills, KILLS))}
    files = [str(PROJECT_DIR / "tests" / "faults" / name) for name in AGAIN]
    report = tmp_path / "report.xml"
    options = ["-s", "-p", "no:cacheprovider", "-m", "faults", f"--junitxml={report}"]
    done = subprocess.run([sys.executable, "-m", "pytest", *options, *files], cwd=PROJECT_DIR, env=env | told)
    assert done.returncode == 0
    counts = ElementTree.parse(report).getroot().find("testsuite").attrib
    assert int(counts["tests"]) > len(AGAIN)
    assert int(counts["skipped"]) == 0
