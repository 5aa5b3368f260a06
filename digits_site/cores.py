"""The core that a web process keeps to, where there are as many of them on each core.

The threads of a process take turns at the interpreter's lock. Where the system moves them to whatever core is free,
each turn wakes another core, which knows nothing of what the last one had at hand. Left out on purpose: workers and
servers beside the site, which the system moves about as ever."""

import logging
import os
from collections import Counter
from collections.abc import Iterable

logger = logging.getLogger(__name__)


def next_one(others: Iterable[int | None], *, workers: int) -> int | None:
    """The core for one more of so many processes, the `others` having theirs: the one that fewest have.

    None where the cores would have different numbers of processes, or the system has no say in it."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    if workers % len(cores):
        return None
    taken = Counter(others)
    return min(cores, key=lambda core: taken[core])


def keep(core: int) -> None:
    """Have this process, and all threads that it begins, keep to a core; where that is refused, it goes on as it is."""
    try:
        os.sched_setaffinity(0, {core})
    except OSError as error:
        logger.warning("The system does not let a web process keep to core %d: %s", core, error)
