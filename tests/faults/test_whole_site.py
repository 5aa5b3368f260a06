"""The whole train worker of a running site killed at random moments: it is back, and the job ends as it should."""

import functools
import os
import signal

import pytest

from digits_site.environment import embedded_broker_socket, socket_url
from tests.site.running import RunningSite, environment, running
from tests.training.making import queued
from tests.training.processes import database_url, wait_until
from training import jobs, tasks
from training.models import TrainingJob

from .site import ASKED, CHECKPOINT_SECONDS, killed_somewhere, parameters_of, trained, wait_for_attempt, wait_for_state

pytestmark = pytest.mark.django_db(transaction=True)

RUNNING_AGAIN_WITHIN_SECONDS = 30.0


@pytest.fixture
def whole_site(tmp_path, tmp_path_factory, small_mnist_folder, small_mnist, monkeypatch):
    """`manage.py up` as `make run` starts it, on the test's database."""
    told = {"DATABASE_URL": database_url(), "MEDIA_ROOT": str(tmp_path), "MNIST_DIR": str(small_mnist_folder),
            "CHECKPOINT_SECONDS": str(CHECKPOINT_SECONDS)}  # fmt: skip
    env = environment(tmp_path, tmp_path_factory.mktemp("static"), **told)
    socket = embedded_broker_socket(tmp_path / "run")
    monkeypatch.setattr(tasks.app_or_default().conf, "broker_write_url", socket_url(socket))
    with running(env, tmp_path / "output") as site:
        yield site


def kill_whole_worker(site: RunningSite, job: TrainingJob, *, with_children: bool) -> None:
    """Kill the train worker with the job: alone, so that what it forked is left behind, or with all that it forked."""
    wait_until(lambda: "train" in site.children(), "the train worker runs")
    worker = site.children()["train"]
    if with_children:
        os.killpg(os.getpgid(worker), signal.SIGKILL)
    else:
        os.kill(worker, signal.SIGKILL)


def test_a_worker_killed_at_random_moments_is_back_and_its_job_ends_in_one_version(whole_site, kills, moments):
    expected = parameters_of(jobs.run(queued(**ASKED).pk))
    versions_before = trained()
    waits, jobs_before = [], TrainingJob.objects.count()
    for number in range(kills):
        kill_it = functools.partial(kill_whole_worker, whole_site, with_children=number % 2 == 0)
        job = killed_somewhere(moments, kill_it)
        waits.append(wait_for_attempt(job, 2))
        wait_for_state(job, "succeeded", "failed")
        assert (job.state, job.attempt, parameters_of(job)) == ("succeeded", 2, expected)
    print(f"{kills} kills of the whole worker: running again after {min(waits):.1f} to {max(waits):.1f} s")
    assert max(waits) < RUNNING_AGAIN_WITHIN_SECONDS
    assert trained() - versions_before == TrainingJob.objects.count() - jobs_before
    assert TrainingJob.objects.unfinished().count() == 0
