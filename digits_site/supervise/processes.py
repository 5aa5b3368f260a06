"""The processes that make up the site, with their command lines: broker, web, two workers, beat.

Left out on purpose: a broker where REDIS_URL names one that runs elsewhere."""

import os
import sys
from pathlib import Path

from django.conf import settings

from digits_site.supervise.child import Process
from digits_site.supervise.place import broker_program

# The network uses threads of its own; BLAS's collapse on small products when anything else runs. BLAS reads these
# once, when numpy is imported.
ONE_THREAD = {
    name: os.environ.get(name, "1")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
}
PYTHON_ENVIRONMENT = ONE_THREAD | {"PYTHONUNBUFFERED": "1"}
WORKER_ENVIRONMENT = PYTHON_ENVIRONMENT | {
    # In a container root is nobody special, and messages are JSON, which cannot carry code.
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}
BROKER_REMEDY = (
    "It holds nothing but reminders of queued jobs, which the database knows too: when its file is broken, "
    "stop the site and remove {folder}."
)


def all_processes(listener_descriptor: int) -> list[Process]:
    """Return what to run; `listener_descriptor` is the socket on which the web server answers."""
    broker = [_broker()] if settings.EMBEDDED_BROKER else []
    return [
        *broker,
        _web(listener_descriptor),
        # A process for each training gives its memory back; one training at a time leaves cores for the visitors.
        _worker("train", "--concurrency", "1", "--max-tasks-per-child", "1"),
        # More than one at a time, so that sweeps and measurements do not wait for an export.
        _worker("light", "--concurrency", str(settings.LIGHT_TASKS_AT_ONCE), "--max-tasks-per-child", "1000"),
        _beat(),
    ]


def _broker() -> Process:
    folder: Path = settings.DATA_DIR / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    settings.EMBEDDED_BROKER_SOCKET.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "--port": "0",
        "--unixsocket": str(settings.EMBEDDED_BROKER_SOCKET),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        # Written through at every message: nothing that was queued is lost by kill -9.
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--save": "",
    }
    command = [str(broker_program()), *(word for pair in options.items() for word in pair)]
    remedy = BROKER_REMEDY.format(folder=folder)
    return Process("broker", command, stop_order=4, shows_output=False, remedy=remedy, is_renewed=False)


def _web(listener_descriptor: int) -> Process:
    options = ["--config", "python:digits_site.gunicorn", "--bind", f"fd://{listener_descriptor}"]
    command = [sys.executable, "-m", "gunicorn", *options, "digits_site.wsgi"]
    return Process("web", command, stop_order=1, environment=PYTHON_ENVIRONMENT, inherited=(listener_descriptor,))


def _worker(queue: str, *options: str) -> Process:
    command = [*_celery("worker"), "--queues", queue, "--hostname", f"{queue}@%h", *options]
    command += ["--pool", "prefork", "--without-gossip", "--without-mingle"]
    return Process(queue, command, stop_order=3, environment=WORKER_ENVIRONMENT, waits_for_the_site=True)


def _beat() -> Process:
    command = [*_celery("beat"), "--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME]
    return Process("beat", command, stop_order=2, environment=PYTHON_ENVIRONMENT, waits_for_the_site=True)


def _celery(command: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "-A", "digits_site", command, "--loglevel", "INFO"]
