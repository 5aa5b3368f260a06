"""A new release takes over while eight clients draw: no request fails, and no drawing that was acknowledged is lost.

Once as systemd does it, which holds the port for a web server that ends and another that begins, and once by SIGHUP to
`manage.py up`. Clients open a connection for each request, as the proxies in `deploy/` do."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.site.imports import PROJECT_DIR
from tests.site.running import RunningSite, environment, running, wait_for

CLIENTS = 8
DRAWING = {"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}
PARTS = ("digits_site", "recognizer", "training", "templates", "static", "locale", "manage.py")
# What throttles and quotas would refuse is none of this test's business.
UNLIMITED = {"THROTTLE_SCALE": "0", "QUOTA_NEW_VISITORS_A_DAY": "0"}


class Clients:
    """Threads that store a drawing and ask for the release, again and again."""

    def __init__(self, address: str) -> None:
        self.place = address.removeprefix("http://")
        self.stored: list[int] = []
        self.releases: list[str] = []
        self.failures: list[str] = []
        self.longest_seconds = 0.0
        with urllib.request.urlopen(f"{address}/api/v1/model", timeout=60) as answer:
            self._token = re.search(r"csrftoken=(\w+)", answer.headers["Set-Cookie"]).group(1)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(CLIENTS)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                self.stored.append(self._ask("POST", "/api/v1/drawings", json.dumps(DRAWING), 201)["id"])
                self.releases.append(self._ask("GET", "/healthz", None, 200).get("release", "first"))
            except (OSError, ValueError, AssertionError) as error:
                self.failures.append(repr(error))
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)

    def _ask(self, method: str, path: str, body: str | None, expected: int) -> dict:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token, "Connection": "close"}
        with closing(HTTPConnection(self.place, timeout=60)) as connection:
            connection.request(method, path, body, headers | {"Cookie": f"csrftoken={self._token}"})
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == expected, f"{answer.status} {text[:200]}"
            return json.loads(text)


@contextmanager
def web(listener: socket.socket, release: Path, env: dict[str, str], output: Path):
    """The web server as systemd starts it: with the socket as its first descriptor after the standard ones.

    By bash, since a plain sh knows no descriptors above 9."""
    command = f'LISTEN_PID=$$ exec "{sys.executable}" -m gunicorn --config python:digits_site.gunicorn digits_site.wsgi'
    with output.open("ab") as file:
        process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec 3<&{listener.fileno()}; {command}"],
            cwd=release,
            env=env | {"LISTEN_FDS": "1"},
            stdout=file,
            stderr=file,
            pass_fds=(listener.fileno(),),
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, output.read_text()


def next_release(folder: Path) -> Path:
    """A copy of the project that tells it is another one."""
    for part in PARTS:
        source = PROJECT_DIR / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / part)
    health = folder / "recognizer" / "health.py"
    changed = health.read_text().replace('{"status": "up"}', '{"status": "up", "release": "next"}')
    assert changed != health.read_text()
    health.write_text(changed)
    return folder


def stored_ids(data_dir: Path) -> set[int]:
    with closing(sqlite3.connect(data_dir / "db.sqlite3")) as database:
        return {row[0] for row in database.execute("SELECT id FROM recognizer_drawing")}


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path / "data", tmp_path / "static", LOG_LEVEL="WARNING", **UNLIMITED)


def test_a_new_release_takes_the_port_over_and_no_request_fails(tmp_path, env):
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=PROJECT_DIR, env=env, check=True, capture_output=True)
    (tmp_path / "next").mkdir()
    release = next_release(tmp_path / "next")
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener, ExitStack() as over:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with web(listener, PROJECT_DIR, env, tmp_path / "first.log"):
            subprocess.run([sys.executable, "manage.py", "prepare"], cwd=release, env=env, check=True)
            clients = over.enter_context(Clients(address))
            wait_for("drawings", lambda: len(clients.stored) > 200)
        with web(listener, release, env, tmp_path / "next.log"):
            wait_for("answers of the next release", lambda: clients.releases.count("next") > 200)
            over.close()
    print(f"{len(clients.stored)} drawings; the longest wait {clients.longest_seconds:.1f} s")
    assert clients.failures == []
    assert set(clients.releases) == {"first", "next"}
    assert set(clients.stored) <= stored_ids(tmp_path / "data")


def old(before: dict[str, int], site: RunningSite) -> set[str]:
    """The processes that are still those of before, without the broker, which stays."""
    now = site.children()
    return {name for name in before if name != "broker" and now.get(name) == before[name]}


def test_sighup_starts_the_processes_of_up_again_and_no_request_fails(tmp_path, env):
    with running(env, tmp_path / "output") as site:
        before = site.children()
        with Clients(site.address) as clients:
            wait_for("drawings", lambda: len(clients.stored) > 200)
            os.kill(site.process.pid, signal.SIGHUP)
            wait_for("another web server", lambda: site.children().get("web", before["web"]) != before["web"])
            asked = len(clients.stored)
            wait_for("drawings after it", lambda: len(clients.stored) > asked + 200)
            wait_for(
                "all of them, one after the other",
                lambda: set(site.children()) == set(before) and not old(before, site),
            )
        after = site.children()
        assert clients.failures == []
        assert set(clients.stored) <= stored_ids(site.data_dir)
        assert {name for name in before if before[name] == after[name]} == {"broker"}
        print(f"{len(clients.stored)} drawings; the longest wait {clients.longest_seconds:.1f} s")
