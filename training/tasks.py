"""What Celery runs, and the bell that calls it: thin tasks whose only argument is an id.

A message says no more than "a job waits". Which one is taken, and whether it may be, the rows decide in `jobs.py`;
so a message that is lost, late or doubled does no harm."""

import logging
from collections.abc import Callable

from celery import Task, group, shared_task
from celery.app import app_or_default
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from recognizer import address_hashes, bans, bulk, erasing, lost_files, opinions, sqlite_log, statistics
from training import (
    automatic,
    chunks,
    comparisons,
    deletions,
    export_files,
    export_jobs,
    export_worker,
    jobs,
    measurements,
    measuring,
    refreshing,
    retention,
    schedule,
    traces,
    valuing,
    worker,
    yardsticks,
)
from training.backups import nightly
from training.models import Comparison, Export, TrainingJob
from training.rooms import deleting, keeping

logger = logging.getLogger(__name__)


# Acknowledged late, so that a busy worker holds no second job's message while another worker has nothing to do.
@shared_task(name="training.tasks.run_job", acks_late=True)
def run_job(job_id: int) -> None:
    """Do the first job of the queue, which is `job_id` unless another worker took that or others come before it."""
    claimed = jobs.claim_next()
    if claimed is None:
        logger.info("The bell rang for job %s; nothing waits any more.", job_id)
        return
    state = worker.run(claimed)
    if state == jobs.State.QUEUED:
        ring(claimed.job_id)
    elif state == jobs.State.SUCCEEDED:
        sweep_comparisons()


@shared_task(name="training.tasks.sweep")
def sweep() -> None:
    """Queue what lost its worker, and ring for what waits; as far as the broker answers."""
    all(ring(job_id) for job_id in jobs.sweep())


@shared_task(name="training.tasks.measure")
def measure() -> None:
    """Keep the live version's figures on this site's drawings up to date."""
    measuring.measure_live()
    ring_measurements(measurements.next_to_begin())


@shared_task(name="training.tasks.sweep_snapshots")
def sweep_snapshots() -> None:
    """Note drawings that went past the site, and remove files of snapshots that nobody may keep."""
    deletions.sweep()
    traces.forget_gone()


@shared_task(name="training.tasks.value_labels")
def value_labels() -> None:
    """Put the labels that await review into the order in which they deserve a look."""
    valuing.value_some()


@shared_task(name="training.tasks.renew_statistics")
def renew_statistics() -> None:
    """Let the database plan by how many rows there are now."""
    statistics.renew()


@shared_task(name="training.tasks.review_in_bulk")
def review_in_bulk() -> None:
    """Go on with bulk reviews that somebody confirmed, or takes back."""
    bulk.work(settings.BULK_SECONDS)
    bulk.remove_old()


@shared_task(name="training.tasks.erase_visitors")
def erase_visitors() -> None:
    """Go on with visitors who are being deleted with all that is theirs; have what was deleted leave SQLite's log."""
    erasing.go_on(seconds=settings.ERASE_BUDGET_SECONDS)
    sqlite_log.empty()


@shared_task(name="training.tasks.forget_what_is_old")
def forget_what_is_old() -> None:
    """Remove hashes of addresses, failed logins and sessions that are over their time; begin with visitors who stayed
    away, if a rule says so."""
    address_hashes.forget_old()
    address_hashes.forget_failed_logins()
    call_command("clearsessions")
    erasing.begin_with_inactive()


@shared_task(name="training.tasks.remove_lost_files")
def remove_lost_files() -> None:
    """Remove the files of uploads whose drawing was never stored, or is deleted."""
    lost_files.remove()


# Acknowledged late: a comparison whose worker dies is found by the sweep, and one that is done twice is done once.
@shared_task(name="training.tasks.compare", acks_late=True)
def compare(comparison_id: int) -> None:
    """Make a comparison, unless another worker does or did; then decide what follows from it."""
    comparisons.run(comparison_id)
    sweep_comparisons()


@shared_task(name="training.tasks.sweep_comparisons")
def sweep_comparisons() -> None:
    """Compare what is new, go on where a worker died, promote what may go live by itself; ring for what waits."""
    all(ring_comparison(comparison_id) for comparison_id in automatic.go_on())


def enqueue_comparison(row: Comparison) -> bool:
    """Ring for a comparison once the present transaction is committed; as `enqueue`."""
    answers: list[bool] = []
    transaction.on_commit(lambda: answers.append(ring_comparison(row.pk)))
    return all(answers)


def ring_comparison(comparison_id: int) -> bool:
    """Tell the broker that a comparison waits; return whether it answered."""
    try:
        with app_or_default().connection_for_write(transport_options=impatient()) as connection:
            compare.apply_async((comparison_id,), connection=connection, retry=False)
        comparisons.rung(comparison_id)
    except Exception as error:  # as `ring`: the row stays, and the sweep rings again
        logger.warning("The broker does not answer (%s); comparison %s stays queued.", error, comparison_id)
        return False
    return True


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
    """Accept the labels that independent visitors agree on, if a setting lets them; doubt what they contradict."""
    opinions.settle()


@shared_task(name="training.tasks.back_up")
def back_up() -> None:
    """Make last night's backup, if a setting asks for one and it is not there yet; remove nights' that are too old."""
    nightly.back_up_if_due()


@shared_task(name="training.tasks.count_days")
def count_days() -> None:
    """Bring the figures that are kept by day up to date, as far as its time goes."""
    refreshing.refresh(seconds=settings.DAY_FIGURES_BUDGET_SECONDS)


@shared_task(name="training.tasks.tend_rooms")
def tend_rooms() -> None:
    """Announce rooms that nobody uses any more, and go on with those that are being deleted."""
    keeping.tend()
    deleting.go_on(settings.ROOM_BUDGET_SECONDS)


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
        with app_or_default().connection_for_write(transport_options=impatient()) as connection:
            task.apply_async((row_id,), connection=connection, retry=False)
        rung(row_id)
    except Exception as error:  # whatever a broker's client or the network comes up with must not lose the row
        logger.warning("The broker does not answer (%s); %s for %s stays queued.", error, task.name, row_id)
        return False
    return True


def impatient() -> dict[str, object]:
    """Options for a connection that only rings: a broker that is away is not waited for."""
    seconds = settings.BROKER_TIMEOUT_SECONDS
    return {"socket_connect_timeout": seconds, "socket_timeout": seconds, "max_retries": 0, "interval_start": 0}


# Priorities of messages, as Redis' transport has them
FIRST, LAST = 0, 9

# Measurements: messages only say that something waits; `measurements.py` decides, and its sweep rings again.


@shared_task(name="training.tasks.guard_shapes")
def guard_shapes() -> None:
    """Give old drawings their fingerprints, and hide what slipped by while a shape was banned."""
    bans.guard()


@shared_task(name="training.tasks.begin_measurement")
def begin_measurement(measurement_id: int) -> None:
    """Split a queued measurement into chunks, and ring for all of them at once."""
    ring_chunks(measurements.begin(measurement_id))
    ring_measurements(measurements.next_to_begin())  # it may have come to nothing


@shared_task(name="training.tasks.measure_chunk")
def measure_chunk(chunk_id: int) -> None:
    """Count a chunk; then see to chunks whose message may be lost, and to what comes next when it was the last."""
    if chunks.count(chunk_id):
        ring_chunks([chunk_id])
        return
    ring_chunks(measurements.to_ring()[:1])
    ring_measurements(measurements.next_to_begin())


@shared_task(name="training.tasks.sweep_measurements")
def sweep_measurements() -> None:
    """Take back what lost its worker, and ring for what waits."""
    for yardstick_id in yardsticks.to_build():
        ring_yardstick(yardstick_id)
    bells = measurements.sweep()
    ring_chunks(bells.chunks)
    ring_measurements(bells.measurements)


@shared_task(name="training.tasks.measure_missing")
def measure_missing() -> None:
    """Measure every version on what it was never measured on."""
    measurements.start_missing()
    ring_measurements(measurements.next_to_begin())


@shared_task(name="training.tasks.build_yardstick")
def build_yardstick(yardstick_id: int) -> None:
    """Make the images of an imported file, and measure with them."""
    if yardsticks.build(yardstick_id):
        measure_missing()


def ring_chunks(chunk_ids: list[int]) -> bool:
    """Tell the broker of chunks, as one group; return whether it answered."""
    if not chunk_ids:
        return True
    # Behind all else that is light: hundreds of chunks must not keep the sweeps waiting.
    return _rung(group(measure_chunk.s(pk) for pk in chunk_ids), priority=LAST) and not measurements.rung(chunk_ids)


def ring_measurements(measurement_ids: list[int]) -> bool:
    """Tell the broker of measurements that may begin."""
    return not measurement_ids or _rung(group(begin_measurement.s(pk) for pk in measurement_ids))


def ring_yardstick(yardstick_id: int) -> bool:
    """Tell the broker of a yardstick whose images are to be made."""
    return _rung(group([build_yardstick.s(yardstick_id)]))


def enqueue_measurements() -> None:
    """Ring for queued measurements once the present transaction is committed; never raises."""
    transaction.on_commit(lambda: ring_measurements(measurements.next_to_begin()))


def _rung(calls: group, *, priority: int = FIRST) -> bool:
    app = app_or_default()
    try:
        with app.connection_for_write(transport_options=impatient()) as connection:
            producer = app.amqp.Producer(connection, auto_declare=False)
            calls.apply_async(producer=producer, retry=False, priority=priority)
    except Exception as error:  # the rows wait, and the sweep rings again
        logger.warning("The broker does not answer (%s); what was to be measured waits.", error)
        return False
    return True
