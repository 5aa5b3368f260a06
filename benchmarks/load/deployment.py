"""The site as it is deployed, on this machine: web, two workers and beat on PostgreSQL and Valkey, or on SQLite.

Runs `manage.py up` in a process of its own, with a database server and a broker of its own where asked for, all in one
folder that is gone afterwards. PostgreSQL and SQLite write through to the disk as they do by default."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.load import processes, wire
from benchmarks.load.servers import PostgreSQL, Server, Valkey

PROJECT_DIR = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0
DATABASES = ("sqlite", "postgresql")
# What clients of one address must not be kept from while they measure what the site bears
UNLIMITED = {"THROTTLE_SCALE": "1000"}


class Deployment:
    """`address` of the web server, `environment` for commands that look at the same database, all in one `folder`."""

    def __init__(self, folder: Path, environment: dict[str, str], servers: list["Server"]) -> None:
        self.folder, self.environment, self.servers = folder, environment, servers
        self.address = ("127.0.0.1", int(environment["PORT"]))
        self.restarts: Counter = Counter()
        self.start()

    def start(self) -> None:
        """Start the supervisor, and wait until the site answers; start it again where it ends before, as an init
        system does. Raises RuntimeError when it doesn't come up."""
        self._run()
        wait_for(self._answers, "the site did not come up", self.folder / "output")

    def _run(self) -> None:
        with (self.folder / "output").open("a") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=PROJECT_DIR,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def _answers(self) -> bool:
        self._revive_servers()
        if self.supervisor.poll() is not None:
            self.restarts["supervisor that ended early"] += 1
            time.sleep(1)
            self._run()
        return len(self.children) >= 4 and answers(self.address)

    def stop(self) -> None:
        self.supervisor.send_signal(signal.SIGINT)
        try:
            self.supervisor.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()

    @property
    def database_pid(self) -> int | None:
        """PostgreSQL's, if it runs for this site alone."""
        return next((server.pid for server in self.servers if server.name == "database"), None)

    @property
    def children(self) -> dict[str, int]:
        """Process ids by name, of those that the supervisor runs now."""
        return facts(self.folder).get("children", {})

    def kinds(self) -> dict[str, list[int]]:
        """Every kind of process that there is now, with the ids of those that are of it."""
        found = {"supervisor": [self.supervisor.pid]}
        parents = self.children | {server.name: server.pid for server in self.servers if server.pid}
        for name, pid in parents.items():
            found[name] = [pid]
            if below := processes.children(pid):
                found[f"{name} child"] = below
        return found

    def revive(self) -> None:
        """Start what ended and nobody else starts again, as an init system does."""
        self._revive_servers()
        if self.supervisor.poll() is not None:
            self.restarts["supervisor"] += 1
            self.start()

    def _revive_servers(self) -> None:
        for server in self.servers:
            if not server.runs():
                self.restarts[server.name] += 1
                server.start()

    def python(self, code: str) -> str:
        """What a program prints that runs in the site's environment. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            cwd=PROJECT_DIR,
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "digits_site.settings"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"The program failed:\n{done.stderr}")
        return done.stdout.strip()


def answers(address: tuple[str, int]) -> bool:
    try:
        return wire.ask(address, wire.request("GET", "/healthz", "localhost"), timeout_seconds=5).status == 200
    except (OSError, wire.ProtocolError):
        return False


def wait_for(condition: Callable[[], bool], what: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} in {PATIENCE_SECONDS:g} s:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def facts(folder: Path) -> dict:
    try:
        return json.loads((folder / "data" / "run" / "up.lock").read_text())
    except (OSError, ValueError):  # not yet, or just being written
        return {}


@contextlib.contextmanager
def deployed(database: str, *, url: str | None = None, data: Path | None = None, **more: str) -> Iterator[Deployment]:
    """Run the site on a new database of that kind, or on the one at `url`, or in the folder `data`; yield it once it
    answers. Further variables of the site go by their names."""
    with contextlib.ExitStack() as stack:
        holder = tempfile.TemporaryDirectory(prefix="digits-load-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(holder))
        folder.chmod(0o755)
        environment = _environment(folder, data) | UNLIMITED | more
        servers: list[Server] = []
        if database == "postgresql":
            servers = [Valkey(folder)] if url else [PostgreSQL(folder), Valkey(folder)]
            environment["DATABASE_URL"] = url or servers[0].url
            environment["REDIS_URL"] = servers[-1].url
        for server in servers:
            server.create()
            stack.callback(server.stop)
        site = Deployment(folder, environment, servers)
        stack.callback(site.stop)
        yield site


def _environment(folder: Path, data: Path | None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "MNIST_DIR") if name in os.environ}
    if data:
        (folder / "data").symlink_to(data.resolve())
    return kept | {
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "PORT": str(free_port()),
        "LOG_LEVEL": "WARNING",
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
