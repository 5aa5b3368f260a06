"""Runs the real `manage.py up` in a process of its own, for tests that look at it from outside."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.site.imports import PROJECT_DIR

PATIENCE_SECONDS = 90.0
ALL_CHILDREN = {"broker", "web", "train", "light", "beat"}


def wait_for(what, condition):
    """Return the first true answer of `condition`; fail with `what` when there is none in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:g} s for {what}"
        time.sleep(0.02)
    return answer


def environment(data_dir: Path, static_dir: Path, **more: str) -> dict[str, str]:
    """Return what a person's shell would hold: none of the site's variables but those that keep the test to itself."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"DATA_DIR": str(data_dir), "STATIC_ROOT": str(static_dir), "PORT": "0", "THROTTLE_SCALE": "0"} | more


def up(env: dict[str, str]) -> subprocess.CompletedProcess:
    """Run `manage.py up` where it is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=PROJECT_DIR,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def _hear_hangups() -> None:
    """As under a terminal or an init system, also where these tests were begun by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class RunningSite:
    def __init__(self, env: dict[str, str], output: Path) -> None:
        self.env, self.data_dir = env, Path(env["DATA_DIR"])
        self._output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=PROJECT_DIR,
                env=env,
                stdout=file,
                stderr=file,
                preexec_fn=_hear_hangups,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def facts(self) -> dict:
        assert self.process.poll() is None, self.output
        try:
            return json.loads((self.data_dir / "run" / "up.lock").read_text())
        except (OSError, ValueError):  # it is being written just now, or not yet
            return {}

    @property
    def address(self) -> str:
        return self.facts()["address"]

    def children(self) -> dict[str, int]:
        return self.facts().get("children", {})

    def wait_until_all_run(self) -> "RunningSite":
        wait_for("all children", lambda: set(self.children()) == ALL_CHILDREN)
        wait_for("the first screen", lambda: "Ctrl-C stops all of it" in self.output)
        return self

    def get(self, path: str) -> int:
        try:
            return urllib.request.urlopen(self.address + path, timeout=PATIENCE_SECONDS).status
        except urllib.error.HTTPError as error:
            return error.code

    def password(self) -> str:
        return re.search(r"name admin +password (\S+)", self.output).group(1)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send the signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def running(env: dict[str, str], output: Path) -> Iterator[RunningSite]:
    """Run a site and end it, also when it never came up."""
    site = RunningSite(env, output)
    try:
        yield site.wait_until_all_run()
    finally:
        site.process.terminate()
        try:
            site.process.wait(timeout=PATIENCE_SECONDS)
        finally:
            site.process.kill()


def group_is_gone(group: int) -> bool:
    """Tell whether no process of the group runs; one that ended and that nobody asked for its status counts as gone."""
    if sys.platform != "linux":
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True).stdout
        return not any(re.match(rf"\s*{group}\s+[^Z]", line) for line in listed.splitlines())
    # After the name, which may hold spaces: state, parent, group ...
    fields = [text.rpartition(")")[2].split() for text in map(_read, Path("/proc").glob("[0-9]*/stat")) if text]
    return not any(int(field[2]) == group and field[0] not in "ZX" for field in fields)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):  # it has just ended
        return ""
