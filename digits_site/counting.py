"""Lets Prometheus's metrics of several processes add up: each writes files of its own, in a folder of its kind.

A folder is emptied when its kind of process starts. Left out on purpose: processes that only run once, such as
commands, which keep their figures to themselves."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from prometheus_client import values

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share(kind: str, *, identify: Callable[[], object] = os.getpid, afresh: bool = True) -> Path:
    """From now on keep this process's figures, and those of what it forks, in the folder of its kind.

    `identify` tells processes apart that run at the same time. Must be called before anything is counted."""
    folder = Path(settings.METRICS_DIR) / kind
    if afresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue(identify)
    return folder
