"""Which drawings are exported, and what of them: no cookie, no date, no address, and writers by the order they come in.

Left out on purpose: the formats, which are `data/exports.py`'s."""

import logging
from collections.abc import Callable, Iterator

from django.db.models import QuerySet

from recognizer import drawings
from recognizer.models import Drawing, Label
from training.data.exports import Exported

logger = logging.getLogger(__name__)

PAGE = 500

STATES: dict[str, Callable[[], QuerySet[Drawing]]] = {
    "accepted": lambda: Drawing.objects.accepted(),
    "labelled": lambda: Drawing.objects.filter(label__isnull=False).exclude(label__state=Label.State.REJECTED),
    "all": lambda: Drawing.objects.all(),
}


def chosen(state: str) -> QuerySet[Drawing]:
    """The drawings of a state: with an accepted digit, with a label that was not rejected, or all."""
    return STATES[state]().with_answers().order_by("pk")


def exported(rows: QuerySet[Drawing], step: Callable[[int, int], object]) -> Iterator[Exported]:
    """The drawings as they leave the site, oldest first. `step` is told how many are done, and how many left out:
    one whose upload's file is lost is logged, and keeps none of the others back."""
    numbers: dict[int, int] = {}
    done = lost = 0
    for drawing in rows.iterator(chunk_size=PAGE):
        try:
            found = _exported(drawing, numbers.setdefault(drawing.visitor_id, len(numbers) + 1))
        except FileNotFoundError as error:
            logger.error("Drawing %s is left out: %s", drawing.pk, error)
            lost += 1
        else:
            yield found
            done += 1
        step(done, lost)


def _exported(drawing: Drawing, writer: int) -> Exported:
    label = getattr(drawing, "label", None)
    picture = None
    if drawing.source == Drawing.Source.UPLOAD:
        with drawing.upload.open("rb") as file:
            picture = file.read()
    return Exported(
        label=label.digit if label else None,
        not_a_digit=label is not None and label.digit is None,
        state=label.state if label else None,
        writer=writer,
        predicted=drawing.prediction.digit,
        confidence=drawing.prediction.confidence,
        seen=drawings.seen_array(drawing),
        strokes=drawing.strokes,
        width=drawing.width,
        height=drawing.height,
        picture=picture,
    )
