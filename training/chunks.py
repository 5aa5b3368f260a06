"""Counts one chunk of a measurement: reads its images, lets the version answer, and hands in what came of it.

Left out on purpose: rows and their states, which are `measurements.py`'s. A chunk is never in memory as a whole."""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.dateparse import parse_datetime

from recognizer import ink, log_context, recognition
from recognizer.models import Evaluation
from recognizer.versions import VersionError
from training import frozen, measurements, reporting, sources, yardsticks
from training.counts import Counts
from training.data.mnist import MnistError
from training.models import Measurement, MeasurementChunk, Yardstick

logger = logging.getLogger(__name__)

PAGE = 256
# Errors whose message is already written for people.
SPEAKING = (MnistError, VersionError, yardsticks.YardstickError)

# The place of each image in its data set, or a drawing's id; what the network sees; the digit.
Page = list[tuple[int, ink.Seen, int]]


def count(chunk_id: int) -> bool:
    """Count a chunk if it waits; return whether another worker is to be told of it, since this one is to end."""
    claim = measurements.claim(chunk_id)
    if claim is None:
        return False
    with log_context.about(job=f"chunk {chunk_id}", attempt=claim.attempt):
        return _count_or_say_why(claim)


def _count_or_say_why(claim: measurements.Claim) -> bool:
    chunk_id = claim.chunk_id
    try:
        return not _count(claim)
    except measurements.LostChunk:
        logger.info("Chunk %s is not this worker's any more.", chunk_id)
    except (DatabaseError, InterfaceError):
        # It may restart: the chunk's lease runs out, and the sweep hands it on.
        logger.exception("The database did not answer while chunk %s was counted.", chunk_id)
        if not connection.in_atomic_block:
            connection.close()
    except Exception as error:
        logger.exception("Chunk %s cannot be counted.", chunk_id)
        _fail(claim, error)
    except BaseException:  # the process was told to end
        with suppress(measurements.LostChunk):
            claim.give_back()
        raise
    return False


def _count(claim: measurements.Claim) -> bool:
    """Return whether it was counted to its end."""
    began = looked = time.monotonic()
    chunk = claim.chunk()
    model = recognition.for_version(chunk.measurement.version)
    counts = Counts()
    for page in _pages(chunk, counts.listed):
        if reporting.is_stopping():
            claim.give_back()
            return False
        if time.monotonic() - looked >= settings.JOB_PROGRESS_SECONDS:
            claim.keep()
            looked = time.monotonic()
        answers = recognition.recognise_all([seen for _, seen, _ in page], model) if page else []
        for (place, _, digit), answer in zip(page, answers, strict=True):
            counts.add(place, digit, answer)
    claim.finish(counts, seconds=round(time.monotonic() - began, 3))
    return True


def _pages(chunk: MeasurementChunk, listed: frozen.ListSum) -> Iterator[Page]:
    measurement = chunk.measurement
    if measurement.dataset == Evaluation.MNIST_TEST:
        return _of_mnist(chunk)
    if measurement.dataset == Evaluation.DRAWINGS:
        return _of_drawings(chunk, measurement, listed)
    return _of_yardstick(chunk, measurement)


def _of_mnist(chunk: MeasurementChunk) -> Iterator[Page]:
    test = sources.require_mnist().test
    for start in range(chunk.start, chunk.stop, PAGE):
        part = test[start : min(start + PAGE, chunk.stop)]
        pairs = enumerate(zip(part.images, part.labels, strict=True), start)
        yield [(place, ink.Seen(image), int(label)) for place, (image, label) in pairs]


def _of_drawings(chunk: MeasurementChunk, measurement: Measurement, listed: frozen.ListSum) -> Iterator[Page]:
    until = parse_datetime(measurement.meant["reviewed_until"])
    rows = frozen.held_out(last_id=chunk.stop - 1, reviewed_until=until).filter(pk__gte=chunk.start)
    return frozen.read_drawings(rows, listed)


def _of_yardstick(chunk: MeasurementChunk, measurement: Measurement) -> Iterator[Page]:
    yardstick = Yardstick.objects.filter(name=measurement.dataset).first()
    if yardstick is None or yardstick.sha256 != measurement.meant["images"]:
        raise yardsticks.YardstickError(
            f"the yardstick {measurement.dataset!r} was changed while it measured: start the measurement again"
        )
    place = chunk.start
    for page in yardsticks.read(yardstick, chunk.start, chunk.stop):
        examples = yardsticks.examples(page)
        yield [(number, seen, digit) for number, (seen, digit) in enumerate(examples, place)]
        place += len(page)


def _fail(claim: measurements.Claim, error: Exception) -> None:
    words = str(error).rstrip(".") if isinstance(error, SPEAKING) else f"{type(error).__name__}: {error}"
    with suppress(measurements.LostChunk):
        claim.fail(f"{words}.")
