"""Does a claimed export from its first drawing to its file, and ends it in words, whatever happens on the way.

Left out on purpose: every write of a state (`export_jobs.py`), and how a file looks (`data/export_formats.py`)."""

import errno
import hashlib
import logging
import os
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from recognizer import log_context
from recognizer.words import counted
from training import export_files, exporting, reporting
from training.data.exports import Aside, ExportError, format_named
from training.export_filters import Filters
from training.export_jobs import OUTDATED, ExportClaim, Outdated
from training.jobs import CancelRequested, LostJob
from training.reporting import Heartbeat, Stopped

logger = logging.getLogger(__name__)

BLOCK_BYTES = 1 << 20
DATABASE_AWAY = "The database did not answer while it ran"


class Progress:
    """Writes how far an export has come, at most every JOB_PROGRESS_SECONDS, and asks whether to go on, as a training's
    Reporter does.

    Every method raises LostJob, CancelRequested, Outdated or Stopped when it is not."""

    def __init__(self, claim: ExportClaim, heartbeat: Heartbeat) -> None:
        self.claim, self.heartbeat = claim, heartbeat
        self.fields: dict[str, Any] = {}
        self.written = self.heard = float("-inf")

    def step(self, done: int, lost: int) -> None:
        """Tell how many drawings are done, and how many are left out."""
        self.fields["done"], self.fields["lost"] = done, lost
        self.look()

    def say(self, **fields: Any) -> None:
        """Write something at once."""
        self.fields |= fields
        self.written = float("-inf")
        self.look()

    def look(self) -> None:
        """Go on, or raise."""
        if self.heartbeat.lost:
            self.claim.keep()  # says how it was lost
        if reporting.is_stopping():
            raise Stopped
        # Counted from before the database is asked: what that takes must not make the next look later.
        now = time.monotonic()
        if now - self.written >= settings.JOB_PROGRESS_SECONDS:
            self.written = self.heard = now
            self.claim.report(**self.fields)
        elif now - self.heard >= settings.JOB_HEAR_SECONDS:
            self.heard = now
            self.claim.hear()


def run(claim: ExportClaim) -> None:
    """Do a claimed export. Raises nothing but what ends the process."""
    with log_context.about(job=claim.job_id, attempt=claim.attempt), Heartbeat(claim) as heartbeat:
        try:
            _export(claim, Progress(claim, heartbeat))
        except LostJob as lost:
            logger.warning("%s", lost)
        except CancelRequested:
            _conclude(claim.cancelled)
        except Outdated:
            _conclude(partial(claim.begin_again, OUTDATED))
        except Stopped:
            _conclude(claim.release)
        except (DatabaseError, InterfaceError):
            logger.exception("Export %s was interrupted by the database.", claim.export_id)
            if not connection.in_atomic_block:
                connection.close()  # the next use opens a new one
            _conclude(partial(claim.begin_again, DATABASE_AWAY))
        except Exception as error:
            logger.exception("Export %s failed.", claim.export_id)
            _conclude(partial(claim.fail, in_words(error), traceback.format_exc()))
        except BaseException:  # the process is to end
            _conclude(claim.release)
            raise


def in_words(error: Exception) -> str:
    """What went wrong and what to do, for somebody who does not read tracebacks."""
    text = str(error).rstrip(".")
    if isinstance(error, ExportError):
        return f"{text[:1].upper()}{text[1:]}."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, and the file could not be written. Make room, then export again."
    if isinstance(error, OSError):
        return f"A file could not be read or written ({text}). Put that right, then export again."
    return (
        f"Something unexpected went wrong ({type(error).__name__}: {text}). The traceback says where. Export again; if "
        "it ends the same way, report it with the traceback."
    )


def _export(claim: ExportClaim, progress: Progress) -> None:
    export = claim.export()
    kind, filters = format_named(export.format), Filters.from_json(export.filters)
    chosen = exporting.ids(filters)
    progress.look()
    if not chosen:
        raise ExportError(f"there are no such drawings any more: {filters.words()}")
    progress.say(total=len(chosen), message="Writing the drawings.")
    found = exporting.exported(exporting.pages(chosen, kind, claim.take), kind, progress.step)
    with export_files.growing(export) as path:
        about = exporting.about(filters, kind, day=timezone.now().date())
        with path.open("wb") as file:
            kind.write(file, found, Aside(about=about, tick=progress.look, folder=path.parent))
            file.flush()
            os.fsync(file.fileno())
        sha256 = _sha256(path, progress.look)
        _succeed(claim, progress, path, sha256)


def _succeed(claim: ExportClaim, progress: Progress, path: Path, sha256: str) -> None:
    progress.say(message="Storing the file.")
    done, lost = progress.fields.get("done", 0), progress.fields.get("lost", 0)
    message = f"{counted(done, 'drawing')} exported."
    if lost:
        message += f" {counted(lost, 'drawing')} left out, since their files are lost; the log says which."
    claim.succeed(path, size_bytes=path.stat().st_size, sha256=sha256, message=message)


def _sha256(path: Path, look: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            look()
    return digest.hexdigest()


def _conclude(end: Callable[[], None]) -> None:
    """End the export, unless it is somebody else's by now. A database that is away is not waited for: then the lease
    runs out, and the sweeper does it."""
    try:
        end()
    except (LostJob, DatabaseError, InterfaceError) as error:
        logger.warning("The export could not be ended here: %s", error)
