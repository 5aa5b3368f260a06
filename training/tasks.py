"""What Celery runs, and the bell that calls it: thin tasks whose only argument is an id.

A message says no more than "a job waits". Which one is taken, and whether it may be, the rows decide in `jobs.py`;
so a message that is lost, late or doubled does no harm."""

import logging

from celery import shared_task
from celery.app import app_or_default
from django.conf import settings
from django.db import transaction

from recognizer import agreement, lost_files
from training import jobs, measuring, retention, schedule, worker
from training.models import TrainingJob

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


@shared_task(name="training.tasks.start_scheduled")
def start_scheduled() -> None:
    """Start the training that the schedule says is due. A message that comes five times starts one."""
    if job := schedule.start_due():
        ring(job.pk)


@shared_task(name="training.tasks.clean_up")
def clean_up() -> None:
    """Announce which files are no longer kept, or remove those that were announced long enough ago."""
    retention.tick()


@shared_task(name="training.tasks.settle_labels")
def settle_labels() -> None:
    """Accept the labels that independent visitors agree on, where a setting lets them."""
    agreement.settle()


def enqueue(job: TrainingJob) -> bool:
    """Ring for a job once the present transaction is committed.

    Never raises, and takes at most two BROKER_TIMEOUT_SECONDS. False means that the broker did not answer; the job
    stays queued, and the sweeper rings again."""
    answers: list[bool] = []
    transaction.on_commit(lambda: answers.append(ring(job.pk)))
    return all(answers)


def ring(job_id: int) -> bool:
    """Tell the broker that a job waits; return whether it answered."""
    try:
        with app_or_default().connection_for_write(transport_options=_impatient()) as connection:
            run_job.apply_async((job_id,), connection=connection, retry=False)
        jobs.rung(job_id)
    except Exception as error:  # whatever a broker's client or the network comes up with must not lose the job
        logger.warning("The broker does not answer (%s); job %s stays queued.", error, job_id)
        return False
    return True


def _impatient() -> dict[str, object]:
    """Options for a connection that only rings: a broker that is away is not waited for."""
    seconds = settings.BROKER_TIMEOUT_SECONDS
    return {"socket_connect_timeout": seconds, "socket_timeout": seconds, "max_retries": 0, "interval_start": 0}
