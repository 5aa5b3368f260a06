"""Killed inside the writing of a checkpoint, and between the file and the row: no half file is ever loaded."""

import os
import subprocess
import sys

import pytest

from tests.training.making import queued
from tests.training.processes import PROJECT_DIR, database_url
from training import jobs
from training.models import TrainingJob

from .site import ASKED, now, parameters_of, trained

pytestmark = pytest.mark.django_db(transaction=True)

# Runs the job and ends itself, without a chance to tidy up, the third time that it comes to a place.
SCRIPT = """
import os, signal, sys
import django
django.setup()
from recognizer.network import weights
from training import checkpoints, jobs

def third_time(function, do):
    calls = []
    def instead(*arguments, **named):
        calls.append(1)
        return do(function, *arguments, **named) if len(calls) == 3 else function(*arguments, **named)
    return instead

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def write_half(write, path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(f".{path.name}.half"), "wb") as file:
        file.write(data[: len(data) // 2])
        file.flush()
        os.fsync(file.fileno())
    die()

def write_half_in_place(write, path, data):
    path.write_bytes(data[: len(data) // 2])  # what a disk may leave that lost its power after the rename
    die()

place = sys.argv[1]
if place == "inside the write":
    checkpoints.write_atomically = third_time(checkpoints.write_atomically, write_half)
elif place == "before the rename":
    os.replace = third_time(os.replace, die)
elif place == "a file cut off":
    checkpoints.write_atomically = third_time(checkpoints.write_atomically, write_half_in_place)
elif place == "before the row":
    jobs.Claim.kept = third_time(jobs.Claim.kept, die)
jobs.run(int(sys.argv[2]))
"""


def killed(place: str, job: TrainingJob, folder, mnist) -> None:
    own = {"DJANGO_SETTINGS_MODULE": "digits_site.settings", "DATABASE_URL": database_url(), "DATA_DIR": str(folder),
           "MEDIA_ROOT": str(folder), "MNIST_DIR": str(mnist), "CHECKPOINT_SECONDS": "0"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, place, str(job.pk)], cwd=PROJECT_DIR, env={**os.environ, **own}, timeout=120
    )
    assert done.returncode == -9


@pytest.mark.parametrize(
    ("place", "kept"),
    [("inside the write", 2), ("before the rename", 2), ("a file cut off", 2), ("before the row", 3)],
)
def test_killed_while_a_checkpoint_is_written(place, kept, tmp_path, small_mnist, settings):
    settings.CHECKPOINT_SECONDS = 3600.0
    asked = ASKED | {"epochs": 3}
    expected = parameters_of(jobs.run(queued(**asked).pk))
    job = queued(**asked)
    killed(place, job, tmp_path, small_mnist)
    assert now(job).state == "running"
    jobs.sweep()
    assert (now(job).state, job.checkpoint_step) == ("queued", 2)
    job = jobs.run(job.pk)
    assert (job.state, job.resumed_step, parameters_of(job)) == ("succeeded", kept, expected)
    assert trained() == 2
