"""What Celery runs, and the bell that calls it: thin tasks whose only argument is an id.

A message says no more than "a job waits". Which one is taken, and whether it may be, the rows decide in `jobs.py`;
so a message that is lost, late or doubled does no harm."""

import logging
from collections.abc import Callable

from celery import Task, shared_task
from celery.app import app_or_default
from django.conf import settings
from django.db import transaction

from recognizer import lost_files
from training import export_files, export_jobs, export_worker, jobs, measuring, worker
from training.models import Export, TrainingJob

logger = logging.getLogger(__name__)


# Acknowledged late, so that a busy worker holds no second job's message while another worker has nothing to do.
@shared_task(name="training.tasks.run_job", acks_late=True)
def run_job(job_id: int) -> None:
    """Do the job that has waited longest, which is `job_id` unless another worker took that or an older one waits."""
    claimed = jobs.claim_next()
    if claimed is None:
        logger.info("The bell rang for job %s; nothing waits any more.", job_id)
        return
    if worker.run(claimed) == jobs.State.QUEUED:
        ring(claimed.job_id)


@shared_task(name="training.tasks.sweep")
def sweep() -> None:
    """Queue what lost its worker, and ring for what waits; as far as the broker answers."""
    all(ring(job_id) for job_id in jobs.sweep())


@shared_task(name="training.tasks.measure")
def measure() -> None:
    """Keep the live version's figures on this site's drawings up to date."""
    measuring.measure_live()


@shared_task(name="training.tasks.remove_lost_files")
def remove_lost_files() -> None:
    """Remove the files of uploads whose drawing was never stored, or is deleted."""
    lost_files.remove()


def enqueue(job: TrainingJob) -> bool:
    """Ring for a job once the present transaction is committed.

    Never raises, and takes at most two BROKER_TIMEOUT_SECONDS. False means that the broker did not answer; the job
    stays queued, and the sweeper rings again."""
    answers: list[bool] = []
    transaction.on_commit(lambda: answers.append(ring(job.pk)))
    return all(answers)


def ring(job_id: int) -> bool:
    """Tell the broker that a job waits; return whether it answered."""
    return _ring(run_job, job_id, jobs.rung)


# Acknowledged late for the same reason.
@shared_task(name="training.tasks.run_export", acks_late=True)
def run_export(export_id: int) -> None:
    """Do the export that has waited longest, unless as many run already as may; then ring for what still waits."""
    claimed = export_jobs.claim_next()
    if claimed is None:
        logger.info("The bell rang for export %s; there is nothing to begin now.", export_id)
        return
    export_worker.run(claimed)
    all(ring_for_export(waiting) for waiting in export_jobs.next_waiting())


@shared_task(name="training.tasks.sweep_exports")
def sweep_exports() -> None:
    """Queue the exports that lost their worker, and ring for those that wait; as far as the broker answers."""
    all(ring_for_export(export_id) for export_id in export_jobs.sweep())


@shared_task(name="training.tasks.clean_exports")
def clean_exports() -> None:
    """Remove the files of exports that are over their time, or hold what was deleted."""
    export_files.clean()


def enqueue_export(export: Export) -> bool:
    """Ring for an export once the present transaction is committed; see `enqueue`."""
    answers: list[bool] = []
    transaction.on_commit(lambda: answers.append(ring_for_export(export.pk)))
    return all(answers)


def ring_for_export(export_id: int) -> bool:
    """Tell the broker that an export waits; return whether it answered."""
    return _ring(run_export, export_id, export_jobs.rung)


def _ring(task: Task, row_id: int, rung: Callable[[int], object]) -> bool:
    try:
        with app_or_default().connection_for_write(transport_options=_impatient()) as connection:
            task.apply_async((row_id,), connection=connection, retry=False)
        rung(row_id)
    except Exception as error:  # whatever a broker's client or the network comes up with must not lose the row
        logger.warning("The broker does not answer (%s); %s for %s stays queued.", error, task.name, row_id)
        return False
    return True


def _impatient() -> dict[str, object]:
    """Options for a connection that only rings: a broker that is away is not waited for."""
    seconds = settings.BROKER_TIMEOUT_SECONDS
    return {"socket_connect_timeout": seconds, "socket_timeout": seconds, "max_retries": 0, "interval_start": 0}
