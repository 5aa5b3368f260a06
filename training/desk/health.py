"""Workers, broker, database and disk at a glance, with what is wrong in words and what to do about it.

What takes time to ask is asked at most every HEALTH_CACHE_SECONDS, and no longer than BROKER_TIMEOUT_SECONDS. Left out
on purpose: what load balancers ask, which `recognizer.health` answers."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.template.defaultfilters import filesizeformat

from recognizer.words import counted, join_words
from training import broker, refreshing, workers
from training.models import WorkerSeen

QUEUES = ("train", "light")
WHAT_WAITS = {"train": "trainings wait", "light": "measurements, exports and the figures of this page wait"}
START = "Start one: `manage.py up`, or `celery -A digits_site worker --queues {queue}`."


def health(freshness: refreshing.Freshness) -> dict[str, Any]:
    """`lines` of what there is, each with what is `wrong` in words or nothing; `problems` how many are."""
    known = workers.known()
    depths, failure = _remembered("broker", broker.depths, QUEUES)
    lines = [
        *(_workers_line(queue, known) for queue in QUEUES),
        _broker_line(depths, failure),
        _database_line(_remembered("database", database_bytes)),
        _disk_line(_remembered("disk", disk_bytes)),
        _figures_line(freshness),
    ]
    wrong = [line["name"].lower() for line in lines if line["wrong"]]
    return {"lines": lines, "problems": len(wrong), "names": join_words(wrong), "workers": known.there}


def database_bytes() -> int | None:
    """How large the database is, with its log; None if it does not say."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return cursor.fetchone()[0]
    files = [Path(f"{connection.settings_dict['NAME']}{end}") for end in ("", "-wal")]
    return sum(file.stat().st_size for file in files if file.exists()) or None


def disk_bytes() -> tuple[int, int] | None:
    """How much of the disk with the data is free, and how large it is."""
    try:
        usage = shutil.disk_usage(settings.DATA_DIR)
    except OSError:
        return None
    return usage.free, usage.total


def _remembered(name: str, ask: Any, *arguments: Any) -> Any:
    return cache.get_or_set(f"desk.{name}", lambda: (ask(*arguments),), settings.HEALTH_CACHE_SECONDS)[0]


def _line(name: str, words: str, wrong: str = "", since: Any = None) -> dict[str, Any]:
    return {"name": name, "words": words, "wrong": wrong, "since": since}


def _workers_line(queue: str, known: workers.Known) -> dict[str, Any]:
    there = known.on(queue)
    words = counted(len(there), "worker") if there else "none"
    since = min((worker.started_at for worker in there), default=None)
    return _line(f"Workers for {queue}", words, _workers_wrong(queue, there, known.gone), since)


def _workers_wrong(queue: str, there: list[WorkerSeen], gone: list[WorkerSeen]) -> str:
    vanished = [worker.name for worker in gone if queue in worker.queues]
    if not there:
        lost = f" {join_words(vanished)} vanished without a word." if vanished else ""
        return f"No worker takes what is in the queue {queue}: {WHAT_WAITS[queue]}.{lost} {START.format(queue=queue)}"
    if vanished:
        return f"{join_words(vanished)} vanished without a word; others go on. Look at its log and start it again."
    other = sorted({worker.code for worker in there} - {workers.own_code(), ""})
    if other:
        return f"{join_words(other)} runs there and {workers.own_code()} here: restart the workers."
    return ""


def _broker_line(depths: dict[str, int] | None, failure: str) -> dict[str, Any]:
    if depths is None:
        remedy = "Jobs stay queued and start once it does: see REDIS_URL, or restart `manage.py up`."
        return _line("Broker", "does not answer", f"{failure} {remedy}")
    words = ", ".join(f"{n:,} in {queue}" for queue, n in depths.items())
    long = [queue for queue, n in depths.items() if n > settings.QUEUE_LONG]
    wrong = f"More messages wait in {join_words(long)} than its workers keep up with: start more." if long else ""
    return _line("Broker", f"answers; messages waiting: {words}", wrong)


def _database_line(size: int | None) -> dict[str, Any]:
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    return _line("Database", f"{name}, {filesizeformat(size)}" if size else name)


def _disk_line(usage: tuple[int, int] | None) -> dict[str, Any]:
    if usage is None:
        return _line("Disk", "not known", f"The folder {settings.DATA_DIR} cannot be looked at: see that it is there.")
    free, total = usage
    words = f"{filesizeformat(free)} free of {filesizeformat(total)}"
    return _line("Disk", words, _disk_wrong(free))


def _disk_wrong(free: int) -> str:
    if free < settings.MIN_FREE_BYTES:
        return f"Too little room: the database will refuse drawings. Free some on the disk of {settings.DATA_DIR} now."
    if free < settings.DISK_LOW_BYTES:
        return "Room gets scarce: remove what the page Clean-up lists, or give the disk more."
    return ""


def _figures_line(freshness: refreshing.Freshness) -> dict[str, Any]:
    """How old the figures of this page are, and why."""
    if not refreshing.is_old(freshness.at):
        return _line("Figures", "counted", since=freshness.at)
    days = f"{counted(freshness.waiting, 'day')} to count. " if freshness.waiting else ""
    known = "counted" if freshness.at else "not all counted yet"
    wrong = f"{days}A worker for light counts, a few seconds at a time; this page does what it can."
    return _line("Figures", known, wrong, freshness.at)
