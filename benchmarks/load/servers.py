"""PostgreSQL and Valkey, as a deployment has them beside it: each in a folder of its own, started again when it died.

Both write through to the disk as they do by default. Left out on purpose: passwords, since both are reached from this
machine alone."""

import os
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from urllib.parse import quote

PATIENCE_SECONDS = 120.0
# As docs/operations.md has it
TUNED = "-c shared_buffers=2GB -c max_wal_size=4GB -c checkpoint_timeout=15min -c wal_compression=lz4"
POSTGRESQL = f"-c listen_addresses='' -c max_connections=200 {TUNED}"
VALKEY = ("--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "everysec", "--save", "")


class Server(ABC):
    """What a site stands on: `url` for its settings, `pid` of its first process."""

    name: str
    url: str

    @property
    @abstractmethod
    def pid(self) -> int | None: ...

    @abstractmethod
    def create(self) -> None:
        """Make its folder, and start it."""

    @abstractmethod
    def start(self) -> None:
        """Start it, and wait until it answers. Raises RuntimeError when it doesn't."""

    @abstractmethod
    def stop(self) -> None: ...

    def runs(self) -> bool:
        return self.pid is not None and Path(f"/proc/{self.pid}/stat").exists() and not _is_zombie(self.pid)


class PostgreSQL(Server):
    """On a socket in its folder, as another user where this one is root, whom the server refuses."""

    name = "database"

    def __init__(self, folder: Path) -> None:
        self._home = folder / "postgresql"
        self.url = f"postgres://digits@{quote(str(self._home), safe='')}/digits"

    @property
    def pid(self) -> int | None:
        path = self._home / "data" / "postmaster.pid"
        try:
            return int(path.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def create(self) -> None:
        self._home.mkdir()
        if os.getuid() == 0:
            shutil.chown(self._home, "postgres", "postgres")
        self._run("initdb", "--pgdata", self._home / "data", "--username", "digits", "--auth", "trust")
        self.start()
        self._run("createdb", "--host", self._home, "--username", "digits", "digits")

    def start(self) -> None:
        options = f"{POSTGRESQL} -c unix_socket_directories={self._home}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._run("pg_ctl", "start", "-w", "-D", self._home / "data", "-l", self._home / "log", "-o", options)
                return
            except RuntimeError:  # what a killed server leaves behind takes a moment to end
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self._home / "data")

    def _run(self, name: str, *arguments: object) -> None:
        command = [program(name), *map(str, arguments)]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # Into a file: the server that pg_ctl starts would keep a pipe open, and its reader waiting.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{name} failed: {said.read()}")


class Valkey(Server):
    """On a port of the loopback."""

    name = "broker"

    def __init__(self, folder: Path) -> None:
        from benchmarks.load.deployment import free_port

        self._home, self._port = folder / "valkey", free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def create(self) -> None:
        self._home.mkdir()
        self.start()

    def start(self) -> None:
        from digits_site.supervise.place import broker_program

        command = [str(broker_program()), "--port", str(self._port), "--dir", str(self._home), *VALKEY]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=PATIENCE_SECONDS)


def program(name: str) -> str:
    """The newest of a program of PostgreSQL's. Raises RuntimeError where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    chosen = found[-1] if found else shutil.which(name)
    if chosen is None:
        raise RuntimeError(f"{name} is not here: install PostgreSQL's server (Debian: apt install postgresql).")
    return str(chosen)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
