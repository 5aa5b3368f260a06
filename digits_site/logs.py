"""What a line of the log says and what it never says: JSON or plain, with the ids of its request and job.

Never in it: drawings, cookies, addresses, tokens, passwords, names that were typed at the login. Requests are named by
their route, what a database says of a row is cut off, and of what code adds to a line only what is listed here is
written. Left out on purpose: where lines go, which the setting LOGGING says."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

from celery._state import get_current_task
from django.http import HttpRequest
from django_guid import get_guid
from pythonjsonlogger.json import JsonFormatter

from recognizer import log_context

# What lines may carry beside their message
FACTS = ("request_id", "job", "attempt", "task", "task_id")
ADDED = ("method", "route", "status", "ms", "version")
# PostgreSQL shows the row that it refuses, and the statement that it does not understand.
DETAILS = re.compile(r"(DETAIL|CONTEXT|LINE \d+):.*?(?=\n\n|\Z)", re.DOTALL)
# Where a request came from, as Django says it of one that another site had somebody's browser make
ADDRESS = re.compile(r"\bhttps?://\S+")
# How gunicorn's lines begin that go on with who asked and for what
GUNICORNS = ("Invalid request", "Error handling request")
KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
UNKNOWN = "unknown"


def route_of(request: HttpRequest) -> str:
    """The pattern of a request's address, which holds nothing of what was asked for."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route.lstrip('^')}" if match else UNKNOWN


def method_of(request: HttpRequest) -> str:
    return request.method if request.method in KNOWN_METHODS else UNKNOWN


class Context(logging.Filter):
    """Gives each line the ids of the request, job and task that it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in {"request_id": get_guid(), **_task(), **log_context.facts()}.items():
            if value is not None and not hasattr(record, name):
                setattr(record, name, value)
        return True


def _task() -> dict[str, str]:
    """The task that this process of a worker is at."""
    task = get_current_task()
    return {"task": task.name, "task_id": task.request.id} if task and task.request else {}


class Discreet(logging.Filter):
    """Says of a request what Django or gunicorn would say, without the address that was asked for and whose it was."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        if isinstance(request, HttpRequest):
            record.route, record.method = route_of(request), method_of(request)
            record.status = record.__dict__.get("status_code", "")
            _name_by_route(record)
        elif record.name == "gunicorn.error":
            for words in GUNICORNS:
                if str(record.msg).startswith(words):
                    record.msg, record.args = words, ()
        return True


def _name_by_route(record: logging.LogRecord) -> None:
    """Write the route where Django writes the address, or at the end where it writes none."""
    where = f"{record.method} {record.route}"
    args = record.args if isinstance(record.args, tuple) else ()
    if any(_is_path(arg) for arg in args):
        record.args = tuple(where if _is_path(arg) else _without_address(arg) for arg in args)
    else:
        record.msg, record.args = "%s: %s", (_without_address(record.getMessage()), where)


def _is_path(arg: object) -> bool:
    return isinstance(arg, str) and arg.startswith("/")


def _without_address(arg: object) -> object:
    return ADDRESS.sub("(an address)", arg) if isinstance(arg, str) else arg


class _WithoutRows:
    """Tracebacks without the rows that a database shows in its errors."""

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 (logging's own name)
        return DETAILS.sub(r"\1: (left out)", super().formatException(exc_info))


class PlainLines(_WithoutRows, logging.Formatter):
    """A line for people: time, level, logger, message, and in brackets what it belongs to."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        record.message = DETAILS.sub(r"\1: (left out)", record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{name} {getattr(record, name)}" for name in FACTS if hasattr(record, name)]
        record.belongs = f" [{', '.join(facts)}]" if facts else ""
        return super().format(record)


class JsonLines(_WithoutRows, JsonFormatter):
    """A JSON object on a line for programs; the level comes first, so that who cuts lines short still sees it."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["level"] = record.levelname
        log_data["at"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["logger"] = record.name
        log_data["message"] = DETAILS.sub(r"\1: (left out)", record.message)
        log_data["process"] = record.process
        for name in (*FACTS, *ADDED):
            if hasattr(record, name):
                log_data[name] = getattr(record, name)
        for name in ("exc_info", "stack_info"):
            if message_dict.get(name):
                log_data[name] = message_dict[name]
