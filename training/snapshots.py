"""What a job learns from, frozen as ids, digits and a hash; and the images of it, as today's ink makes them.

Left out on purpose: whose labels are to be believed. A reviewer accepted them, and held-out visitors never train."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from django.db.models import QuerySet

from recognizer import drawings, ink, submissions
from recognizer.models import Drawing
from training.data.dataset import NO_DIGIT, Dataset
from training.models import Snapshot

logger = logging.getLogger(__name__)

# SQLite takes a bounded number of variables a statement, and a page of drawings is a short step between two looks at
# whether the job was cancelled.
PAGE = 250


def learnable() -> QuerySet[Drawing]:
    """Drawings that may train: their label is accepted, and their visitor is not held out."""
    return Drawing.objects.with_accepted_label().filter(visitor__held_out=False)


def held_out() -> QuerySet[Drawing]:
    """Drawings that measure: their label is accepted as a digit, and their visitor never trains."""
    return Drawing.objects.accepted().filter(visitor__held_out=True)


def freeze() -> Snapshot:
    """Keep which drawings may train now, with their digits, or NO_DIGIT for what was accepted to be none."""
    rows = list(learnable().order_by("pk").values_list("pk", "label__digit", "visitor_id"))
    items = [[pk, NO_DIGIT if digit is None else digit] for pk, digit, _ in rows]
    return Snapshot.objects.create(
        items=items,
        count=len(items),
        visitors=len({visitor for _, _, visitor in rows}),
        sha256=hashlib.sha256(json.dumps(items, separators=(",", ":")).encode()).hexdigest(),
    )


def read(snapshot: Snapshot, step: Callable[[int], None] = lambda done: None) -> Dataset:
    """The images of a snapshot in its order; `step` is told how many drawings are done.

    Left out are drawings deleted since, and those whose ink can no longer be read."""
    images, labels = [], []
    for start in range(0, len(snapshot.items), PAGE):
        digits = dict(snapshot.items[start : start + PAGE])
        rows = Drawing.objects.filter(pk__in=list(digits)).select_related("prediction").order_by("pk")
        for drawing, seen in readable(rows):
            images.append(seen.image)
            labels.append(digits[drawing.pk])
        step(min(start + PAGE, len(snapshot.items)))
    return Dataset(np.array(images, np.uint8).reshape(-1, 28, 28), np.array(labels, np.uint8))


def pages(rows: QuerySet[Drawing]) -> Iterator[list[Drawing]]:
    """The drawings in the order of their ids, PAGE at a time, with label and prediction."""
    last = 0
    rows = rows.select_related("label", "prediction").order_by("pk")
    while page := list(rows.filter(pk__gt=last)[:PAGE]):
        yield page
        last = page[-1].pk


def readable(rows: Iterable[Drawing]) -> Iterator[tuple[Drawing, ink.Seen]]:
    """Each drawing with what a network sees of it today; one that cannot be read any more is logged and left out."""
    for drawing in rows:
        try:
            yield drawing, seen_now(drawing)
        except (ink.InkError, OSError) as error:
            logger.error("Drawing %s cannot be read and is left out: %s", drawing.pk, error)


def seen_now(drawing: Drawing) -> ink.Seen:
    """What a network sees of a stored drawing today: as it was stored, or made anew if the ink changed since."""
    if drawing.preprocessing_version == ink.PREPROCESSING_VERSION:
        prediction = getattr(drawing, "prediction", None)
        reason = prediction.reason if prediction and prediction.reason in (ink.EMPTY, ink.TOO_LITTLE_INK) else None
        return ink.Seen(drawings.seen_array(drawing), reason)
    if drawing.source == Drawing.Source.STROKES:
        return submissions.of_strokes(drawing.strokes, drawing.width, drawing.height).seen
    with drawing.upload.open("rb") as file:
        return submissions.of_upload(file.read()).seen
