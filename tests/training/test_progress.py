import json

import pytest

from training import jobs
from training.fit import EpochResult
from training.progress import progress

from .making import queued, running, weights_file

pytestmark = pytest.mark.django_db


def test_a_queued_job_knows_how_many_come_before_it():
    running()
    first, second = queued(), queued()
    assert (progress(first)["ahead"], progress(second)["ahead"]) == (0, 1)


def test_a_running_job_tells_its_figures_as_json():
    job, claim = running(epochs=4)
    claim.epoch_over(EpochResult(1, 0.5, 0.8, 0.4, 0.9, 1.5, 1e-3))
    claim.report(epoch=2, batch=5, batches=10, loss=0.3, accuracy=0.9, remaining_seconds=7.5, curve=[[1.5, 0.3, 0.9]])
    job.refresh_from_db()
    told = progress(job)
    assert json.loads(json.dumps(told)) == told
    assert (told["done"], told["remaining_seconds"], told["curve"]) == (1.5 / 4, 7.5, [[1.5, 0.3, 0.9]])
    assert [row["validation_accuracy"] for row in told["results"]] == [0.9]
    assert (told["ahead"], told["ended"], told["version"]) == (None, False, None)


def test_a_job_that_succeeded_is_done_and_names_its_version():
    job, claim = running()
    version = claim.succeed(weights_file(1), "good")
    job.refresh_from_db()
    told = progress(job)
    assert (told["done"], told["ended"], told["version"], told["version_id"]) == (1.0, True, version.number, version.pk)
    assert told["elapsed_seconds"] >= 0


def test_a_job_that_went_back_to_the_queue_begins_at_nothing():
    job, claim = running()
    claim.release()
    jobs.claim(job.pk)
    job.refresh_from_db()
    assert progress(job)["done"] == 0.0
