"""What a running job tells its row, and what it hears in return: go on, stop for the moment, or stop for good.

Left out on purpose: the reaction. Each answer but "go on" is an exception that ends the work wherever it is."""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from training.claims import Claim, LostJob
from training.fit import BatchResult, EpochResult

logger = logging.getLogger(__name__)

# Enough points for a smooth line on a wide screen; above it every second one is dropped.
MOST_POINTS = 400

_stopping = threading.Event()
# The process that this one is to work for, once it has said so.
_parent: int | None = None


class Stopped(Exception):  # noqa: N818 (it is what happened)
    """This process is to end, and the job to go on elsewhere."""


def stop() -> None:
    """Make the jobs of this process give themselves back to the queue. Safe to call from a signal handler."""
    _stopping.set()


def allow() -> None:
    """Take `stop` back, as a process does that has just begun."""
    _stopping.clear()


def depend_on_parent() -> None:
    """Make the jobs of this process give themselves back, too, when the process is gone that began it."""
    global _parent
    _parent = os.getppid()


def is_stopping() -> bool:
    """Whether the jobs of this process are to give themselves back."""
    return _stopping.is_set() or (_parent is not None and os.getppid() != _parent)


class Heartbeat(threading.Thread):
    """Extends a job's lease from a thread with its own connection, so that one long step does not lose the job."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(name=f"heartbeat-{claim.job_id}", daemon=True)
        self.claim = claim
        self.lost = False
        self._done = threading.Event()
        self._context = copy_context()  # its lines belong to the job, too

    def __enter__(self) -> "Heartbeat":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        self._context.run(self._go_on)

    def _go_on(self) -> None:
        try:
            while not self.lost and not self._done.wait(settings.JOB_HEARTBEAT_SECONDS):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            self.claim.keep()
        except LostJob:
            self.lost = True
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The lease of job %s could not be extended (%s); trying again.", self.claim.job_id, error)
            connection.close()


class Reporter:
    """Writes how far a job has come, at most every JOB_PROGRESS_SECONDS, and asks whether to go on: whenever it writes,
    and each JOB_HEAR_SECONDS in between, when it only reads.

    Every method but `go_on` raises LostJob, CancelRequested, PauseRequested or Stopped when it is not."""

    def __init__(self, claim: Claim, heartbeat: Heartbeat, observe: Callable[[Any], Any] | None = None) -> None:
        self.claim = claim
        self.heartbeat = heartbeat
        self.observe = observe or (lambda event: None)
        self.fields: dict[str, Any] = {}
        self.curve: list[list[float]] = []
        self.losses: list[float] = []
        self.began: float | None = None
        self.share_before = 0.0
        self.written = self.heard = float("-inf")

    def go_on(self, curve: list[list[float]]) -> None:
        """Draw on at the curve of the attempts before."""
        self.curve = curve

    def step(self, words: str) -> None:
        """Say what is being done when it is not learning."""
        self.observe(words)
        self.fields |= {"message": words, "remaining_seconds": None}
        self.look()

    def batch(self, result: BatchResult) -> None:
        """Tell of a batch that was learnt from."""
        self.observe(result)
        if self.began is None:
            self.began = time.monotonic()
            self.share_before = _share(result)
        self.losses.append(result.loss)
        self.fields |= {"message": "Learning.", "epoch": result.epoch, "batch": result.batch}
        self.fields |= {"batches": result.batches, "accuracy": result.accuracy}
        self.look(result)

    def epoch(self, result: EpochResult) -> None:
        """Tell of an epoch's end; its figures have their own rows."""
        self.observe(result)
        self.look()

    def look(self, batch: BatchResult | None = None) -> None:
        """Go on, or raise; nothing has happened that is worth telling, but for a batch."""
        if self.heartbeat.lost:
            self.claim.keep()  # says how it was lost
        if is_stopping():
            raise Stopped
        # Counted from before the database is asked: what that takes must not make the next look later.
        now = time.monotonic()
        if now - self.written >= settings.JOB_PROGRESS_SECONDS:
            self.written = self.heard = now
            if batch:
                self._add_point(batch)
            self._ask(lambda: self.claim.report(**self.fields))
        elif now - self.heard >= settings.JOB_HEAR_SECONDS:
            self.heard = now
            self._ask(self.claim.hear)

    def _ask(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except (DatabaseError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            logger.warning("The row of job %s could not be asked (%s).", self.claim.job_id, error)
            connection.close()

    def _add_point(self, batch: BatchResult) -> None:
        """One point for the batches since the last: their mean loss, and the epoch's accuracy so far."""
        epochs_done = batch.epoch - 1 + batch.batch / batch.batches
        loss = sum(self.losses) / len(self.losses)
        self.losses.clear()
        self.curve.append([round(epochs_done, 4), round(loss, 5), round(batch.accuracy, 5)])
        if len(self.curve) > MOST_POINTS:
            del self.curve[1:-1:2]
        self.fields |= {"loss": loss, "curve": self.curve, "remaining_seconds": self._remaining(_share(batch))}

    def _remaining(self, share: float) -> float | None:
        """Seconds to go, by the pace of this attempt; None before it has one."""
        won = share - self.share_before
        return round((time.monotonic() - self.began) * (1 - share) / won, 1) if won > 0 else None


def _share(batch: BatchResult) -> float:
    """The share of the training that is done."""
    return (batch.epoch - 1 + batch.batch / batch.batches) / batch.epochs
