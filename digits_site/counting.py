"""Lets Prometheus's metrics of several processes add up: each writes files of its own, in a folder of its kind.

A folder is emptied when its kind of process starts. Left out on purpose: processes that only run once, such as
commands, which keep their figures to themselves."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from prometheus_client import values

# Workers in containers have a new name at each start; folders that nobody wrote to for so long are of ones before.
ABANDONED_SECONDS = 7 * 24 * 3600.0
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share(kind: str, *, identify: Callable[[], object] = os.getpid, afresh: bool = True) -> Path:
    """From now on keep this process's figures, and those of what it forks, in the folder of its kind.

    `identify` tells processes apart that run at the same time. Must be called before anything is counted."""
    folder = Path(settings.METRICS_DIR) / kind
    if afresh:
        shutil.rmtree(folder, ignore_errors=True)
        _remove_abandoned(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue(identify)
    return folder


def _remove_abandoned(folders: Path) -> None:
    for folder in folders.glob("*/"):
        moments = [path.stat().st_mtime for path in (folder, *folder.glob("*.db"))]
        if time.time() - max(moments) > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
