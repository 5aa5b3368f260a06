"""Drawings as pictures inside a page: strokes as SVG, what the network saw as a data URI, so that no row asks again.

Left out on purpose: rendering as the network reads it. That is `ink`'s, and its result is kept with each drawing."""

from base64 import b64encode

import numpy as np
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from recognizer.cards import seen_url
from recognizer.ink import seen_png
from recognizer.models import Drawing

THUMBNAIL_UNITS = 96
PAGE_UNITS = 600
# The pen's width as a share of the picture's side, near to what the canvas shows
PEN_SHARE = 0.045


def thumbnail(drawing: Drawing) -> SafeString:
    """The ink alone, filling a small square; for an upload, what the network saw of it."""
    if not drawing.strokes:
        return seen(drawing, "d-thumb")
    strokes = [np.array([point[:2] for point in stroke], float) for stroke in drawing.strokes if stroke]
    points = np.concatenate(strokes)  # (points, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(float((high - low).max()), 1.0) * (1 + 4 * PEN_SHARE)
    corner = (low + high - side) / 2
    scale = THUMBNAIL_UNITS / side
    return _svg([(stroke - corner) * scale for stroke in strokes], THUMBNAIL_UNITS, THUMBNAIL_UNITS, _name(drawing))


def as_drawn(drawing: Drawing) -> SafeString:
    """The whole canvas with the ink where it was drawn."""
    scale = PAGE_UNITS / max(drawing.width, drawing.height)
    strokes = [np.array([point[:2] for point in stroke], float) * scale for stroke in drawing.strokes if stroke]
    return _svg(strokes, drawing.width * scale, drawing.height * scale, _name(drawing), "d-canvas")


def seen(drawing: Drawing, css_class: str) -> SafeString:
    """The 28 x 28 image, enlarged without smoothing by the style sheet."""
    name = _("%(drawing)s, as the network saw it") % {"drawing": _name(drawing)}
    return format_html(
        '<img class="{} d-seen" src="{}" width="28" height="28" alt="{}">', css_class, seen_url(drawing), name
    )


def image(seen: bytes, css_class: str, name: str) -> SafeString:
    """The same of what no drawing may be left of."""
    png = b64encode(seen_png(np.frombuffer(seen, np.uint8).reshape(28, 28))).decode("ascii")
    return format_html(
        '<img class="{} d-seen" src="data:image/png;base64,{}" width="28" height="28" alt="{}">', css_class, png, name
    )


def _svg(strokes: list[np.ndarray], width: float, height: float, name: str, css_class: str = "d-thumb") -> SafeString:
    lines = format_html_join("", '<polyline points="{}"/>', ((_points(stroke),) for stroke in strokes))
    return format_html(
        '<svg class="{} d-ink" viewBox="0 0 {} {}" role="img" aria-label="{}" stroke-width="{}">{}</svg>',
        css_class, round(width), round(height), name, round(min(width, height) * PEN_SHARE, 1), lines,
    )  # fmt: skip


def _points(stroke: np.ndarray) -> SafeString:
    # Whole units are finer than a screen's pixels at this size, and most of a pen's samples then fall together.
    whole = np.rint(stroke).astype(int)
    keep = np.ones(len(whole), bool)
    keep[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    pairs = [f"{x},{y}" for x, y in whole[keep].tolist()]
    # A line of one point is not drawn, a line back to itself is: as a dot, by its round ends.
    return mark_safe(" ".join(pairs * 2 if len(pairs) == 1 else pairs))


def _name(drawing: Drawing) -> str:
    return _("drawing %(drawing)s") % {"drawing": drawing.pk}
