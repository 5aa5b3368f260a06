"""A private PostgreSQL for the tests: its own folder, its own socket, no password, gone afterwards."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

DEBIANS_FOLDERS = Path("/usr/lib/postgresql")
# The data is thrown away, so that nothing needs to reach the disk.
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
# Two connections of one test that wait for each other end in an error that names the query, not in silence.
IMPATIENT = "-c lock_timeout=30s"


def program(name: str) -> Path | None:
    """Return a program of PostgreSQL's server: Debian's newest, else the one on the PATH."""
    versions = sorted(DEBIANS_FOLDERS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which(name)
    return Path(found) if found else None


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Run a server and yield the address of a database on it, as DATABASE_URL takes it."""
    with tempfile.TemporaryDirectory(prefix="digits-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        as_server("initdb", "--pgdata", folder / "data", "--username", "digits", "--auth", "trust", "--no-sync")
        as_server("pg_ctl", "start", "-w", "-D", folder / "data", "-l", folder / "log", "-o", options(folder))
        try:
            yield f"postgres://digits@{quote(str(folder), safe='')}/digits"
        finally:
            as_server("pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder / "data")


def options(folder: Path) -> str:
    return f"-c listen_addresses='' -c unix_socket_directories={folder} {QUICK} {IMPATIENT}"


def as_server(name: str, *arguments: object) -> None:
    """Run one of the server's programs, and show what it said when it failed."""
    command = [str(program(name)), *map(str, arguments)]
    if os.getuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # Into a file: the server that pg_ctl starts would keep a pipe open, and its reader waiting.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
        said.seek(0)
        assert done.returncode == 0, f"{name} failed: {said.read()}"
