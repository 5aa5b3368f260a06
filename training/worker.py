"""Does a claimed job from its first image to its version, and ends it in words, whatever happens on the way.

Left out on purpose: what is learnt from (`recipes.py`), and every write of a state (`jobs.py`)."""

import errno
import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from recognizer import log_context
from recognizer.ink import PREPROCESSING_VERSION
from recognizer.models import Evaluation
from recognizer.network import Network, weights
from recognizer.network.weights import WeightsError
from recognizer.versions import VersionError
from training import checkpoints, jobs, provenance, recipes, snapshots, sources
from training.calibration import calibrate
from training.checkpoints import CheckpointError, Checkpoints, identity_of
from training.data.dataset import DatasetError
from training.data.mnist import MnistError
from training.evaluation import EvaluationError, Result, evaluate
from training.fit import BatchResult, Diverged, EpochResult, Position, SettingsError, fit
from training.meter import Meter, is_noted, note
from training.models import EpochResult as EpochRow
from training.models import JobEvent, Snapshot, TrainingJob
from training.reporting import Heartbeat, Reporter, Stopped

logger = logging.getLogger(__name__)

# Errors whose message is already written for people.
SPEAKING = (
    CheckpointError,
    DatasetError,
    Diverged,
    EvaluationError,
    jobs.JobError,
    MnistError,
    SettingsError,
    VersionError,
    WeightsError,
)
# A database that restarts is asked again after so long.
PAUSE_SECONDS = 0.5
READING = "Reading the forgetting meter."


def run(claim: jobs.Claim, *, observe: Callable[[str | BatchResult | EpochResult], Any] | None = None) -> str:
    """Do a claimed job; return the state in which it is afterwards. Raises nothing but what ends the process.

    `observe` is shown everything that happens: what is being done, each batch and each epoch."""
    with log_context.about(job=f"training {claim.job_id}", attempt=claim.attempt), Heartbeat(claim) as heartbeat:
        try:
            data, summary = _train(claim, Reporter(claim, heartbeat, observe))
            _insist(lambda: claim.succeed(data, summary))
            checkpoints.discard(claim.job_id)
        except jobs.LostJob as lost:
            logger.warning("%s", lost)
        except jobs.CancelRequested:
            _conclude(claim.cancelled)
        except jobs.PauseRequested:
            _conclude(claim.paused)
        except Stopped:
            _conclude(claim.release)
        except (OperationalError, InterfaceError) as error:
            logger.exception("Job %s was interrupted by the database.", claim.job_id)
            if not connection.in_atomic_block:
                connection.close()  # the next use opens a new one
            words, details = in_words(error), traceback.format_exc()
            _conclude(lambda: claim.interrupted(words, details))
        except Exception as error:
            logger.exception("Job %s failed.", claim.job_id)
            words, details = in_words(error), traceback.format_exc()
            _conclude(lambda: claim.fail(words, details))
        except KeyboardInterrupt:
            _conclude(claim.cancelled)
            raise
        except SystemExit:  # the process was told to end
            _conclude(claim.release)
            raise
    return TrainingJob.objects.values_list("state", flat=True).get(pk=claim.job_id)


def in_words(error: Exception) -> str:
    """What went wrong and what to do, for somebody who does not read tracebacks."""
    text = str(error).rstrip(".")
    if isinstance(error, SPEAKING):
        return f"{text[:1].upper()}{text[1:]}."
    if isinstance(error, MemoryError):
        return "The worker ran out of memory. Start the job again with a smaller batch size or fewer images."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, and the new version could not be stored. Make room, then retry the job."
    if isinstance(error, OSError):
        return f"A file could not be read or written ({text}). Put that right, then retry the job."
    if isinstance(error, DatabaseError | InterfaceError):
        return f"The database did not do its part ({text})."
    return (
        f"Something unexpected went wrong ({type(error).__name__}: {text}). The traceback says where. "
        "Retry the job; if it ends the same way, report it with the traceback."
    )


def _train(claim: jobs.Claim, reporter: Reporter) -> tuple[bytes, str]:
    """Return the file of the new weights, and how good they are in a sentence."""
    began = provenance.Began.now()
    job = claim.job()
    mnist = sources.require_mnist(reporter.step)
    snapshot = _snapshot(claim, job, reporter)
    plan = recipes.prepare(job, mnist, snapshot, reporter.step)
    epochs = _learn(claim, plan, reporter)
    reporter.step("Calibrating its confidence.")
    calibration = calibrate(plan.network, plan.validation, reporter.look)
    results = _measure(plan.network, reporter)
    reporter.step("Storing the version.")
    facts = provenance.of(
        job, snapshot=snapshot, plan=plan, epochs=epochs, calibration=calibration, results=results, began=began
    )
    data = weights.dumps(plan.network, facts, preprocessing_version=PREPROCESSING_VERSION)
    return data, _summary(results)


def _snapshot(claim: jobs.Claim, job: TrainingJob, reporter: Reporter) -> Snapshot | None:
    """What the job learns from beside MNIST: the same in each of its attempts."""
    if job.kind == TrainingJob.Kind.SCRATCH or job.snapshot:
        return job.snapshot
    step = lambda done: reporter.step(f"Listing accepted drawings: {done:,}.")  # noqa: E731 (shorter than a function)
    selection = snapshots.select(step, room=job.room)
    with transaction.atomic():
        snapshot = snapshots.keep(selection)
        claim.learns_from(snapshot)
    return snapshot


def _learn(claim: jobs.Claim, plan: recipes.Plan, reporter: Reporter) -> list[EpochResult]:
    """Learn to the end, from where an attempt before left off; return the results of all epochs.

    A job that is stopped or paused keeps what it has learnt; one that is lost or cancelled does not."""
    kept = Kept.of(claim, plan)
    epochs = _go_on(claim, kept.position, reporter)
    results = fit(
        plan.network,
        plan.training,
        plan.validation,
        plan.settings,
        kept.position,
        batches=plan.batches,
        look=reporter.look,
    )
    meter = Meter(plan.network, kept.position, plan.meter, threads=plan.settings.thread_count)
    with closing(results):
        try:
            _read_before(claim, meter, epochs, reporter)
            for result in results:
                if isinstance(result, EpochResult):
                    epochs.append(result)
                    _insist(lambda: claim.epoch_over(epochs[-1]))
                    _read(claim, meter, result, reporter)
                    reporter.epoch(result)
                else:
                    reporter.batch(result)
                kept.now_and_then()
        except (Stopped, jobs.PauseRequested):
            kept.now()
            raise
    kept.now()  # measuring can be taken up again, too
    return epochs


def _read_before(claim: jobs.Claim, meter: Meter, epochs: list[EpochResult], reporter: Reporter) -> None:
    """Keep what the forgetting meter says before the first step, or of an epoch after which an attempt was stopped."""
    readings = meter.before(claim.job(), lambda: reporter.step(READING))
    _insist(lambda: note(claim, 0, readings))
    if epochs and not meter.position.batch and not is_noted(claim.job_id, epochs[-1].epoch):
        _read(claim, meter, epochs[-1], reporter)


def _read(claim: jobs.Claim, meter: Meter, epoch: EpochResult, reporter: Reporter) -> None:
    """Keep what the forgetting meter says after an epoch."""
    readings = meter.after(epoch.validation_accuracy, lambda: reporter.step(READING))
    _insist(lambda: note(claim, epoch.epoch, readings))


def _go_on(claim: jobs.Claim, position: Position, reporter: Reporter) -> list[EpochResult]:
    """Tell the row where this attempt begins; return the results of the epochs that are done by then."""
    _insist(lambda: reporter.go_on(claim.begins_at(position)))
    names = [field.name for field in fields(EpochResult)]
    rows = EpochRow.objects.filter(job_id=claim.job_id).order_by("epoch").values(*names)
    return [EpochResult(**row) for row in rows]


class Kept:
    """The checkpoints of a training at work, written every CHECKPOINT_SECONDS."""

    def __init__(self, claim: jobs.Claim, plan: recipes.Plan, checkpoints: Checkpoints, position: Position) -> None:
        self.claim = claim
        self.network = plan.network
        self.checkpoints = checkpoints
        self.position = position
        self.step = position.optimiser.t
        self.written = time.monotonic()

    @classmethod
    def of(cls, claim: jobs.Claim, plan: recipes.Plan) -> "Kept":
        """Set the plan's network to where the job's last checkpoint left it, if there is one."""
        checkpoints = Checkpoints(claim.job_id, identity_of(plan))
        fresh = Position.fresh(plan.network, plan.settings)
        position = checkpoints.restore(plan.network, fresh) or fresh
        for name in checkpoints.discarded:
            words = f"The checkpoint {name} is damaged or of another training; it was removed."
            _insist(partial(claim.log, JobEvent.Kind.CHECKPOINT, words))
        return cls(claim, plan, checkpoints, position)

    def now_and_then(self) -> None:
        if time.monotonic() - self.written >= settings.CHECKPOINT_SECONDS:
            self.now()

    def now(self) -> None:
        """Write a checkpoint, unless there is one of this step; raise CheckpointError."""
        if self.position.optimiser.t == self.step:
            return
        self.checkpoints.save(self.network, self.position)
        # The file is what counts: a row that says nothing of it costs no more than a sentence on the job's page.
        _insist(lambda: self.claim.kept(self.position))
        self.step, self.written = self.position.optimiser.t, time.monotonic()


def _measure(network: Network, reporter: Reporter) -> list[Result]:
    """Read the test images, now that nothing is left to decide."""
    results = []
    for dataset, name in ((Evaluation.MNIST_TEST, "MNIST's test images"), (Evaluation.DRAWINGS, "held-out drawings")):
        if dataset == Evaluation.DRAWINGS and not snapshots.held_out().exists():
            continue

        def progress(done: int, total: int, name: str = name) -> None:
            reporter.step(f"Measuring on {name}: {done:,} of {total:,}.")

        reporter.step(f"Measuring on {name}.")
        results.append(evaluate(network, dataset, progress=progress))
    return results


def _summary(results: list[Result]) -> str:
    names = {Evaluation.MNIST_TEST: "MNIST's {n:,} test images", Evaluation.DRAWINGS: "{n:,} held-out drawings"}
    shares = [f"{r.score.accuracy:.2%} of {names[r.dataset].format(n=r.score.n)}".replace("%", " %") for r in results]
    return f"{' and '.join(shares)} read right."


def _conclude(end: Callable[[], object]) -> None:
    """End the job, unless it is somebody else's by now."""
    try:
        _insist(end)
    except jobs.LostJob as lost:
        logger.warning("%s", lost)
    except jobs.CancelRequested:  # it came while the job was given back
        logger.info("Cancelled at the last moment.")


def _insist(write: Callable[[], object]) -> None:
    """Write to the database, waiting for it while it restarts: an epoch or a version is worth more than a minute."""
    deadline = time.monotonic() + settings.JOB_DATABASE_PATIENCE_SECONDS
    while True:
        try:
            write()
            return
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > deadline or connection.in_atomic_block:
                raise
            logger.warning("The database does not answer (%s); trying again.", error)
            connection.close()
            threading.Event().wait(PAUSE_SECONDS)
