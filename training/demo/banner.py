"""Whether the admin's pages say that there is demo content, looked up at most every DEMO_BANNER_SECONDS in a process.

Left out on purpose: being exact. A page may say so some seconds too late, and no page takes a query more for it."""

import time

from django.conf import settings

from training.demo import standing

_seen = {"at": 0.0, "is_there": False}


def is_shown() -> bool:
    if time.monotonic() - _seen["at"] >= settings.DEMO_BANNER_SECONDS:
        _seen.update(at=time.monotonic(), is_there=standing.is_there())
    return bool(_seen["is_there"])


def forget() -> None:
    """Start again as a fresh process would."""
    _seen.update(at=0.0, is_there=False)
