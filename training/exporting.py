"""Which drawings are exported, and what of them: no cookie, no date, no address, and writers by the order they come in.

Left out on purpose: the formats, which are `data/export_formats.py`'s, and jobs, which are `export_jobs.py`'s."""

import logging
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from django.db.models import QuerySet

from recognizer import drawings
from recognizer.models import Drawing
from recognizer.storing import opened
from training.data.exports import Exported, Format
from training.export_filters import Filters

logger = logging.getLogger(__name__)

# SQLite takes a bounded number of variables a statement, and a page of drawings is a short step between two looks at
# whether the export was cancelled.
PAGE = 500
IDS_AT_ONCE = 10_000

Page = Callable[[QuerySet[Drawing]], list[Drawing]]

ABOUT = """Handwritten digits, drawn by visitors of a site that reads them.

Drawings: {count:,}
Which:    {which}
Exported: {day}

label     The digit that the drawing shows; "Which" tells whose word for it that is.
          {no_label}
{content}"""
NO_LABEL = {
    "npz": "-1: no label, or one that says that it shows no digit.",
    "idx": "255: no label, or one that says that it shows no digit.",
    "png": "Folder not-a-digit: labelled to show none. Folder unlabelled: nobody said. drawings.csv has the rest.",
}
NO_LABEL_ELSE = "Empty or null: no label, or with not_a_digit one that says that it shows no digit."
IMAGES = """images    What the network saw: 28 x 28, 0 to 255, light ink on dark, centred by their mass as in MNIST.
"""
STROKES = """strokes   Points [x, y] or [x, y, milliseconds] on a canvas of width x height.
image     In the place of strokes, what was uploaded: a PNG in base64.
"""
WRITER = """writer    The same number for all drawings of one person in this file, which means nothing outside of it.
          Split data by writer, never by drawing: else you measure how well a hand is known.
"""


def ids(filters: Filters) -> array:
    """The drawings to export, frozen as their ids in order: eight bytes each.

    In one go, and nothing may be written meanwhile: SQLite refuses that to whoever reads while others write. Read by
    ids afterwards: a database that is asked page by page for "accepted, behind the last" may go through all accepted
    ones for every page."""
    return array("q", filters.rows().order_by("pk").values_list("pk", flat=True).iterator(chunk_size=IDS_AT_ONCE))


def pages(chosen: array, kind: Format, read: Page = list) -> Iterator[list[Drawing]]:
    """The drawings of those ids that are still there, PAGE at a time, in order. `read` evaluates a page's query."""
    rows = Drawing.objects.select_related("prediction", "label").defer("prediction__probabilities")
    rows = rows if kind.has_ink else rows.defer("prediction__probabilities", "strokes")
    for start in range(0, len(chosen), PAGE):
        yield read(rows.filter(pk__in=chosen[start : start + PAGE].tolist()).order_by("pk"))


def exported(found: Iterable[list[Drawing]], kind: Format, step: Callable[[int, int], object]) -> Iterator[Exported]:
    """The drawings as they leave the site, oldest first. `step` is told how many are done, and how many left out:
    one whose upload's file is lost is logged, and keeps none of the others back."""
    numbers: dict[int, int] = {}
    done = lost = 0
    for page in found:
        for drawing in page:
            try:
                one = _exported(drawing, numbers.setdefault(drawing.visitor_id, len(numbers) + 1), kind.has_ink)
            except FileNotFoundError as error:
                logger.error("Drawing %s is left out: %s", drawing.pk, error)
                lost += 1
            else:
                yield one
                done += 1
            step(done, lost)


def about(filters: Filters, kind: Format, *, day: date) -> Callable[[int], str]:
    """What the file says of itself, once it is known how many drawings are in it."""
    no_label = NO_LABEL.get(kind.name, NO_LABEL_ELSE)
    content = (STROKES if kind.has_ink else IMAGES) + ("" if kind.name == "idx" else WRITER)

    def text(count: int) -> str:
        facts = {"which": filters.words(), "day": f"{day:%-d %B %Y}", "no_label": no_label, "content": content}
        return ABOUT.format(count=count, **facts)

    return text


def _exported(drawing: Drawing, writer: int, with_ink: bool) -> Exported:
    label = getattr(drawing, "label", None)
    return Exported(
        label=label.digit if label else None,
        not_a_digit=label is not None and label.digit is None,
        state=label.state if label else None,
        writer=writer,
        predicted=drawing.prediction.digit,
        confidence=drawing.prediction.confidence,
        seen=drawings.seen_array(drawing),
        **(_ink(drawing) if with_ink else {}),
    )


def _ink(drawing: Drawing) -> dict[str, object]:
    if drawing.source != Drawing.Source.UPLOAD:
        return {"strokes": drawing.strokes, "width": drawing.width, "height": drawing.height}
    with opened(drawing.upload) as file:
        return {"picture": file.read()}
