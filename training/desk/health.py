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
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognizer.told import told
from recognizer.words import commas, counted, join_words
from training import broker, refreshing, workers
from training.models import WorkerSeen

QUEUES = ("train", "light")
WHAT_WAITS = {
    "train": gettext_lazy("trainings wait"),
    "light": gettext_lazy("measurements, exports and the figures of this page wait"),
}
START = gettext_lazy("Start one: `manage.py up`, or `celery -A digits_site worker --queues %(queue)s`.")


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
    wrong = [line["inside"] for line in lines if line["wrong"]]
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
    """`name` is the line's as it stands inside a sentence."""
    return {"name": capfirst(name), "inside": name, "words": words, "wrong": wrong, "since": since}


def _workers_line(queue: str, known: workers.Known) -> dict[str, Any]:
    there = known.on(queue)
    words = counted(len(there), "worker") if there else _("none")
    since = min((worker.started_at for worker in there), default=None)
    return _line(_("workers for %(queue)s") % {"queue": queue}, words, _workers_wrong(queue, there, known.gone), since)


def _workers_wrong(queue: str, there: list[WorkerSeen], gone: list[WorkerSeen]) -> str:
    vanished = [worker.name for worker in gone if queue in worker.queues]
    if not there:
        nobody = _("No worker takes what is in the queue %(queue)s: %(waits)s.")
        said = [nobody % {"queue": queue, "waits": WHAT_WAITS[queue]}]
        if vanished:
            said.append(_("%(vanished)s vanished without a word.") % {"vanished": join_words(vanished)})
        return " ".join([*said, START % {"queue": queue}])
    if vanished:
        return _("%(vanished)s vanished without a word; others go on. Look at its log and start it again.") % {
            "vanished": join_words(vanished)
        }
    other = sorted({worker.code for worker in there} - {workers.own_code(), ""})
    if other:
        return _("%(other)s runs there and %(own_code)s here: restart the workers.") % {
            "other": join_words(other),
            "own_code": workers.own_code(),
        }
    return ""


def _broker_line(depths: dict[str, int] | None, failure: str) -> dict[str, Any]:
    if depths is None:
        remedy = _("Jobs stay queued and start once it does: see REDIS_URL, or restart `manage.py up`.")
        return _line(_("broker"), _("does not answer"), f"{told(failure)} {remedy}")
    words = ", ".join(_("%(n)s in %(queue)s") % {"n": commas(n), "queue": queue} for queue, n in depths.items())
    long = [queue for queue, n in depths.items() if n > settings.QUEUE_LONG]
    wrong = (
        _("More messages wait in %(long)s than its workers keep up with: start more.") % {"long": join_words(long)}
        if long
        else ""
    )
    return _line(_("broker"), _("answers; messages waiting: %(words)s") % {"words": words}, wrong)


def _database_line(size: int | None) -> dict[str, Any]:
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    return _line(_("database"), f"{name}, {filesizeformat(size)}" if size else name)


def _disk_line(usage: tuple[int, int] | None) -> dict[str, Any]:
    if usage is None:
        return _line(
            _("disk"),
            _("not known"),
            _("The folder %(folder)s cannot be looked at: see that it is there.") % {"folder": settings.DATA_DIR},
        )
    free, total = usage
    words = _("%(free)s free of %(total)s") % {"free": filesizeformat(free), "total": filesizeformat(total)}
    return _line(_("disk"), words, _disk_wrong(free))


def _disk_wrong(free: int) -> str:
    if free < settings.MIN_FREE_BYTES:
        return _("Too little room: the database will refuse drawings. Free some on the disk of %(folder)s now.") % {
            "folder": settings.DATA_DIR
        }
    if free < settings.DISK_LOW_BYTES:
        return _("Room gets scarce: remove what the page Clean-up lists, or give the disk more.")
    return ""


def _figures_line(freshness: refreshing.Freshness) -> dict[str, Any]:
    """How old the figures of this page are, and why."""
    if not refreshing.is_old(freshness.at):
        return _figures(_("counted"), "", freshness.at)
    days = _("%(days)s to count.") % {"days": counted(freshness.waiting, "day")} if freshness.waiting else ""
    known = _("counted") if freshness.at else _("not all counted yet")
    wrong = _("A worker for light counts, a few seconds at a time; this page does what it can.")
    return _figures(known, " ".join(filter(None, [days, wrong])), freshness.at)


def _figures(words: str, wrong: str, at: Any) -> dict[str, Any]:
    return _line(_("figures"), words, wrong, at) | {"counted": True}
