"""What the processes of a site use, by the operating system's own count: processor time and memory. Linux only.

Left out on purpose: servers that the site doesn't start itself."""

import os
import time
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:  # it has ended
        return []
    return [int(child) for child in text.split()]


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    return [pid, *(one for child in children(pid) for one in family(child))]


def processor_seconds(pids: list[int]) -> float:
    """What these processes have used so far, and those that they have waited for, in user and in system mode."""
    return sum(map(_ticks, pids)) / TICKS_A_SECOND


def private_megabytes(pid: int) -> float:
    """What a process alone keeps in memory, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
    return (kib["Private_Clean"] + kib["Private_Dirty"]) / 1024


def wait_until_idle(pid: int, *, share: float = 0.1, seconds: float = 5.0, patience_seconds: float = 180.0) -> bool:
    """Wait until a process and its descendants use less than this share of one core; tell whether they came to that."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        before = processor_seconds(family(pid))
        time.sleep(seconds)
        if (processor_seconds(family(pid)) - before) / seconds < share:
            return True
    return False


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))
