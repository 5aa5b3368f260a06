"""Which processes of this machine still live, by names that no later process and no other machine can bear.

Left out on purpose: processes elsewhere, and systems without /proc: of those nothing is known, and leases decide."""

import os
from functools import cache
from pathlib import Path

PROC = Path("/proc")
# Where the start is in /proc/PID/stat, counted behind the command's name, which may hold spaces and brackets.
STATE, STARTED = 0, 19
DEAD = ("Z", "X", "x")


def name_of_this() -> str:
    """The name of this process: boot, process namespace, number and start; empty where there is no /proc."""
    number = os.getpid()
    facts = _stat(number)
    return f"{_machine()}/{number}/{facts[STARTED]}" if facts and _machine() else ""


def is_dead(name: str) -> bool:
    """Whether the process of that name was on this machine and is there no more; False whenever that is not known."""
    machine, _, rest = name.partition("/")
    number, _, started = rest.partition("/")
    if not machine or machine != _machine() or not number.isdecimal():
        return False
    facts = _stat(int(number))
    if facts is None:  # it is gone, or hidden from this user
        return not _answers(int(number))
    return facts[STARTED] != started or facts[STATE] in DEAD


@cache
def _machine() -> str:
    """This boot of this machine and the namespace in which its processes are numbered; containers have their own."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{(PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _stat(number: int) -> list[str] | None:
    """What the kernel says of a process, from its state on; None if there is none of that number."""
    try:
        return (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _answers(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
