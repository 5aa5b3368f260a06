"""The Celery application, and what its processes do when they begin and end; its settings are Django's CELERY_...

Left out on purpose: the jobs' own rules. A worker that begins sweeps; one that ends gives its jobs back."""

import contextlib
import logging
import logging.config
import os
import signal
import time
from pathlib import Path
from typing import Any

# BLAS keeps to one thread: its own threads collapse on small matrices, and do not survive the fork of a worker.
# numpy reads this when it is first imported, which this comes before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")

from billiard.exceptions import WorkerLostError
from billiard.process import current_process
from celery import Celery, signals

logger = logging.getLogger(__name__)

app = Celery("digits_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# What a worker tells the processes of its pool when it ends. SIGTERM would kill them, SIGUSR1 is Celery's own.
GIVE_BACK = signal.SIGUSR2

AUTOGROUP = Path("/proc/self/autogroup")

_workers: list[Any] = []
_timers: list[Any] = []


@signals.import_modules.connect
def refuse_to_run(**kwargs: Any) -> None:
    """The first that worker and beat do: before they ask the broker for anything."""
    from digits_site import production

    production.refuse()


@signals.setup_logging.connect
def log_as_the_site_does(**kwargs: Any) -> None:
    """With a receiver of this signal Celery leaves the log as the settings have it."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.celeryd_init.connect
def share_figures(sender: str, **kwargs: Any) -> None:
    """In a worker before it has a pool: its processes' figures are told by the web server of this machine."""
    from digits_site import counting

    counting.share(sender, identify=lambda: getattr(current_process(), "index", "main"))


@signals.task_prerun.connect
def look_at_the_clock(task: Any, **kwargs: Any) -> None:
    task.request.began = time.perf_counter()


@signals.task_postrun.connect
def count_task(task: Any, state: str | None = None, **kwargs: Any) -> None:
    from training import task_metrics

    if began := getattr(task.request, "began", None):
        task_metrics.done(task.name, state or "unknown", time.perf_counter() - began)


@signals.worker_init.connect
def remember_worker(sender: Any, **kwargs: Any) -> None:
    _workers.append(sender)


@signals.worker_ready.connect
def sweep_from_now_on(sender: Any, **kwargs: Any) -> None:
    """Queue what a worker before this one lost, and ring for what waits; go on doing so.

    By the worker's own clock, too, and not only by beat's messages: those get lost when the broker is emptied."""
    from django.conf import settings

    _sweep("at the start of the worker")
    while _timers:  # of a connection to the broker that is gone
        _timers.pop().cancel()
    if sender.timer:
        _timers.append(sender.timer.call_repeatedly(settings.JOB_SWEEP_SECONDS, _tend))
        _timers.append(sender.timer.call_repeatedly(settings.WORKER_SEEN_SECONDS, _say, (sender.hostname,)))
    _say(sender.hostname)


def _say(name: str) -> None:
    """Say that this worker is there, for the dashboard; a database that does not answer is told the next time."""
    from django.db import connections

    from training import workers

    try:
        workers.say(name, app.amqp.queues.consume_from)
    except Exception as error:
        logger.warning("The worker could not say that it is there (%s).", error)
    finally:
        connections.close_all()


@signals.worker_shutdown.connect
def say_goodbye(**kwargs: Any) -> None:
    """At the end in good order: nobody is to miss this worker."""
    from training import workers

    with contextlib.suppress(Exception):
        workers.say_goodbye()


def _tend() -> None:
    """Make sure that messages find their queues, which a broker that was emptied no longer knows; then sweep."""
    from training import tasks

    try:
        with app.connection_for_write(transport_options=tasks.impatient()) as connection:
            for queue in app.amqp.queues.consume_from.values():
                queue.bind(connection.default_channel).declare()
    except Exception as error:  # it is asked again in a moment
        logger.warning("The broker does not answer (%s).", error)
        return
    _sweep("now and then")


@signals.task_failure.connect
def sweep_after_a_death(exception: Exception, **kwargs: Any) -> None:
    """In the worker: queue the job of a process of its pool that is gone, without waiting for beat."""
    if isinstance(exception, WorkerLostError):
        _sweep("after the death of a process")


def _sweep(occasion: str) -> None:
    from django.db import connections

    from training import tasks

    try:
        tasks.sweep()
    except Exception:  # a database that does not answer yet is no reason not to begin
        logger.exception("The jobs could not be swept %s.", occasion)
    finally:
        # The processes of the pool are forked from this one, and must not share its connection.
        connections.close_all()


@signals.worker_process_init.connect
def listen_for_the_end(**kwargs: Any) -> None:
    """In a process of the pool: give jobs back when the worker says so."""
    from training import reporting

    make_way()
    reporting.allow()
    reporting.depend_on_parent()
    signal.signal(GIVE_BACK, lambda number, frame: reporting.stop())


def make_way() -> None:
    """Leave the processor to the visitors where this process trains; before it has threads, which inherit that."""
    from django.conf import settings

    if "train" in app.amqp.queues.consume_from:
        os.nice(settings.TRAINING_NICENESS)
        # Linux shares the processor among sessions first, of which each of the site's processes has its own.
        with contextlib.suppress(OSError):
            AUTOGROUP.write_text(str(settings.TRAINING_NICENESS))


@signals.worker_shutting_down.connect
def tell_the_pool(**kwargs: Any) -> None:
    """In the worker: tell each process of its pool that the end is near, so that jobs go back to the queue at once.

    All of them, not just those known to work: one may be about to begin."""
    for worker in _workers:
        for pid in worker.pool.info.get("processes", ()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, GIVE_BACK)
