"""What was measured on: the processor, the system, the versions, and how busy the machine was besides.

Left out on purpose: names of hosts, users and folders, which say who measured and not on what."""

import importlib.metadata
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from training.fit_settings import usable_cores

# The load average would do, if it forgot the benchmark before this one sooner.
LISTEN_SECONDS = 1.0
PROJECT_DIR = Path(__file__).resolve().parent.parent


def description() -> dict[str, Any]:
    """Return what JSON can hold about this machine and what runs on it."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "busy_before": busy_share(LISTEN_SECONDS),
        "code": code(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "torch": version("torch"),
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def busy_share(seconds: float) -> float | None:
    """Return how busy the processor is while this process waits, 0 to 1; None where nothing tells (not on Linux)."""
    try:
        before = processor_ticks()
        time.sleep(seconds)
        after = processor_ticks()
    except OSError:
        return None
    idle, every = (later - earlier for later, earlier in zip(after, before, strict=True))
    return round(1 - idle / every, 3) if every else None


def processor_ticks() -> tuple[int, int]:
    """Return the ticks that all cores were idle, and all ticks, since the machine started."""
    ticks = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)  # idle and waiting for a disk


def blas() -> str:
    """The library that numpy multiplies with, its version and the kernels that it chose."""
    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return "; ".join(
        f"{info['internal_api']} {info['version']} ({info.get('architecture', 'unknown')})" for info in found
    )


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def code() -> str | None:
    """The commit that was measured, with "-dirty" where files differ from it; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        return subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def in_words(machine: dict[str, Any]) -> str:
    """One line that says on what, with what and when."""
    torch = f", PyTorch {machine['torch']}" if machine["torch"] else ""
    commit = f", commit {machine['code']}" if machine["code"] else ""
    busy = "" if machine["busy_before"] is None else f", others used {100 * machine['busy_before']:.0f} % of it"
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; Python {machine['python']}, "
        f"numpy {machine['numpy']} with {machine['blas']}{torch}{commit}; {machine['measured_at'][:10]}{busy}"
    )
