"""What lies in a folder: its entries, how large and how old each is, while other processes write and remove there.

Left out on purpose: removing anything."""

import os
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR


def entries(folder: Path) -> list[Path]:
    """What lies in the folder, by name; nothing for a folder that is not there."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files below a folder."""
    return sum(stat.st_size for stat in _stats(path) if not S_ISDIR(stat.st_mode))


def last_used(path: Path) -> datetime:
    """When something in it was last written or, as far as the disk notes that, read."""
    moments = [stat.st_mtime if S_ISDIR(stat.st_mode) else max(stat.st_mtime, stat.st_atime) for stat in _stats(path)]
    return datetime.fromtimestamp(max(moments, default=0), UTC)


def _stats(path: Path) -> list[os.stat_result]:
    found = []
    for one in (path, *path.rglob("*")):
        try:
            found.append(one.lstat())
        except FileNotFoundError:  # it has just been removed
            continue
    return found
