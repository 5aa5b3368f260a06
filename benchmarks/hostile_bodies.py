"""What hostile bodies cost a real web process: status, time and memory of each, against gunicorn with one worker.

    .venv/bin/python -m benchmarks.hostile_bodies

A site of its own, in a folder that goes away, gets each body of `benchmarks/hostile.py` a few times. Memory is the peak
of the worker's own, from /proc, above what it was just before. Silent connections come last: more of them than there
are threads, and the site must answer again. Left out on purpose: the broker, without which nobody is refused for asking
often."""

import argparse
import contextlib
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.hostile import Hostile, all_of_them
from benchmarks.machine import PROJECT_DIR

ALLOWED_MS, ALLOWED_MIB = 100, 30
PATIENCE_SECONDS = 60.0
SEVEN = json.dumps({"strokes": [[[90, 20], [150, 20], [110, 130]]], "width": 200, "height": 150}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=3, help="how often each body is sent; the median counts")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digits-hostile-") as folder, serving(Path(folder)) as site:
        rows = [measured(site, name, hostile, options.times) for name, hostile in all_of_them()]
        slow = slow_connections(site)
    report(rows, slow, as_json=options.json)
    sys.exit(0 if all(row["is_refused"] for row in rows) and slow["answered"] else 1)


class Site:
    """One gunicorn worker; a visitor's connection to it."""

    def __init__(self, port: int, master: int) -> None:
        self.port, self._master = port, master
        self.cookies: dict[str, str] = {}

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                self.request("GET", "/api/v1/model")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("The site does not come up.")

    def request(self, method: str, path: str, sent: Hostile | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if sent:
            headers |= {"Content-Type": sent.content_type, "X-CSRFToken": self.cookies["csrftoken"]} | sent.headers
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            connection.request(method, path, sent and sent.body, headers)
        response = connection.getresponse()
        response.read()
        for value in response.headers.get_all("Set-Cookie") or ():
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        connection.close()
        return response.status

    @property
    def worker(self) -> Path:
        children = Path(f"/proc/{self._master}/task/{self._master}/children").read_text().split()
        return Path("/proc") / children[-1]

    def peak_mib(self) -> float:
        return int(re.search(r"VmHWM:\s+(\d+)", (self.worker / "status").read_text())[1]) / 1024

    def forget_peak(self) -> None:
        (self.worker / "clear_refs").write_text("5")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Site]:
    port = free_port()
    env = os.environ | {
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "THROTTLE_SCALE": "0",
        "LOG_LEVEL": "ERROR",
        "SILENCE_SECONDS": "2",
    }
    for arguments in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=PROJECT_DIR, env=env, check=True)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:digits_site.gunicorn", "digits_site.wsgi"]
    process = subprocess.Popen(command, cwd=PROJECT_DIR, env=env, stderr=subprocess.DEVNULL)
    try:
        site = Site(port, process.pid)
        site.wait()
        site.request("POST", "/api/v1/drawings", Hostile("application/json", SEVEN))
        yield site
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def measured(site: Site, name: str, hostile: Hostile, times: int) -> dict[str, Any]:
    site.request("POST", "/api/v1/drawings", hostile)  # what is loaded for the first time does not count
    site.forget_peak()
    before, statuses, milliseconds = site.peak_mib(), set(), []
    for _ in range(times):
        began = time.perf_counter()
        statuses.add(site.request("POST", "/api/v1/drawings", hostile))
        milliseconds.append(1000 * (time.perf_counter() - began))
    return {
        "body": name,
        "bytes": len(hostile.body),
        "statuses": sorted(statuses),
        "ms": round(statistics.median(milliseconds), 1),
        "more_mib": round(site.peak_mib() - before, 1),
        "is_refused": all(400 <= status < 500 for status in statuses),
    }


def slow_connections(site: Site, count: int = 12) -> dict[str, Any]:
    """Heads and bodies that stop in the middle, on three times as many connections as there are threads."""
    starts = [b"POST /api/v1/drawings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Len", b"GET / HT"]
    held = []
    for number in range(count):
        held.append(socket.create_connection(("127.0.0.1", site.port)))
        head = b"POST /api/v1/drawings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
        held[-1].sendall(head + SEVEN[:5] if number % 3 == 2 else starts[number % 2])
    began = time.perf_counter()
    status = site.request("GET", "/healthz")
    seconds = time.perf_counter() - began
    for one in held:
        one.close()
    return {"connections": count, "answered": status == 200, "ms": round(1000 * seconds, 1)}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def report(rows: list[dict[str, Any]], slow: dict[str, Any], *, as_json: bool) -> None:
    worst = {"ms": max(row["ms"] for row in rows), "more_mib": max(row["more_mib"] for row in rows)}
    if as_json:
        print(json.dumps({"bodies": rows, "worst": worst, "slow": slow, "load": os.getloadavg()}))
        return
    for row in rows:
        note = "" if row["ms"] <= ALLOWED_MS and row["more_mib"] <= ALLOWED_MIB and row["is_refused"] else "  <"
        print(f"{row['ms']:>8} ms {row['more_mib']:>6} MiB  {row['statuses']}  {row['body']}{note}")
    print(f"at most {worst['ms']} ms and {worst['more_mib']} MiB more; load {os.getloadavg()[0]:.1f}; slow: {slow}")


if __name__ == "__main__":
    main()
