"""A backup of SQLite restored on PostgreSQL, and that one's back on SQLite: the same site all along."""

import json
import subprocess
import sys

import pytest

from tests.conftest import missing
from tests.site import postgresql
from tests.site.imports import PROJECT_DIR
from tests.site.running import environment
from tests.training.backups import making
from tests.training.backups.comparing import files_of, rows_of
from training.backups import taking

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def database_url():
    if postgresql.program("initdb") is None:
        missing("PostgreSQL", "apt install postgresql")
    with postgresql.cluster() as url:
        yield url.removesuffix("/digits") + "/postgres"  # a database that every server has


def manage(place, name: str, *arguments: object, **more: str) -> dict:
    """Run a command of a site of its own."""
    folder = place / name
    env = environment(folder, folder / "static", **more)
    command = [sys.executable, "manage.py", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_site_moves_to_the_other_database_and_back(place, database_url):
    making.fill()
    taking.take(place / "first")
    there = {"DATABASE_URL": database_url}
    manage(place, "there", "restore", place / "first", **there)
    manage(place, "there", "backup", place / "second", **there)
    manage(place, "back", "restore", place / "second")
    manage(place, "back", "backup", place / "third")
    first = rows_of(place / "first")
    assert sum(map(len, first.values())) > 200
    assert rows_of(place / "second") == first
    assert rows_of(place / "third") == first
    assert files_of(place / "first") == files_of(place / "second") == files_of(place / "third")
    numbers = [json.loads((place / n / "manifest.json").read_text())["last_numbers"] for n in ("first", "third")]
    given = [{name: last for name, last in each.items() if last} for each in numbers]
    assert given[0] == given[1]
