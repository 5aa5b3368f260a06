"""Collects the static files, hashed and compressed, beside those that pages of the release before still ask for.

Left out on purpose: emptying the folder. The site serves from it while the next release fills it."""

import hashlib
import json
import os
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP, MANIFEST = "collected-from", "staticfiles.json"
PACKED = ("", ".gz", ".br")
# Nobody has a page open for longer that names files of an earlier release.
KEEP_SECONDS = 30 * 24 * 3600.0


def collect_static_files() -> None:
    """Hash and compress the static files, unless that was done with the very same ones."""
    root = Path(settings.STATIC_ROOT)
    fingerprint = static_fingerprint()
    if (root / STAMP).exists() and (root / STAMP).read_text() == fingerprint:
        return
    is_ours = (root / STAMP).exists()
    before = _hashed(root)
    # One that is newer than its source would count as up to date, and one that has no source would stay.
    for name in (before or _files(root)) if is_ours else ():
        _remove(root, name)
    call_command("collectstatic", interactive=False, verbosity=0)
    if is_ours:
        _remove_old(root, until_now=set(before.values()))
    (root / STAMP).write_text(fingerprint)


def static_fingerprint() -> str:
    """Return a hash of every static file's place, size and time of change, and of how they are collected."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            digest.update(f"{storage.path(name)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _hashed(root: Path) -> dict[str, str]:
    """The hashed name of each file that was collected last; nothing where names are not hashed."""
    try:
        return json.loads((root / MANIFEST).read_text())["paths"]
    except (OSError, ValueError, KeyError):
        return {}


def _files(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != STAMP]


def _remove_old(root: Path, *, until_now: set[str]) -> None:
    """Remove files of earlier releases, some time after the last release that named them."""
    hashed, now = _hashed(root), time.time()
    in_use = {*hashed, *hashed.values(), MANIFEST}
    for name in _files(root) if hashed else ():
        if name in until_now:
            os.utime(root / name, (now, now))
        elif name.removesuffix(".gz").removesuffix(".br") not in in_use and _age_seconds(root / name) > KEEP_SECONDS:
            (root / name).unlink(missing_ok=True)


def _age_seconds(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _remove(root: Path, name: str) -> None:
    for end in PACKED:
        (root / f"{name}{end}").unlink(missing_ok=True)
