"""Waits for measurements, and counts beside the workers meanwhile: so that waiting ends without any worker, too.

Left out on purpose: which measurements there are, which `measurements.py` decides."""

import threading
from collections.abc import Callable, Collection

from training import chunks, measurements, tasks
from training.models import Measurement

# Images done, of how many.
Progress = Callable[[int, int], object]
# How soon it is looked again when the workers have all there is to do.
LOOK_SECONDS = 0.2


def until_over(ids: Collection[int], note: Progress = lambda done, total: None) -> list[Measurement]:
    """Return the measurements once all of them are over; `note` is told the images done, of how many known so far."""
    rows = Measurement.objects.filter(pk__in=ids).select_related("version", "evaluation").order_by("pk")
    while rows.filter(state__in=measurements.UNFINISHED).exists():
        if not help_once():
            threading.Event().wait(LOOK_SECONDS)
        note(*map(sum, zip(*rows.values_list("done", "total"), strict=True)))
    return list(rows)


def help_once() -> bool:
    """Begin what waits to begin and count one chunk; False if there was none."""
    measurements.sweep()
    for measurement_id in measurements.next_to_begin():
        tasks.ring_chunks(measurements.begin(measurement_id))
    chunk_id = measurements.waiting()
    if chunk_id is None:
        return False
    chunks.count(chunk_id)
    return True
