"""The core that a web process keeps to, where there are as many of them on each core.

The threads of a process take turns at the interpreter's lock. Where the system moves them to whatever core is free,
each turn wakes another core, which knows nothing of what the last one had at hand. Left out on purpose: workers and
servers beside the site, which the system moves about as ever."""

import os


def keep(place: int, *, workers: int) -> None:
    """Have this process, one of so many and its `place` among them from 0, keep to a core of those that it may use.

    Does nothing where the cores would have different numbers of processes, or the system has no say in it."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if workers % len(cores) == 0:
        os.sched_setaffinity(0, {cores[place % len(cores)]})
