"""The life of a comparison, as conditional updates of its row: this module is the only writer of its state.

As with jobs, a worker's writes carry its attempt, and what lost its worker is queued again. Left out on purpose:
reading the images (`comparing.py`), the rules (`gate.py`), how long a verdict counts (`verdicts.py`) and what follows
from it (`automatic.py`)."""

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from recognizer import log_context, versions
from recognizer.models import Deployment, Evaluation, ModelVersion
from training import comparing, gate, job_log, paired, reporting, verdicts
from training.evaluation import EvaluationError
from training.models import Comparison

logger = logging.getLogger(__name__)

State = Comparison.State
UNFINISHED = (State.QUEUED, State.RUNNING)
# Of those that wait for a busy worker, so many are rung for again at a time.
MOST_RUNG_AGAIN = 10
# How often somebody who waits for another process's comparison looks at it.
LOOK_SECONDS = 0.2


class ComparisonError(Exception):
    """These versions cannot be compared; the message says why, in words for people."""


class LostComparison(Exception):  # noqa: N818 (it is what happened)
    """The comparison is no longer this worker's."""


def request(
    candidate: ModelVersion,
    champion: ModelVersion,
    *,
    by: AbstractBaseUser | None = None,
    automatic: bool = False,
    promotes: bool = False,
) -> Comparison:
    """Queue a comparison, as a row only; while one of this pair is unfinished, that one. Raises ComparisonError."""
    if candidate.pk == champion.pk:
        raise ComparisonError(
            capfirst(_("%(candidate)s cannot be compared with itself: choose two versions.") % {"candidate": candidate})
        )
    return _request(candidate, champion, by=by, flags={"automatic": automatic, "promotes": promotes})


@versions.retried
def _request(
    candidate: ModelVersion, champion: ModelVersion, *, by: AbstractBaseUser | None, flags: dict[str, bool]
) -> Comparison:
    pair = {"candidate": candidate, "champion": champion}
    unfinished = Comparison.objects.filter(state__in=UNFINISHED, **pair)
    if wanted := {name: True for name, is_set in flags.items() if is_set}:
        unfinished.update(**wanted)
    live = Deployment.objects.filter(is_live=True, version=champion).first()
    return unfinished.first() or Comparison.objects.create(live=live, asked_by=by, **pair, **flags)


def made(
    candidate: ModelVersion,
    champion: ModelVersion,
    *,
    progress: comparing.Progress = lambda done, total: None,
    wait: Callable[[float], object] = time.sleep,
) -> Comparison:
    """Compare two versions here and now, or follow the worker that is already at it; return the row as it ended.

    Raises ComparisonError if it could not be made."""
    row = request(candidate, champion)
    while not run(row.pk, progress=progress) and _again(row).is_unfinished:
        progress(row.done, row.total)
        wait(LOOK_SECONDS)
        sweep()  # a worker that vanished must not keep anybody waiting
    _again(row)
    if row.state == State.FAILED:
        raise ComparisonError(row.message)
    return row


def run(comparison_id: int, *, progress: comparing.Progress = lambda done, total: None) -> bool:
    """Claim a queued comparison and make it, here, in this process; False if it is not there to be claimed.

    Raises nothing but what ends the process, and DatabaseError: then the sweep finds it without a worker."""
    claimed = claim(comparison_id)
    if claimed is None:
        return False
    with log_context.about(job=f"comparison {comparison_id}", attempt=claimed.attempt):
        _make_or_say_why(claimed, progress)
    return True


def _make_or_say_why(claimed: "Claim", progress: comparing.Progress) -> None:
    try:
        _make(claimed, progress)
    except LostComparison as lost:
        logger.warning("%s", lost)
    except (DatabaseError, InterfaceError):
        raise
    except reporting.Stopped:
        with suppress(LostComparison):
            claimed.release()
    except Exception as error:
        logger.exception("Comparison %s failed.", claimed.comparison_id)
        with suppress(LostComparison):
            claimed.fail(in_words(error), traceback.format_exc())
    except BaseException:  # Ctrl-C, or the process is told to end
        with suppress(LostComparison):
            claimed.release()
        raise


def in_words(error: Exception) -> str:
    text = str(error).rstrip(".")
    if isinstance(error, EvaluationError | versions.VersionError | ComparisonError):
        return f"{text[:1].upper()}{text[1:]}."
    if isinstance(error, OSError):
        return f"A file could not be read ({text}). Put that right, then compare them again."
    return f"Something unexpected went wrong ({type(error).__name__}: {text}). Compare them again, or report it."


def _make(claimed: "Claim", progress: comparing.Progress) -> None:
    row = claimed.row()

    def tell(done: int, total: int) -> None:
        progress(done, total)
        claimed.report(done=done, total=total, message=f"Read {done:,} of {total:,} images.")

    compared = comparing.compare(
        row.candidate, row.champion, progress=tell, step=lambda words: claimed.report(message=words)
    )
    verdict = gate.judge(
        compared.pairs, candidate=str(row.candidate), champion=str(row.champion), limits=gate.Limits.from_settings()
    )
    claimed.finish(compared, verdict)


def claim(comparison_id: int) -> "Claim | None":
    """Take a queued comparison for this worker, with a lease; None if it is not there to be taken."""
    attempt = Comparison.objects.filter(pk=comparison_id).values_list("attempt", flat=True).first()
    rows = Comparison.objects.filter(pk=comparison_id, attempt=attempt, state=State.QUEUED)
    made_of = verdicts.made_of()  # before anything is read: what comes meanwhile is new to the verdict
    fresh = {"done": 0, "total": 0, "message": "Getting ready.", "made_of": made_of}
    if attempt is None or not rows.update(
        state=State.RUNNING, attempt=attempt + 1, lease_expires_at=_lease_end(), **fresh
    ):
        return None
    return Claim(comparison_id, attempt + 1, made_of)


@dataclass
class Claim:
    """The right to work on a comparison, for one attempt. Every method raises LostComparison when it is over."""

    comparison_id: int
    attempt: int
    made_of: dict[str, Any]
    _written: float = field(default=float("-inf"), repr=False)

    def row(self) -> Comparison:
        found = self._rows.select_related("candidate", "champion").first()
        if found is None:
            raise self._lost()
        return found

    def report(self, **fields: Any) -> None:
        """Extend the lease and write how far it has come, at most every JOB_PROGRESS_SECONDS. Raises Stopped."""
        if reporting.is_stopping():
            raise reporting.Stopped
        now = time.monotonic()
        if now - self._written >= settings.JOB_PROGRESS_SECONDS:
            self._must(self._rows.update(lease_expires_at=_lease_end(), **fields))
            self._written = now

    def finish(self, compared: comparing.Compared, verdict: gate.Verdict) -> None:
        """Keep what both answered and what the gate says of it."""
        n = sum(pair.n for pair in compared.pairs) + compared.no_digits["n"]
        made_of = self.made_of | {"mnist": paired.find(compared.pairs, Evaluation.MNIST_TEST).sha256}
        self._end(
            State.DONE, verdict.sentence, done=n, total=n, message="", results=compared.as_json(),
            rules=verdict.rules_as_json(), passed=verdict.passed, on_drawings=verdict.on_drawings,
            verdict=_text(verdict.sentence), made_of=made_of,
        )  # fmt: skip

    def fail(self, message: str, details: str = "") -> None:
        told = {"message": _text(message), "traceback": details.replace("\0", "")}
        words = f"The comparison failed: {message}"
        self._end(State.FAILED, words, settled=True, outcome="Not promoted by itself: the comparison failed.", **told)

    def release(self) -> None:
        """Give it back to the queue."""
        words = "Its worker was stopped; the comparison waits for another."
        self._must(self._rows.update(state=State.QUEUED, lease_expires_at=None, rung_at=None, message=words))

    @property
    def _rows(self) -> QuerySet[Comparison]:
        return Comparison.objects.filter(pk=self.comparison_id, attempt=self.attempt, state=State.RUNNING)

    def _end(self, to: State, words: str, **fields: Any) -> None:
        """End it, and tell the log of the job that made the candidate, if one did."""
        with transaction.atomic():
            row = self.row()
            self._must(self._rows.update(state=to, lease_expires_at=None, finished_at=timezone.now(), **fields))
            job_log.write_of_version(row.candidate_id, f"Compared with {row.champion}. {words}")

    def _must(self, updated: int) -> None:
        if not updated:
            raise self._lost()

    def _lost(self) -> LostComparison:
        return LostComparison(f"attempt {self.attempt} at comparison {self.comparison_id} is over")


def rung(comparison_id: int) -> None:
    """Note that the broker was told of a queued comparison."""
    Comparison.objects.filter(pk=comparison_id, state=State.QUEUED).update(rung_at=Now())


def sweep() -> list[int]:
    """Queue what lost its worker; return the queued ones that the broker must be told of, the oldest first."""
    expired = Comparison.objects.filter(state=State.RUNNING, lease_expires_at__lt=Now())
    for row in expired.order_by("pk"):
        _take_back(expired.filter(pk=row.pk, attempt=row.attempt), row)
    waiting = Comparison.objects.filter(state=State.QUEUED).order_by("pk").values_list("pk", flat=True)
    long_ago = Now() - timedelta(seconds=settings.JOB_RING_SECONDS)
    return sorted([*waiting.filter(rung_at=None), *waiting.filter(rung_at__lt=long_ago)[:MOST_RUNG_AGAIN]])


def _take_back(rows: QuerySet[Comparison], row: Comparison) -> None:
    if row.times_lost + 1 < settings.JOB_MOST_ATTEMPTS:
        words = "Its worker vanished; the comparison waits for another."
        fields: dict[str, Any] = {"state": State.QUEUED, "rung_at": None, "message": words}
    else:
        words = f"Its worker vanished {row.times_lost + 1} times. Look into the worker's log, then compare them again."
        fields = {"state": State.FAILED, "message": words, "finished_at": timezone.now(), "settled": True}
    rows.update(lease_expires_at=None, times_lost=F("times_lost") + 1, **fields)


def _again(row: Comparison) -> Comparison:
    row.refresh_from_db()
    return row


def _lease_end() -> CombinedExpression:
    # The database's clock: those of several machines differ.
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _text(message: str) -> str:
    return message.replace("\0", "")[: Comparison._meta.get_field("message").max_length]
