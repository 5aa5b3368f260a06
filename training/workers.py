"""Which workers are there: each says so every few seconds, with its queues and the code that it runs.

Left out on purpose: asking them through the broker, which takes a second each time and is silent when the broker is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone

from training import machine_processes
from training.models import WorkerSeen
from training.provenance import code_version

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """The workers that are there, and those that vanished without a word within the last day."""

    there: list[WorkerSeen]
    gone: list[WorkerSeen]

    def on(self, queue: str) -> list[WorkerSeen]:
        return [worker for worker in self.there if queue in worker.queues]


def say(name: str, queues: Iterable[str]) -> None:
    """Keep that this process works on these queues now."""
    now = timezone.now()
    known = {"queues": sorted(queues), "code": own_code(), "seen_at": now}
    WorkerSeen.objects.update_or_create(
        name=name, process=machine_processes.name_of_this(), defaults=known, create_defaults=known | {"started_at": now}
    )
    WorkerSeen.objects.filter(seen_at__lt=now - KEPT).delete()


def say_goodbye() -> None:
    """Forget this process, which ends in good order."""
    WorkerSeen.objects.filter(process=machine_processes.name_of_this()).delete()


def known() -> Known:
    """Who is there and who vanished, in one query. One that has been replaced under its name is not missed."""
    since = timezone.now() - timedelta(seconds=settings.WORKER_GONE_SECONDS)
    there: list[WorkerSeen] = []
    silent: dict[str, WorkerSeen] = {}
    for worker in WorkerSeen.objects.order_by("name", "seen_at"):
        if worker.seen_at >= since and not machine_processes.is_dead(worker.process):
            there.append(worker)
        else:
            silent[worker.name] = worker
    replaced = {worker.name for worker in there}
    return Known(there, [worker for name, worker in silent.items() if name not in replaced])


@cache
def own_code() -> str:
    """The code that this process began with: a working copy that changes later changes nothing in it."""
    return code_version()
