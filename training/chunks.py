"""Counts one chunk of a measurement: reads its images, lets the version answer, and hands in what came of it.

Left out on purpose: rows and their states, which are `measurements.py`'s. A chunk is never in memory as a whole."""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.dateparse import parse_datetime

from recognizer import ink, recognition
from recognizer.models import Evaluation
from recognizer.versions import VersionError
from training import frozen, measurements, reporting, sources, yardsticks
from training.data.mnist import MnistError
from training.evaluate import CLASSES
from training.models import Measurement, MeasurementChunk, Yardstick

logger = logging.getLogger(__name__)

PAGE = 256
# Errors whose message is already written for people.
SPEAKING = (MnistError, VersionError, yardsticks.YardstickError)

Page = list[tuple[ink.Seen, int]]


def count(chunk_id: int) -> bool:
    """Count a chunk if it waits; return whether another worker is to be told of it, since this one is to end."""
    claim = measurements.claim(chunk_id)
    if claim is None:
        return False
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
        claim.give_back()
        raise
    return False


def _count(claim: measurements.Claim) -> bool:
    """Return whether it was counted to its end."""
    began = looked = time.monotonic()
    chunk = claim.chunk()
    model = recognition.for_version(chunk.measurement.version)
    confusion, images = np.zeros((CLASSES, CLASSES), np.int64), np.zeros(CLASSES, np.int64)
    counted = frozen.ListSum()
    for page in _pages(chunk, counted):
        if reporting.is_stopping():
            claim.give_back()
            return False
        if time.monotonic() - looked >= settings.JOB_PROGRESS_SECONDS:
            claim.keep()
            looked = time.monotonic()
        _add(page, model, confusion, images)
    list_sum = counted.hex() if chunk.measurement.dataset == Evaluation.DRAWINGS else ""
    claim.finish(confusion, images, list_sum=list_sum, seconds=round(time.monotonic() - began, 3))
    return True


def _add(page: Page, model: recognition.LiveModel, confusion: np.ndarray, images: np.ndarray) -> None:
    if not page:
        return
    answers = recognition.recognise_all([seen for seen, _ in page], model)
    for answer, (_, digit) in zip(answers, page, strict=True):
        images[digit] += 1
        if answer.digit is not None:
            confusion[digit, answer.digit] += 1


def _pages(chunk: MeasurementChunk, counted: frozen.ListSum) -> Iterator[Page]:
    measurement = chunk.measurement
    if measurement.dataset == Evaluation.MNIST_TEST:
        return _of_mnist(chunk)
    if measurement.dataset == Evaluation.DRAWINGS:
        return _of_drawings(chunk, measurement, counted)
    return _of_yardstick(chunk, measurement)


def _of_mnist(chunk: MeasurementChunk) -> Iterator[Page]:
    test = sources.require_mnist().test
    for start in range(chunk.start, chunk.stop, PAGE):
        part = test[start : min(start + PAGE, chunk.stop)]
        yield [(ink.Seen(image), int(label)) for image, label in zip(part.images, part.labels, strict=True)]


def _of_drawings(chunk: MeasurementChunk, measurement: Measurement, counted: frozen.ListSum) -> Iterator[Page]:
    until = parse_datetime(measurement.meant["reviewed_until"])
    rows = frozen.held_out(last_id=chunk.stop - 1, reviewed_until=until).filter(pk__gte=chunk.start)
    return frozen.read_drawings(rows, counted)


def _of_yardstick(chunk: MeasurementChunk, measurement: Measurement) -> Iterator[Page]:
    yardstick = Yardstick.objects.filter(name=measurement.dataset).first()
    if yardstick is None or yardstick.sha256 != measurement.meant["images"]:
        raise yardsticks.YardstickError(
            f"the yardstick {measurement.dataset!r} was changed while it measured: start the measurement again"
        )
    return map(yardsticks.examples, yardsticks.read(yardstick, chunk.start, chunk.stop))


def _fail(claim: measurements.Claim, error: Exception) -> None:
    words = str(error).rstrip(".") if isinstance(error, SPEAKING) else f"{type(error).__name__}: {error}"
    with suppress(measurements.LostChunk):
        claim.fail(f"{words}.")
