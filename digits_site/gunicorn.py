"""How gunicorn serves the site; `manage.py up` reads it, and so does `gunicorn -c python:digits_site.gunicorn`."""

import gc
import os
import socket
import struct
from typing import Any

from django.urls import get_resolver

from digits_site import cores, counting, production, settings
from digits_site import worker as workers_here

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
# Here and not only in each worker, which would be started again and again
production.refuse()

bind = [f"{f'[{settings.HOST}]' if ':' in settings.HOST else settings.HOST}:{settings.PORT}"]
worker_class = "digits_site.worker.Worker"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = settings.REQUEST_TIMEOUT_SECONDS
graceful_timeout = max(1, int(settings.STOP_TIMEOUT_SECONDS) - 2)
keepalive = 5
# Workers prove that they live by touching a file; on a disk that is busy they would be taken for dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# Each worker loads the site itself: BLAS that ran before a fork never runs after it.
preload_app = False
reload = settings.DEBUG
control_socket_disable = True
loglevel = "info"
# Gunicorn's own lines look like all others; it keeps no log of requests, which would hold addresses.
logconfig_dict = settings.LOGGING | {"loggers": settings.LOGGING["loggers"] | {"gunicorn.error": {"propagate": True}}}
accesslog = None

KIND = "web"


def on_starting(server: Any) -> None:
    """In the process that looks after the workers: begin with figures from nothing."""
    counting.share(KIND)


def pre_fork(server: Any, worker: Any) -> None:
    """Give a worker the smallest number that no other has, so that its figures go on where an earlier one's ended, and
    a core."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(number for number in range(len(taken) + 1) if number not in taken)
    others = [other.core for other in server.WORKERS.values()]
    worker.core = cores.next_one(others, workers=server.num_workers) if settings.WEB_KEEPS_TO_CORES else None


def post_fork(server: Any, worker: Any) -> None:
    counting.share(KIND, identify=lambda: worker.place, afresh=False)
    if worker.core is not None:
        cores.keep(worker.core)


def child_exit(server: Any, worker: Any) -> None:
    workers_here.gone(worker.place)


def post_worker_init(worker: Any) -> None:
    """The site is loaded: leave what it is made of out of garbage collections, which would stop all threads of this
    process for a tenth of a second to look through it."""
    get_resolver().url_patterns  # noqa: B018 (loaded when it is first asked for)
    gc.collect()
    gc.freeze()


def when_ready(server: Any) -> None:
    """Have connections give up on a sender who falls silent in the middle, and free the thread that waits for it.

    Each connection inherits it from the listening socket; gunicorn's own time-out is of whole workers."""
    seconds = struct.pack("ll", int(settings.SILENCE_SECONDS), int(settings.SILENCE_SECONDS % 1 * 1_000_000))
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
