"""What training stands on gives way: the broker dies or forgets everything, and the disk is full."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recognizer import versions
from recognizer.models import Deployment, ModelVersion
from tests.conftest import missing
from tests.training.making import queued
from tests.training.processes import wait_until
from training import jobs, tasks
from training.models import TrainingJob

from .site import ASKED, Site, now, parameters_of, start, trained, wait_for_state

pytestmark = pytest.mark.django_db(transaction=True)

QUEUED = 50
TINY = {"architecture": "lenet-5x5", "epochs": 1, "batch_size": 100, "mnist_images": 100}


def kill_and_restart(site: Site, broker) -> None:
    broker.kill()
    broker.__enter__()


def empty(site: Site, broker) -> None:
    site.client().flushall()


def wait_for_trained(count: int) -> None:
    """One after the other: a slow machine may take its time for all, none may take for ever."""
    for number in range(1, count + 1):
        wait_until(lambda number=number: trained() >= number, f"{number} of {QUEUED} jobs are done")


@pytest.mark.parametrize("fault", [kill_and_restart, empty])
def test_no_job_is_lost_when_the_broker_dies_or_forgets(site, fault: Callable):
    with site.broker() as broker, site.whole_worker(JOB_RING_SECONDS=2):
        waiting = [start(**TINY, seed=seed) for seed in range(QUEUED)]
        for share in (0.1, 0.5):
            wait_for_trained(round(share * QUEUED))
            fault(site, broker)
        for job in waiting:
            wait_for_state(job, "succeeded")
    assert trained() == QUEUED
    assert set(TrainingJob.objects.values_list("attempt", flat=True)) <= {1, 2}


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of that size at `folder`; yield what makes it another size."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        missing("the right to mount a small file system", "run the fault tests as root")
    try:
        yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_fails_the_job_in_words_and_touches_nothing_else(site, tmp_path):
    expected = parameters_of(jobs.run(queued(**ASKED).pk))
    live = versions.live_deployment()
    one_checkpoint = 4 * 4 * live_sized_parameters(expected)
    with small_disk(tmp_path / "disk", int(1.6 * one_checkpoint)) as resize, site.broker():
        place = {"CHECKPOINTS_DIR": tmp_path / "disk"}
        with site.worker(**place):
            job = start()
            wait_for_state(job, "failed", "succeeded")
            assert job.state == "failed"
            assert "No space left on device" in job.message
            assert "Make room there" in job.message
            assert job.traceback
            assert job.checkpoint_step > 0
            assert Deployment.objects.get(is_live=True) == live
            assert versions.load(live.version)
            resize(64 * one_checkpoint)
            assert jobs.retry(job.pk)
            tasks.ring(job.pk)
            wait_for_state(job, "succeeded", "failed")
    assert (now(job).state, parameters_of(job)) == ("succeeded", expected)
    assert job.resumed_step > 0


def live_sized_parameters(parameters_sha256: str) -> int:
    """How many parameters the network has that ended in those weights."""
    return ModelVersion.objects.get(provenance__parameters_sha256=parameters_sha256).parameter_count
