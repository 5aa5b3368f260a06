"""SQLite's log of changes, in which a deleted row stands until it is written over: written back, and emptied.

Left out on purpose: PostgreSQL, whose vacuum and log are its own."""

from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections


def empty() -> bool:
    """Write the log back and empty it, unless others are in the way for SQLITE_LOG_SECONDS; return whether it is
    empty, also where there is none."""
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor != "sqlite" or not _has_some(Path(here.settings_dict["NAME"])):
        return True
    if here.in_atomic_block:
        return False
    with here.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience_ms,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {round(1000 * settings.SQLITE_LOG_SECONDS)}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy, *_ = cursor.fetchone()
        except OperationalError:  # locked by a reader in this very process
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience_ms}")
    return not is_busy


def _has_some(database: Path) -> bool:
    log = database.with_name(f"{database.name}-wal")
    return log.exists() and log.stat().st_size > 0
