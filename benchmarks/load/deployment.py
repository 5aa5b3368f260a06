"""The site as it is deployed, on this machine: web, two workers and beat on PostgreSQL and Valkey, or on SQLite.

Runs `manage.py up` in a process of its own, with a database server and a broker of its own where asked for, all in one
folder that is gone afterwards. PostgreSQL and SQLite write through to the disk as they do by default."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

PROJECT_DIR = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0
DATABASES = ("sqlite", "postgresql")
POSTGRESQL = "-c listen_addresses='' -c shared_buffers=512MB -c max_connections=200 -c checkpoint_timeout=15min"
# What clients of one address must not be kept from while they measure what the site bears
UNLIMITED = {"THROTTLES": "off"}


@dataclass
class Deployment:
    """`address` of the web server, `environment` for commands that look at the same database, the `supervisor`."""

    address: tuple[str, int]
    environment: dict[str, str]
    supervisor: subprocess.Popen
    folder: Path

    @property
    def database_pid(self) -> int | None:
        """PostgreSQL's, if it runs for this site alone."""
        path = self.folder / "postgresql" / "data" / "postmaster.pid"
        return int(path.read_text().split()[0]) if path.exists() else None

    @property
    def children(self) -> dict[str, int]:
        """Process ids by name, of those that run now."""
        return facts(self.folder).get("children", {})

    def python(self, code: str) -> str:
        """What a program prints that runs in the site's environment."""
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
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="digits-load-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)
        environment = _environment(folder, data) | UNLIMITED
        if database == "postgresql":
            environment["DATABASE_URL"] = url or stack.enter_context(postgresql(folder))
            environment["REDIS_URL"] = stack.enter_context(valkey(folder))
        environment |= more
        output = stack.enter_context((folder / "output").open("w"))
        supervisor = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=PROJECT_DIR, env=environment, stdout=output, stderr=output
        )
        stack.callback(_stop, supervisor)
        yield Deployment(_address(folder, supervisor), environment, supervisor, folder)


def _environment(folder: Path, data: Path | None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "MNIST_DIR") if name in os.environ}
    if data:
        (folder / "data").symlink_to(data.resolve())
    return kept | {
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "PORT": "0",
        "LOG_LEVEL": "WARNING",
    }


def _address(folder: Path, supervisor: subprocess.Popen) -> tuple[str, int]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if supervisor.poll() is not None:
            break
        found = facts(folder)
        if len(found.get("children", {})) >= 4:
            parts = urlsplit(found["address"])
            return parts.hostname, parts.port
        time.sleep(0.1)
    raise RuntimeError(f"The site did not come up:\n{(folder / 'output').read_text()[-3000:]}")


def _stop(supervisor: subprocess.Popen) -> None:
    supervisor.send_signal(signal.SIGINT)
    try:
        supervisor.wait(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A server of its own on a socket below `folder`; yields the address of its database."""
    home = folder / "postgresql"
    home.mkdir()
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(home, "postgres", "postgres")
    _as_server("initdb", "--pgdata", home / "data", "--username", "digits", "--auth", "trust")
    options = f"{POSTGRESQL} -c unix_socket_directories={home}"
    _as_server("pg_ctl", "start", "-w", "-D", home / "data", "-l", home / "log", "-o", options)
    try:
        _as_server("createdb", "--host", home, "--username", "digits", "digits")
        yield f"postgres://digits@{quote(str(home), safe='')}/digits"
    finally:
        _as_server("pg_ctl", "stop", "-w", "-m", "fast", "-D", home / "data")


def _as_server(name: str, *arguments: object) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    program = found[-1] if found else shutil.which(name)
    if program is None:
        raise RuntimeError(f"{name} is not here: install PostgreSQL's server (Debian: apt install postgresql).")
    command = [str(program), *map(str, arguments)]
    if os.getuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{name} failed: {said.read()}")


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A broker of its own, on a free port of the loopback."""
    import socket

    from digits_site.supervise.place import broker_program

    home = folder / "valkey"
    home.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(broker_program()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)
