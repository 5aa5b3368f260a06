"""What the gallery shows of a drawing: its ink as an SVG path or what the network saw of it, the answer, the label.

Left out on purpose: the way from ink to the network's image, which is `ink`'s; here ink is only to be looked at."""

from base64 import b64encode
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from django.utils.translation import gettext_lazy

from recognizer import drawings, ink, lives
from recognizer.models import Drawing, Label

SIDE = 100.0  # of the box that a drawing is scaled into
PEN_WIDTH = 5.2  # the paper's, of that box
CLOSEST_POINTS = 0.8
MOST_POINTS = 800  # beyond that, ink is thinned out: a page holds many drawings

# What stands behind a label, by its state
SAID = {
    Label.State.UNREVIEWED: gettext_lazy("you said %(label)s, waiting for review"),
    Label.State.ACCEPTED: gettext_lazy("labelled %(label)s, accepted"),
    Label.State.REJECTED: gettext_lazy("labelled %(label)s, not accepted"),
}


@dataclass(frozen=True)
class Card:
    """A drawing in the gallery: `path` is the `d` of an SVG path of its strokes, `image` a data URL of an upload."""

    drawing: Drawing
    digit: int | None
    confidence: float
    version: int
    label: str  # "0" to "9", "none" for not a digit, "" without a label
    said: str
    is_right: bool | None
    path: str = ""
    image: str = ""
    story: str = ""  # what became of it, in a line
    life: str = ""  # the address of the whole story


def card(drawing: Drawing, story: str = "") -> Card:
    """The card of a drawing that came `with_answers()`."""
    answer, label = drawing.prediction, getattr(drawing, "label", None)
    return Card(
        drawing=drawing,
        digit=answer.digit,
        confidence=answer.confidence,
        version=answer.version.number,
        label="" if label is None else "none" if label.digit is None else str(label.digit),
        said="" if label is None else _said(label),
        is_right=None if label is None else label.digit == answer.digit,
        path=stroke_path(drawing.strokes, drawing.width, drawing.height) if drawing.strokes else "",
        image="" if drawing.strokes else seen_url(drawing),
        story=story,
        life=lives.address(drawing.pk),
    )


def _said(label: Label) -> str:
    """A reviewer may have put another digit there, and then it is not what the visitor said."""
    return SAID[label.state] % {"label": label}


def seen_url(drawing: Drawing) -> str:
    png = ink.seen_png(drawings.seen_array(drawing))
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"


def stroke_path(strokes: list[list[list[float]]], width: float, height: float) -> str:
    """The `d` of an SVG path in a box of 100 x 100, the drawing in its middle; smoothed as on the paper."""
    scale = SIDE / max(width, height)
    left, top = (SIDE - width * scale) / 2, (SIDE - height * scale) / 2
    share = max(1, sum(map(len, strokes)) / MOST_POINTS)
    lines = ([(left + x * scale, top + y * scale) for x, y, *_ in stroke] for stroke in strokes)
    return "".join(_line(_thinned(line, CLOSEST_POINTS * share)) for line in lines)


def _thinned(points: list[tuple[float, float]], closest: float) -> list[tuple[float, float]]:
    kept = points[:1]
    for x, y in points[1:]:
        if hypot(x - kept[-1][0], y - kept[-1][1]) >= closest:
            kept.append((x, y))
    return kept


def _line(points: list[tuple[float, float]]) -> str:
    """Each point bends the curve from the middle of one segment to the middle of the next."""
    start = f"M{_pair(points[0])}"
    if len(points) == 1:
        return f"{start}h0"  # with round ends, a dot
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(points[1:])]
    curves = zip(points[1:], [*middles, points[-1]], strict=True)
    return start + "".join(f"Q{_pair(bend)} {_pair(end)}" for bend, end in curves)


def _pair(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
