"""The charts of a comparison as SVG: recall of every digit with its interval, and how far confidence can be believed.

Drawn on the server, so that the page needs no script for them. Left out on purpose: the figures as text, which stand
in tables below."""

import math
from collections.abc import Callable, Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from recognizer.words import decimal
from training.calibration import BINS
from training.paired import SIDES, Paired
from training.wilson import interval

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 10, 34  # margins for the axes' words
SIDE = 200
GRID = 4
STEPS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25)  # from one line to the next


def recall(paired: Paired) -> SafeString:
    """A point and its Wilson interval for each digit and side; the axis begins a little below the lowest."""
    points = [
        (digit, side, *_share(paired, digit, side)) for digit in range(10) for side in SIDES if paired.images[digit]
    ]
    floor = _floor(low for *_, low, _ in points)
    height = lambda share: TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM)  # noqa: E731
    width = (WIDTH - LEFT - RIGHT) / 10
    marks = []
    for digit, side, share, low, high in points:
        x = LEFT + (digit + (0.36 if side == "candidate" else 0.64)) * width
        marks.append((side, _number(x), _number(height(low)), _number(height(high)), _number(height(share))))
    body = format_html_join(
        "",
        '<g class="is-{0}"><line x1="{1}" x2="{1}" y1="{2}" y2="{3}"/><circle cx="{1}" cy="{4}" r="3.5"/></g>',
        marks,
    )
    digits = ((_number(LEFT + (digit + 0.5) * width), HEIGHT - 18, "middle", digit) for digit in range(10))
    titles = [(LEFT + (WIDTH - LEFT) // 2, HEIGHT - 3, "middle", _("digit")), *digits]
    return _svg(
        WIDTH,
        HEIGHT,
        _("Recall of every digit, with 95 %% intervals") % {},
        _grid(floor, height, WIDTH),
        _texts(titles),
        body,
    )


def reliability(paired: Paired) -> SafeString:
    """Right answers against confidence, a dot for each bin, larger with more answers; on the diagonal is honest."""
    scale = SIDE - LEFT - RIGHT
    height = lambda share: TOP + (1 - share) * scale  # noqa: E731
    dots = []
    for side in SIDES:
        bins = paired.calibration[side]
        for place in range(BINS):
            if n := bins.n[place]:
                x, y = LEFT + bins.confidence[place] / n * scale, height(bins.right[place] / n)
                dots.append((side, _number(x), _number(y), _number(1.5 + math.log10(n))))
    body = format_html_join("", '<g class="is-{}"><circle cx="{}" cy="{}" r="{}"/></g>', dots)
    diagonal = format_html(
        '<line class="is-diagonal" x1="{}" y1="{}" x2="{}" y2="{}"/>', LEFT, height(0), LEFT + scale, height(1)
    )
    floor = TOP + scale
    words = [(LEFT + scale // 2, floor + 28, "middle", _("confidence")), (LEFT, floor + 14, "start", "0 %"),
             (SIDE - RIGHT, floor + 14, "end", "100 %")]  # fmt: skip
    return _svg(
        SIDE,
        floor + BOTTOM,
        _("Share read right against confidence"),
        _grid(0.0, height, SIDE),
        diagonal,
        _texts(words),
        body,
    )


def _share(paired: Paired, digit: int, side: str) -> tuple[float, float, float]:
    right, n = paired.right[side][digit], paired.images[digit]
    return right / n, *interval(right, n)


def _floor(lows: Iterable[float]) -> float:
    """Where the axis begins: not above the lowest, with lines at round shares up to 1."""
    lowest = min(lows, default=0.0)
    return next(1 - GRID * step for step in STEPS if 1 - GRID * step <= lowest)


def _grid(floor: float, height: Callable[[float], float], width: int) -> SafeString:
    shares = [floor + (1 - floor) * step / GRID for step in range(GRID + 1)]
    rows = [(LEFT, width - RIGHT, _number(height(share)), decimal(f"{100 * share:.5g} %")) for share in shares]
    line = '<line class="is-grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
    return format_html_join("", f'{line}<text x="46" y="{{2}}" dy="4" text-anchor="end">{{3}}</text>', rows)


def _texts(words: Iterable[tuple]) -> SafeString:
    return format_html_join("", '<text x="{}" y="{}" text-anchor="{}">{}</text>', words)


def _svg(width: int, height: int, title: str, *parts: SafeString) -> SafeString:
    body = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<svg class="c-chart" viewBox="0 0 {} {}" style="--width: {}px" role="img" aria-label="{}">{}</svg>',
        width, height, width, _("%(title)s; the table has the figures") % {"title": title}, body,
    )  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.1f}"
