"""Is the process up, and can it do its work: for load balancers, supervisors and people.

/healthz asks nobody. /readyz asks the database and the live version, and tells how the broker is: only training waits
for a broker, so one that is away makes nothing unready. Anybody may ask, so what servers say of themselves, which names
hosts and users, is left to the log."""

import logging
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection

from recognizer import recognition, storing, versions
from recognizer.models import Drawing

logger = logging.getLogger(__name__)

OK = "ok"
BROKER_AWAY = "The broker does not answer: jobs wait until it does."

_silent_since: float | None = None


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 whenever the process answers at all."""
    return JsonResponse({"status": "up"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while visitors get answers; then `status` is "degraded" if another version than the live one gives them, or
    no pictures can be kept."""
    database = _database()
    version, failure = _version() if database == OK else (None, database)
    files = storing.problem(Drawing._meta.get_field("upload").storage)
    degraded = None if failure else recognition.problem()
    answer = {
        "status": "not ready" if failure else "degraded" if degraded or files else "ready",
        "problems": [problem for problem in (failure, degraded, files) if problem],
        "database": database,
        "version": version,
        "broker": _broker(),
        "storage": files or OK,
    }
    return JsonResponse(answer, status=503 if failure else 200)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return OK
    except DatabaseError as error:
        return _said("The database does not answer: start it, or correct DATABASE_URL.", error)


def _version() -> tuple[int | None, str | None]:
    """The number that answers now; or None and why there is none."""
    try:
        return recognition.live().number, None
    except versions.VersionError as error:
        return None, str(error)
    except DatabaseError as error:
        return None, _said("The database cannot be used: run `manage.py migrate`.", error)


def _broker() -> str:
    """How it is; one that kept an asker waiting is not asked again for HEALTH_CACHE_SECONDS, so that nobody waits."""
    global _silent_since
    if _silent_since is not None and time.monotonic() - _silent_since < settings.HEALTH_CACHE_SECONDS:
        return BROKER_AWAY
    began = time.monotonic()
    answer = _ask_broker()
    took_long = time.monotonic() - began > settings.BROKER_TIMEOUT_SECONDS / 2
    _silent_since = began if answer != OK and took_long else None
    return answer


def _ask_broker() -> str:
    seconds = settings.BROKER_TIMEOUT_SECONDS
    options: dict[str, Any] = {"socket_connect_timeout": seconds, "socket_timeout": seconds}
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=seconds, transport_options=options) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=seconds)
        return OK
    except Exception as error:  # whatever transport REDIS_URL names raises its own
        return _said(BROKER_AWAY, error)


def _said(text: str, error: Exception) -> str:
    logger.error("%s (%s: %s)", text, type(error).__name__, error)
    return text
