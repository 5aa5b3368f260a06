"""Real processes for tests: a Celery worker on an embedded Valkey, on the database that the test itself uses."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from digits_site.supervise.place import broker_program

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.05


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as `condition` holds; fail when it does not for a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        threading.Event().wait(LOOK_SECONDS)


class Running:
    """A process with its output in a file; leaving the `with` block ends it."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.command = command
        self.log = log
        self.environment = environment
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Running":
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT_DIR,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its children can be ended with it
            )
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it with all its children, without a chance to say good-bye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> int:
        """Ask it to end, as a deploy does, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def says(self, words: str) -> bool:
        return words in self.log.read_text(errors="replace")


def broker(socket: Path) -> Running:
    """A Valkey that writes every message through to its folder before it answers."""
    folder = socket.parent / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""]
    options += ["--appendonly", "yes", "--appendfsync", "always"]
    return Running([str(broker_program()), *options], folder / "log")


def worker(data_dir: Path, *options: str, **environment: object) -> Running:
    """A prefork worker as `manage.py up` runs it, with a site's data in `data_dir` and the test's database."""
    command = [sys.executable, "-m", "celery", "-A", "digits_site", "worker", "--loglevel", "INFO"]
    command += ["--concurrency", "1", "--max-tasks-per-child", "1", "--without-gossip", "--without-mingle", *options]
    own = {"DJANGO_SETTINGS_MODULE": "digits_site.settings", "DATABASE_URL": database_url(), "DATA_DIR": data_dir}
    told = {name: str(value) for name, value in {**own, "MEDIA_ROOT": data_dir, **environment}.items()}
    return Running(command, data_dir / "worker.log", {**os.environ, "REDIS_URL": "", **told})


def database_url() -> str:
    """The address of the database that the tests made for themselves."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    host = quote(values["HOST"] or "", safe="")  # the folder of a socket is a host too
    place = f"{host}:{values['PORT'] or ''}".rstrip(":")
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{place}/{values['NAME']}"
