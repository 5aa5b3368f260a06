"""Charts of results as PNG files: bars with the range of the rounds, and curves.

The colours are of Okabe and Ito's palette, which colour-blind readers tell apart; what matters also differs in form.
Left out on purpose: pyplot's global state, and matplotlib itself until a chart is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .measuring import Spread
from .tables import number

BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"
GREY, BLACK = "#999999", "#000000"
STYLES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (SKY, "-"))
MARKERS = ("D", "o", "s")
INCHES_PER_BAR = 0.34


@dataclass(frozen=True)
class Bar:
    """A contestant: its median as a bar, its range as a whisker, and `marks` by name, such as percentiles."""

    name: str
    spread: Spread
    is_ours: bool = False
    marks: Mapping[str, float] = field(default_factory=dict)


def bars(bars: Sequence[Bar], path: Path, *, title: str, axis: str) -> None:
    """Draw horizontal bars, the first on top, into the PNG file `path`; `axis` says what is measured in which unit."""
    figure, axes = canvas(1.6 + INCHES_PER_BAR * len(bars))
    places = range(len(bars))
    medians = [bar.spread.median for bar in bars]
    ranges = [
        [bar.spread.median - bar.spread.least for bar in bars],
        [bar.spread.most - bar.spread.median for bar in bars],
    ]
    axes.barh(places, medians, color=[BLUE if bar.is_ours else GREY for bar in bars], height=0.66)
    axes.errorbar(medians, places, xerr=ranges, fmt="none", ecolor=BLACK, elinewidth=1, capsize=3)
    for name, marker, colour in zip(bars[0].marks, MARKERS, (ORANGE, PURPLE, GREEN), strict=False):
        axes.scatter([bar.marks[name] for bar in bars], places, marker=marker, color=colour, zorder=3, s=22, label=name)
    rightmost = max(max(bar.spread.most, *bar.marks.values(), 0) for bar in bars)
    for place, bar in zip(places, bars, strict=True):
        colour = "white" if bar.is_ours else BLACK
        text = number(bar.spread.median)
        axes.annotate(
            text, (0, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8, color=colour
        )
    axes.set_xlim(0, 1.04 * rightmost)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_yticks(places, [bar.name for bar in bars], fontsize=9)
    axes.invert_yaxis()
    if bars[0].marks:
        axes.legend(frameon=False, fontsize=8, loc="best")
    finish(figure, axes, path, title=title, axis=axis)


def curves(
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    path: Path,
    *,
    title: str,
    axis: str,
    across: str,
    level: float,
) -> None:
    """Draw lines of (x, y) by name, with a dotted line across at `level` (%), into the PNG file `path`."""
    figure, axes = canvas(4.2)
    for index, (name, (x, y)) in enumerate(lines.items()):
        colour, style = STYLES[index % len(STYLES)]
        axes.plot(x, y, color=colour, linestyle=style, marker=".", markersize=4, label=name)
    axes.axhline(level, color=BLACK, linewidth=0.8, linestyle=(0, (1, 3)))
    axes.set_ylabel(across)
    axes.set_xlim(left=0)
    lowest_end = min(y[-1] for _, y in lines.values())
    axes.set_ylim(bottom=max(0.0, min(level - 2, lowest_end - 1)), top=min(100.0, level + 1))
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    finish(figure, axes, path, title=title, axis=axis)


def canvas(height_inches: float):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, height_inches), dpi=144, layout="constrained")
    return figure, figure.subplots()


def finish(figure, axes, path: Path, *, title: str, axis: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(axis, fontsize=9)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    FigureCanvasAgg(figure).print_png(str(path))
