"""What a measurement counts, frozen and cut into ranges that one worker measures at a stretch.

Left out on purpose: rows. Who counts which range when, `measurements.py` decides."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from recognizer.models import Evaluation
from training import frozen, sources, yardsticks


class NothingToMeasure(ValueError):  # noqa: N818 (it is what is the case)
    """The data set has no images; the message says what to do."""


@dataclass(frozen=True)
class Plan:
    """What a measurement counts: `ranges` of `start` up to but not including `stop`, with `total` images in all."""

    meant: dict[str, Any]
    ranges: list[tuple[int, int]]
    total: int


def plan(dataset: str, keep: yardsticks.Progress) -> Plan:
    """Freeze a data set; `keep` is called while that takes long.

    Raises MnistError, YardstickError, NothingToMeasure."""
    size = settings.MEASUREMENT_CHUNK
    if dataset == Evaluation.MNIST_TEST:
        test = sources.require_mnist(lambda words: keep(0, 0)).test
        return Plan(frozen.of_images(test), _even(len(test), size), len(test))
    if dataset == Evaluation.DRAWINGS:
        return _plan_drawings(size)
    yardstick = yardsticks.ready(dataset, keep)
    return Plan({"images": yardstick.sha256}, _even(yardstick.count, size), yardstick.count)


def _even(total: int, size: int) -> list[tuple[int, int]]:
    return [(start, min(start + size, total)) for start in range(0, total, size)]


def _plan_drawings(size: int) -> Plan:
    """Ranges of ids, each with as many held-out drawings as make a chunk."""
    until, last = timezone.now(), frozen.last_id()
    rows = frozen.held_out(last_id=last, reviewed_until=until).order_by("pk").values_list("pk", flat=True)
    total, starts = 0, []
    for pk in rows.iterator(chunk_size=10_000):
        if total % size == 0:
            starts.append(pk)
        total += 1
    if not total:
        raise NothingToMeasure("there are no reviewed drawings of held-out visitors yet: accept labels first")
    ranges = list(zip(starts, [*starts[1:], last + 1], strict=True))
    return Plan(frozen.of_drawings("", last_id=last, reviewed_until=until), ranges, total)
