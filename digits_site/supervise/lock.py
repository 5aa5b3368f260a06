"""One supervisor a data folder, and no process left over from an earlier one.

The kernel lets go of a lock when the last process that holds it ends, however it ended: nothing here can go stale, as
a file with a process id in it would. Left out on purpose: locks across machines; `flock` is for local disks."""

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from digits_site.supervise.errors import StartError


class Lock:
    """Held as long as this process runs; the file tells a second one who holds it. Raises StartError when held."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _take(self._descriptor):
            os.close(self._descriptor)
            raise StartError(_already_running(path))

    def write(self, facts: dict) -> None:
        text = json.dumps(facts).encode()
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def read(path: Path) -> dict:
    """Return what the holder of the lock wrote, or an empty dict while it has not yet."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _already_running(path: Path) -> str:
    facts = read(path)
    if "pid" not in facts:
        return "The site is just being started in this folder by another process. Ctrl-C where that runs stops it."
    return (
        f"The site runs already in this folder: {facts['address']}, process {facts['pid']}. "
        f"`kill {facts['pid']}` stops it."
    )


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_for_child(path: Path) -> int:
    """Return a descriptor with a lock on `path` that a child inherits, and so does everything that the child starts.

    Raises OSError when something that an earlier child started still lives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    if not _take(descriptor):
        os.close(descriptor)
        raise OSError(f"another process holds {path}")
    return descriptor


def end_leftovers(folder: Path, *, patience_seconds: float = 3.0) -> list[str]:
    """End the process groups whose locks in `folder` are still held; return their names.

    While its lock is held, a group lives, so that its number cannot have become another group's."""
    held = [path for path in sorted(folder.glob("*.pid")) if not _is_free(path)]
    for path in held:
        _signal_group(path, signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    for path in held:
        while not _is_free(path):
            if time.monotonic() > deadline:
                _signal_group(path, signal.SIGKILL)
            time.sleep(0.02)
    return [path.stem for path in held]


def _is_free(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        return _take(descriptor)
    finally:
        os.close(descriptor)


def _signal_group(path: Path, number: int) -> None:
    text = path.read_text()
    if not text.isdigit():
        raise StartError(f"A process of an earlier run still holds {path}. End it, then start again.")
    with suppress(ProcessLookupError):
        os.killpg(int(text), number)
