"""The forgetting meter: how the weights do, epoch by epoch, on what they may forget and on what they are to learn.

It reads fixed samples and chooses nothing. The training does not know of it: the weights are what they would be
without, bit for bit. Left out on purpose: the rules of rejecting an answer, which are the whole site's."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import transaction
from threadpoolctl import threadpool_limits

from recognizer.network import Network
from recognizer.network.parallel import Parallel
from recognizer.network.workspace import Workspaces
from training import snapshots
from training.data.dataset import Dataset
from training.fit import Position
from training.models import MeterReading, TrainingJob

if TYPE_CHECKING:
    from training.claims import Claim

Curve = MeterReading.Curve

CHUNK = 64
# How many chunks are read between two looks at whether the job is to go on.
CHUNKS_A_LOOK = 16

# (right, of how many) by curve
Readings = dict[str, tuple[int, int]]


def samples(job: TrainingJob, validation: Dataset, drawings: Dataset | None) -> dict[str, Dataset]:
    """What the meter reads beside MNIST's validation images: some of the drawings that the job learns from, and of
    those of held-out visitors, METER_IMAGES each at most. Nothing where there are no drawings to learn from."""
    if drawings is None or not settings.METER_IMAGES:
        return {}
    sets = {Curve.MNIST: validation, Curve.DRAWINGS: spread(drawings), Curve.HELD_OUT: held_out()}
    return {curve: images for curve, images in sets.items() if len(images)}


def spread(images: Dataset) -> Dataset:
    """At most METER_IMAGES of them, evenly from the first to the last: the same whenever the images are the same."""
    count = min(len(images), settings.METER_IMAGES)
    some = images[np.linspace(0, len(images) - 1, count).round().astype(np.int64)]
    return Dataset(np.asarray(some.images), some.labels)  # read once, and not at every epoch


def held_out() -> Dataset:
    """The same of the drawings of held-out visitors, as they are reviewed now."""
    rows = snapshots.held_out().order_by("pk")
    step = max(1, ceil(rows.count() / settings.METER_IMAGES))
    places = enumerate(rows.values_list("pk", flat=True).iterator(chunk_size=10_000))
    ids = [pk for place, pk in places if place % step == 0]
    images, labels = [], []
    for start in range(0, len(ids), snapshots.PAGE):
        page = rows.filter(pk__in=ids[start : start + snapshots.PAGE]).select_related("label", "prediction")
        for drawing, seen in snapshots.readable(page):
            images.append(seen.image)
            labels.append(drawing.label.digit)
    return Dataset(np.array(images, np.uint8).reshape(-1, 28, 28), np.array(labels, np.uint8))


class Meter:
    """Reads a training's weights; without sets it does nothing."""

    def __init__(self, network: Network, position: Position, sets: Mapping[str, Dataset], *, threads: int) -> None:
        self.network = network
        self.position = position
        self.sets = sets
        self.threads = threads
        self.workspaces = Workspaces()

    def before(self, job: TrainingJob, look: Callable[[], object]) -> Readings:
        """Read what a fine-tuning begins with; nothing of fresh weights, which have nothing to forget, nor of a
        training that goes on from its middle. `look` may raise to stop it."""
        begins = self.position.epoch == 1 and not self.position.batch
        return self._read(self.sets, look) if begins and job.kind == TrainingJob.Kind.FINE_TUNE else {}

    def after(self, validation_accuracy: float, look: Callable[[], object]) -> Readings:
        """Read the weights after an epoch; what `fit` found on MNIST's validation images need not be read again."""
        if not self.sets:
            return {}
        n = len(self.sets[Curve.MNIST])
        others = {curve: images for curve, images in self.sets.items() if curve != Curve.MNIST}
        return {Curve.MNIST: (round(validation_accuracy * n), n)} | self._read(others, look)

    def _read(self, sets: Mapping[str, Dataset], look: Callable[[], object]) -> Readings:
        average = self.position.average  # the same weights as validation's
        network = Network(self.network.architecture, average.values) if average else self.network
        with threadpool_limits(1, user_api="blas"), Parallel(self.threads, "meter") as parallel:
            return {name: (self._right(network, part, parallel, look), len(part)) for name, part in sets.items()}

    def _right(self, network: Network, images: Dataset, parallel: Parallel, look: Callable[[], object]) -> int:
        def right(part: Dataset) -> int:
            with self.workspaces.lend() as workspace, np.errstate(over="ignore", invalid="ignore"):
                return network.loss(part.images, part.labels, workspace=workspace)[1]

        parts = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
        total = 0
        for start in range(0, len(parts), CHUNKS_A_LOOK):
            group = parts[start : start + CHUNKS_A_LOOK]
            total += sum(parallel.map(lambda number, group=group: right(group[number]), len(group)))
            look()
        return total


def note(claim: "Claim", epoch: int, readings: Readings) -> None:
    """Write what was read after an epoch, 0 for before the first. Raises LostJob if the claim is over."""
    if not readings:
        return
    with transaction.atomic():
        claim.keep()  # locks the row, so that no other attempt begins in between
        # Later ones are of an attempt that did not come to its end.
        MeterReading.objects.filter(job_id=claim.job_id, epoch__gte=epoch).delete()
        MeterReading.objects.bulk_create(
            MeterReading(job_id=claim.job_id, epoch=epoch, curve=curve, n=n, correct=correct)
            for curve, (correct, n) in readings.items()
        )


def is_noted(job_id: int, epoch: int) -> bool:
    """Whether the meter was read after that epoch."""
    return MeterReading.objects.filter(job_id=job_id, epoch=epoch).exists()
