"""Versions measured in chunks that any worker takes: the only writer of measurements and their chunks.

Rows are the truth: a chunk is claimed and finished by conditional updates, and the one that finds itself the last one
closes the measurement. Left out on purpose: reading and answering (`chunks.py`), and the broker (`tasks.py`)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer.models import Evaluation, ModelVersion
from training import frozen, plans, sources, yardsticks
from training.counts import Counts
from training.data.mnist import MnistError
from training.evaluate import from_counts
from training.models import Measurement, MeasurementChunk, Yardstick
from training.models.measurements import UNFINISHED

State, Chunk = Measurement.State, MeasurementChunk.State

# So many measurements have chunks at a time; the others wait, or their messages would fill the queue of all small work.
AT_ONCE = 1
# Of the chunks whose message may be lost, so many are rung for again at a time.
MOST_RUNG_AGAIN = 10
MOST_TIMES_LOST = 3
NOTHING_LEFT = "None of its images was there any more when it was counted: start the measurement again."


class MeasurementError(ValueError):
    """Nothing can be measured as it was asked for; the message says why and what to do."""


class LostChunk(Exception):  # noqa: N818 (it is what happened)
    """The chunk is no longer this worker's: the measurement is over, or its lease ran out."""


@dataclass(frozen=True)
class Bells:
    """What the broker must be told of: measurements that wait to begin, and chunks that wait for a worker."""

    measurements: list[int]
    chunks: list[int]


def datasets() -> list[str]:
    """All that a version can be measured on here, by name."""
    return [Evaluation.MNIST_TEST, Evaluation.DRAWINGS, *yardsticks.names()]


def start(version: ModelVersion, dataset: str, *, by: AbstractBaseUser | None = None) -> Measurement:
    """Queue a measurement as a row; the one that is under way, if there is one. Raises MeasurementError."""
    known = datasets()
    if dataset not in known:
        raise MeasurementError(
            _("there is no data set %(dataset)s to measure on: choose of %(known)s")
            % {"dataset": f"{dataset!r:.100}", "known": ", ".join(known)}
        )
    rows = Measurement.objects.unfinished().filter(version=version, dataset=dataset)
    try:
        with transaction.atomic():
            return rows.first() or Measurement.objects.create(version=version, dataset=dataset, by=by)
    except IntegrityError:  # somebody asked for the same at the same moment
        return rows.first() or Measurement.objects.filter(version=version, dataset=dataset).first()


def start_missing() -> list[Measurement]:
    """Queue what no version may lack: MNIST's test set, the held-out drawings, and each yardstick as it is today.

    What was tried before on the same images and failed, or was cancelled, is left for somebody to decide about."""
    if not settings.MEASURE_MISSING:
        return []
    wanted = _wanted()
    known = {(version, name) for version, name in _measured(wanted)}
    kept = ModelVersion.objects.of_the_site().filter(weights_removed_at=None, is_demo=False)
    pairs = [(version, name) for version in kept.order_by("-number") for name in wanted]
    return [start(version, name) for version, name in pairs if (version.pk, name) not in known]


def begin(measurement_id: int) -> list[int]:
    """Freeze what a queued measurement counts, as chunks; return those that the broker must be told of.

    None if it is somebody else's, or others come first. Raises what the data set raises, once the row says so."""
    rows = Measurement.objects.filter(pk=measurement_id, state=State.QUEUED)
    if Measurement.objects.filter(state=State.RUNNING).count() >= AT_ONCE:
        return []
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    if not rows.filter(free).update(lease_expires_at=_lease_end()):
        return []
    measurement = rows.first()
    if measurement is None:
        return []
    try:
        plan = plans.plan(measurement.dataset, keep=lambda *done: rows.update(lease_expires_at=_lease_end()))
    except (MnistError, ValueError) as error:
        _end(rows, State.FAILED, f"{error}.")
        return []
    return _begin(rows, measurement, plan)


def claim(chunk_id: int) -> "Claim | None":
    """Take a chunk that waits, or whose worker vanished; None if there is nothing to take."""
    free = Q(state=Chunk.WAITING) | Q(state=Chunk.RUNNING, lease_expires_at__lt=Now())
    rows = MeasurementChunk.objects.filter(pk=chunk_id, measurement__state=State.RUNNING)
    attempt = rows.values_list("attempt", flat=True).first()
    if attempt is None:
        return None
    taken = rows.filter(free, attempt=attempt).update(
        state=Chunk.RUNNING, attempt=attempt + 1, lease_expires_at=_lease_end()
    )
    return Claim(chunk_id, attempt + 1) if taken else None


@dataclass(frozen=True)
class Claim:
    """The right to count a chunk. Every method raises LostChunk when it is no longer this worker's."""

    chunk_id: int
    attempt: int

    def chunk(self) -> MeasurementChunk:
        """The chunk with its measurement and version."""
        chunk = self._rows.select_related("measurement__version").first()
        if chunk is None:
            raise LostChunk
        return chunk

    def keep(self) -> None:
        """Extend the lease; say so if the measurement was cancelled meanwhile."""
        self._must(self._rows.filter(measurement__state=State.RUNNING).update(lease_expires_at=_lease_end()))

    def give_back(self) -> None:
        """Let another worker have it."""
        self._must(self._rows.update(state=Chunk.WAITING, lease_expires_at=None, rung_at=None))

    def finish(self, counts: Counts, *, seconds: float) -> Evaluation | None:
        """Keep the counts; if they are the last ones, close the measurement in the same transaction.

        The figures, or None while parts are missing and where no image was left to count."""
        with transaction.atomic():
            measurement_id = self.chunk().measurement_id
            running = Measurement.objects.filter(pk=measurement_id, state=State.RUNNING)
            # This first: it locks the measurement's row, so that of two last chunks one sees the other.
            self._must(running.update(chunks_done=F("chunks_done") + 1, done=F("done") + int(counts.images.sum())))
            self._must(
                self._rows.update(
                    state=Chunk.DONE, lease_expires_at=None, confusion=counts.confusion.tolist(),
                    images=counts.images.tolist(), list_sum=counts.listed.hex(), mistakes=counts.worst(),
                    seconds=seconds,
                )
            )  # fmt: skip
            measurement = running.get()
            return _close(measurement) if measurement.chunks_done == measurement.chunks else None

    def fail(self, message: str) -> None:
        """End the whole measurement with what went wrong, in words for an admin."""
        with transaction.atomic():
            measurement_id = self.chunk().measurement_id
            self.give_back()
            _end(Measurement.objects.filter(pk=measurement_id), State.FAILED, message)

    @property
    def _rows(self) -> QuerySet[MeasurementChunk]:
        return MeasurementChunk.objects.filter(pk=self.chunk_id, attempt=self.attempt, state=Chunk.RUNNING)

    def _must(self, updated: int) -> None:
        if not updated:
            raise LostChunk


def cancel(measurement_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """End a measurement at once; workers that count for it stop at their next page. False if it had ended before."""
    rows = Measurement.objects.filter(pk=measurement_id)
    return bool(_end(rows, State.CANCELLED, f"Cancelled by {by}." if by else "Cancelled."))


def sweep() -> Bells:
    """Take chunks back from workers that vanished; return what the broker must be told of."""
    lost = MeasurementChunk.objects.filter(
        state=Chunk.RUNNING, lease_expires_at__lt=Now(), measurement__state=State.RUNNING
    )
    for chunk in lost.order_by("pk")[:100]:
        _take_back(lost.filter(pk=chunk.pk, attempt=chunk.attempt), chunk)
    return Bells(next_to_begin(), to_ring())


def next_to_begin() -> list[int]:
    """The queued measurements whose turn it is."""
    places = AT_ONCE - Measurement.objects.filter(state=State.RUNNING).count()
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    queued = Measurement.objects.filter(free, state=State.QUEUED).order_by("pk").values_list("pk", flat=True)
    return list(queued[: max(0, places)])


def waiting() -> int | None:
    """A chunk that waits for somebody to count it."""
    rows = MeasurementChunk.objects.filter(state=Chunk.WAITING, measurement__state=State.RUNNING)
    return rows.order_by("pk").values_list("pk", flat=True).first()


def to_ring() -> list[int]:
    """Waiting chunks that were never rung for, and a few of those whose message may be lost."""
    waiting = MeasurementChunk.objects.filter(state=Chunk.WAITING, measurement__state=State.RUNNING).order_by("pk")
    long_ago = Now() - timedelta(seconds=settings.JOB_RING_SECONDS)
    waiting = waiting.values_list("pk", flat=True)
    return [*waiting.filter(rung_at=None), *waiting.filter(rung_at__lt=long_ago)[:MOST_RUNG_AGAIN]]


def rung(chunk_ids: Iterable[int]) -> None:
    """Note that the broker was told of chunks."""
    ids = list(chunk_ids)
    for place in range(0, len(ids), 500):  # SQLite takes a bounded number of variables a statement
        MeasurementChunk.objects.filter(pk__in=ids[place : place + 500]).update(rung_at=Now())


def _wanted() -> dict[str, str]:
    """What every version is to be measured on: names, with which images those are today where that may change."""
    found = {}
    if sources.mnist_directory():  # nobody asked for a download
        found[Evaluation.MNIST_TEST] = ""
    if frozen.last_id():
        found[Evaluation.DRAWINGS] = ""
    ready = Yardstick.objects.filter(state=Yardstick.State.READY)
    return found | dict(ready.values_list("name", "sha256"))


def _measured(wanted: dict[str, str]) -> Iterable[tuple[int, str]]:
    """Pairs of versions and data sets that were measured, are being measured, or were tried."""
    for rows in (Evaluation.objects, Measurement.objects.exclude(state=State.SUCCEEDED)):
        for version, name, meant in rows.filter(dataset__in=wanted).values_list("version_id", "dataset", "meant"):
            if not wanted[name] or meant.get("images", wanted[name]) == wanted[name]:
                yield version, name


def _begin(rows: QuerySet[Measurement], measurement: Measurement, plan: plans.Plan) -> list[int]:
    with transaction.atomic():
        begun = rows.update(
            state=State.RUNNING, lease_expires_at=None, meant=plan.meant, total=plan.total, chunks=len(plan.ranges),
            chunk_size=settings.MEASUREMENT_CHUNK, started_at=timezone.now(), message="",
        )  # fmt: skip
        if not begun:  # cancelled, or begun by another
            return []
        MeasurementChunk.objects.bulk_create(
            (MeasurementChunk(measurement=measurement, start=start, stop=stop) for start, stop in plan.ranges),
            batch_size=500,
        )
    return list(measurement.chunk_rows.order_by("pk").values_list("pk", flat=True))


def _close(measurement: Measurement) -> Evaluation | None:
    """Add the chunks up to an evaluation; without any image the measurement has failed."""
    counts, seconds = Counts(), 0.0
    for chunk in measurement.chunk_rows.iterator(chunk_size=500):
        counts.confusion += np.array(chunk.confusion, np.int64)
        counts.images += np.array(chunk.images, np.int64)
        counts.listed.add_sum(chunk.list_sum)
        counts.mistakes = [*counts.worst(), *chunk.mistakes]
        seconds += chunk.seconds
    if not counts.images.any():
        _end(Measurement.objects.filter(pk=measurement.pk), State.FAILED, NOTHING_LEFT)
        return None
    if measurement.dataset == Evaluation.DRAWINGS:
        measurement.meant["images"] = counts.listed.hex()
    measurement.mistakes = counts.worst()
    measurement.evaluation = Evaluation.objects.create(
        version_id=measurement.version_id,
        dataset=measurement.dataset,
        meant=measurement.meant,
        seconds=seconds,
        **asdict(from_counts(counts.confusion, counts.images)),
    )
    measurement.state, measurement.finished_at = State.SUCCEEDED, timezone.now()
    measurement.save(update_fields=["meant", "mistakes", "evaluation", "state", "finished_at"])
    return measurement.evaluation


def _take_back(rows: QuerySet[MeasurementChunk], chunk: MeasurementChunk) -> None:
    with transaction.atomic():
        taken = rows.update(state=Chunk.WAITING, lease_expires_at=None, rung_at=None, times_lost=F("times_lost") + 1)
        if taken and chunk.times_lost + 1 >= MOST_TIMES_LOST:
            words = f"The worker of one of its parts vanished {MOST_TIMES_LOST} times: look into the workers' logs."
            _end(Measurement.objects.filter(pk=chunk.measurement_id), State.FAILED, words)


def _end(rows: QuerySet[Measurement], state: str, message: str) -> int:
    text = message.replace("\0", "")
    text = f"{text[:1].upper()}{text[1:]}".replace("..", ".")[:500]
    return rows.filter(state__in=UNFINISHED).update(
        state=state, message=text, finished_at=timezone.now(), lease_expires_at=None
    )


def _lease_end() -> object:
    return Now() + timedelta(seconds=settings.MEASUREMENT_LEASE_SECONDS)
