"""The state of the site as Prometheus asks for it: jobs, workers, broker, database, disk, what is live, backups.

Few queries whose number and cost do not grow with the drawings, at most every METRICS_SECONDS in a process; what does
not answer is told as such, and the rest is still there. Left out on purpose: judging. The alarms do that."""

import threading
import time
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from recognizer import versions
from training import broker, workers
from training.backups import nightly
from training.desk import health
from training.models import Comparison, DayFigures, Export, Measurement, TrainingJob

JOBS = {"training": TrainingJob, "export": Export, "comparison": Comparison, "measurement": Measurement}

_lock = threading.Lock()
_remembered: tuple[float, list[Metric]] | None = None


class SiteState(Collector):
    """For a registry that is made for one answer."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _known()


def forget() -> None:
    """Ask anew the next time."""
    global _remembered
    _remembered = None


def _known() -> list[Metric]:
    global _remembered
    with _lock:
        if _remembered is None or time.monotonic() - _remembered[0] > settings.METRICS_SECONDS:
            _remembered = time.monotonic(), [*_of_database(), *_of_broker(), *_of_disk(), *_of_backups()]
        return _remembered[1]


def gauge(name: str, words: str, values: dict[tuple[str, ...], float], labels: tuple[str, ...] = ()) -> Metric:
    family = GaugeMetricFamily(f"digits_{name}", words, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def one(name: str, words: str, value: float) -> Metric:
    return gauge(name, words, {(): value})


def _of_database() -> list[Metric]:
    try:
        found = [metric for ask in (_jobs, _workers, _live, _drawings, _size) for metric in ask()]
    except (DatabaseError, InterfaceError, versions.VersionError):
        return [one("database_up", "Whether the database answers", 0)]
    return [one("database_up", "Whether the database answers", 1), *found]


def _jobs() -> list[Metric]:
    counts = {
        (kind, row["state"]): row["n"]
        for kind, model in JOBS.items()
        for row in model.objects.order_by().values("state").annotate(n=Count("pk"))
    }
    every = {
        (kind, state): counts.get((kind, state), 0) for kind, model in JOBS.items() for state in model.State.values
    }
    waiting = TrainingJob.objects.filter(state=TrainingJob.State.QUEUED).aggregate(since=Min("created_at"))["since"]
    seconds = (timezone.now() - waiting).total_seconds() if waiting else 0.0
    return [
        gauge("jobs", "Jobs by kind and state", every, ("kind", "state")),
        one("oldest_waiting_training_seconds", "How long the oldest queued training waits; 0 without one", seconds),
    ]


def _workers() -> list[Metric]:
    known, now = workers.known(), timezone.now()
    by_queue = {(queue,): len(known.on(queue)) for queue in health.QUEUES}
    silent = {(worker.name,): (now - worker.seen_at).total_seconds() for worker in (*known.there, *known.gone)}
    ages = {(worker.name,): (now - worker.started_at).total_seconds() for worker in known.there}
    words = "Seconds since a worker last said that it is there"
    return [
        gauge("workers", "Workers that are there, by queue", by_queue, ("queue",)),
        gauge("worker_silent_seconds", words, silent, ("worker",)),
        gauge("worker_age_seconds", "Seconds since a worker began", ages, ("worker",)),
        one("workers_lost", "Workers that vanished without a word within a day", len(known.gone)),
    ]


def _live() -> list[Metric]:
    live = versions.live_deployment()
    info = InfoMetricFamily("digits_live_version", "The version that is to answer")
    info.add_metric([], {"version": str(live.version.number), "architecture": live.version.architecture})
    return [
        info,
        one("live_since_timestamp_seconds", "When it went live", live.started_at.timestamp()),
    ]


def _drawings() -> list[Metric]:
    """From the figures that are kept by day: nobody counts a million drawings for this."""
    sums = DayFigures.objects.aggregate(drawings=Sum("drawings"), waiting=Sum("waiting"), learnable=Sum("learnable"))
    return [
        one("drawings", "Drawings that are stored, as counted by day", sums["drawings"] or 0),
        one("labels_waiting", "Labels that wait for a review, as counted by day", sums["waiting"] or 0),
        one("drawings_learnable", "Drawings with an accepted label, as counted by day", sums["learnable"] or 0),
    ]


def _size() -> list[Metric]:
    size = health.database_bytes()
    return [one("database_bytes", "How large the database is", size)] if size else []


def _of_broker() -> list[Metric]:
    depths, _ = broker.depths(health.QUEUES)
    up = one("broker_up", "Whether the broker answers", float(depths is not None))
    if depths is None:
        return [up]
    waiting = {(queue,): depth for queue, depth in depths.items()}
    return [up, gauge("queue_messages", "Messages that wait, by queue", waiting, ("queue",))]


def _of_disk() -> list[Metric]:
    usage = health.disk_bytes()
    if usage is None:
        return []
    return [
        one("disk_free_bytes", "How much of the disk with the data is free", usage[0]),
        one("disk_bytes", "How large that disk is", usage[1]),
    ]


def _of_backups() -> list[Metric]:
    wanted = one("backup_nightly", "Whether a backup is made each night", float(bool(settings.BACKUP_NIGHTLY_AT)))
    newest = nightly.newest()
    if newest is None:
        return [wanted]
    return [wanted, one("last_backup_timestamp_seconds", "When the newest backup was finished", newest.timestamp())]
