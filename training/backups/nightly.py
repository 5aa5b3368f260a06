"""A backup each night, at the time that BACKUP_NIGHTLY_AT names, into BACKUP_DIR; so many of the newest are kept.

What was done is told by the files that are there. The shared cache keeps workers of several machines from doing it
twice, and tells machines that do not see BACKUP_DIR how old the newest is. Left out on purpose: backups that people
make, which are never removed."""

import fcntl
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from training import folders
from training.backups import archive, taking
from training.nights import last_night

logger = logging.getLogger(__name__)

NAME = re.compile(r"nightly-(\d{4}-\d\d-\d\d)\.tar")
# A worker that dies over it is followed by another one after this long.
CLAIM_SECONDS = 3600
ABANDONED_SECONDS = 24 * 3600.0
NEWEST = "backup:newest"


def back_up_if_due(*, now: datetime | None = None) -> Path | None:
    """Make last night's backup unless it is there already or another worker makes it; return the file that was made.

    What is too old goes first, so that it also goes where nights have no backup any more, or none that succeeds."""
    now = now or timezone.now()
    remove_old(now)
    if settings.BACKUP_NIGHTLY_AT is None:
        return None
    try:
        return _made(now)
    finally:
        _tell_newest()


def _made(now: datetime) -> Path | None:
    night = last_night(now, settings.BACKUP_NIGHTLY_AT)
    out = Path(settings.BACKUP_DIR) / f"nightly-{night:%Y-%m-%d}.tar"
    if out.exists():
        return None
    with _claimed(out) as is_ours:
        if not is_ours:
            return None
        taking.take(out)
        remove_old(now)
    logger.info("Made the backup %s.", out)
    return out


def remove_old(now: datetime) -> None:
    """Remove nights' backups but the BACKUP_KEEP newest, those that are older than visitors are told, and what a
    backup that was killed left behind. The newest stays, however old it is."""
    nights = _nights()
    for path in nights[:-1]:
        if path not in nights[-settings.BACKUP_KEEP :] or _is_too_old(path, now):
            path.unlink(missing_ok=True)
            logger.info("Removed the backup %s, which is not kept any longer.", path)
    for path in folders.entries(Path(settings.BACKUP_DIR)):
        if archive.UNFINISHED in path.name and _is_abandoned(path):
            archive.remove(path)


def newest() -> datetime | None:
    """When the newest backup in BACKUP_DIR was finished, whoever made it, as seen from here or by a light worker."""
    moments = [moment for moment in (_newest_here(), _newest_told()) if moment is not None]
    return datetime.fromtimestamp(max(moments), timezone.get_default_timezone()) if moments else None


def _newest_here() -> float | None:
    try:
        whole = [path for path in folders.entries(Path(settings.BACKUP_DIR)) if not path.name.startswith(".")]
        return max((path.stat().st_mtime for path in whole), default=None)
    except OSError:  # a folder that is for the workers alone, or a file that has just been removed
        return None


def _newest_told() -> float | None:
    try:
        return cache.get(NEWEST)
    except Exception:  # a cache that is away: what is seen from here has to do
        return None


def _tell_newest() -> None:
    """At each ring, so that a cache which lost it knows it again before anybody is alarmed."""
    try:
        cache.set(NEWEST, _newest_here(), None)
    except Exception:
        logger.debug("The cache does not answer: other machines do not hear of the newest backup.")


def _nights() -> list[Path]:
    return [path for path in folders.entries(Path(settings.BACKUP_DIR)) if NAME.fullmatch(path.name)]


def _is_too_old(path: Path, now: datetime) -> bool:
    """Whether it was made more than BACKUP_KEEP_DAYS before today; 0: no age is too old."""
    made = date.fromisoformat(NAME.fullmatch(path.name)[1])
    return 0 < settings.BACKUP_KEEP_DAYS < (timezone.localdate(now) - made).days


def _is_abandoned(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ABANDONED_SECONDS
    except FileNotFoundError:  # it has just been finished
        return False


@contextmanager
def _claimed(out: Path) -> Iterator[bool]:
    """Whether this process is the one to do it: of this machine by a lock, of all machines by the shared cache."""
    out.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(out.parent / ".nightly.lock", os.O_RDWR | os.O_CREAT, 0o600)
    key = f"backup:{out.name}"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _first(key):
            yield False
            return
        try:
            yield True
        except BaseException:
            _give_back(key)
            raise
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _first(key: str) -> bool:
    try:
        return cache.add(key, True, CLAIM_SECONDS)
    except Exception:  # a cache that is away keeps nobody from making a backup
        logger.warning("The cache does not answer: another machine may make the same backup.", exc_info=True)
        return True


def _give_back(key: str) -> None:
    try:
        cache.delete(key)
    except Exception:
        logger.warning("The cache does not answer; the backup is tried again in an hour.")
