"""PostgreSQL goes away in the middle of an epoch, and comes back. Only test_on_postgresql.py runs this file."""

import time
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from tests.site import postgresql
from tests.training.making import queued
from tests.training.processes import wait_until
from training import jobs

from .site import ASKED, now, parameters_of, start, wait_for_learning

pytestmark = pytest.mark.django_db(transaction=True)

AWAY_SECONDS = 3.0


def ended(job) -> bool:
    try:
        return now(job).state in ("succeeded", "failed")
    except OperationalError:
        connection.close()
        return False


def test_a_job_outlives_a_restart_of_its_database(site):
    folder = Path(connection.settings_dict["HOST"])
    expected = parameters_of(jobs.run(queued(**ASKED).pk))
    with site.broker(), site.whole_worker():
        job = start()
        wait_for_learning(job, epoch=3)
        connection.close()
        postgresql.as_server("pg_ctl", "stop", "-w", "-m", "fast", "-D", folder / "data")
        time.sleep(AWAY_SECONDS)
        options = postgresql.options(folder)
        postgresql.as_server("pg_ctl", "start", "-w", "-D", folder / "data", "-l", folder / "log", "-o", options)
        wait_until(lambda: ended(job), "the job ends")
    assert (job.state, job.attempt, parameters_of(job)) == ("succeeded", 1, expected)
