"""How little the answer depends on how somebody draws: canvas, pen, place, size, order and number of points.

    .venv/bin/python -m benchmarks.ways_of_drawing drawings.jsonl.gz

Each way redraws all drawings of the file. Strokes are sent as strokes; a pen's width only shows in a picture, so those
are drawn on a canvas with that pen and sent as a PNG would be."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from recognizer import ink
from recognizer.ink import pen
from training.data import collections

from . import common, reading
from .common import Record, Shown
from .tables import Table

NAME = "ways_of_drawing"
Lines = list[np.ndarray]
Canvas = tuple[Lines, float]


def main(arguments: list[str] | None = None) -> None:
    parser = reading.parser(__doc__)
    parser.add_argument("drawings", type=Path, help="a file of labelled strokes, as import_drawings reads it")
    parser.add_argument("--limit", type=common.positive, help="of drawings; all, unless it is given")
    options = parser.parse_args(arguments)
    begun = common.begin(NAME, options.weights.stem, {"drawings": options.drawings.name, "limit": options.limit})
    common.finish(begun | measure(options.weights, options.drawings, options.limit), SHOWN, options.output)


def measure(weights: Path, drawings: Path, limit: int | None) -> dict[str, Any]:
    records = [record for record in collections.read(drawings, limit=limit) if record.digit is not None]
    lines = [[np.array(line, float)[:, :2] for line in record.strokes] for record in records]
    labels = [record.digit for record in records]
    ways = {}
    for name, way in WAYS.items():
        rng = np.random.default_rng(0)
        answers = reading.read(weights, (way(each, rng) for each in lines))
        ways[name] = {"accuracy": float(answers.right(labels).mean()), "rejected": float(answers.rejected.mean())}
        print(f"{name:<40} {100 * ways[name]['accuracy']:.2f} %", flush=True)
    return {"n": len(labels), "ways": ways}


def placed(lines: Lines, *, side: float, share: float, rng: np.random.Generator, pen_width: float = 0.0) -> Canvas:
    """The drawing at `share` of a canvas of `side`, somewhere on it, with room for a pen of `pen_width`."""
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = share * side / max(float(extent.max()), 1e-9)
    room = np.maximum(side - extent * scale - pen_width, 0)
    corner = room * rng.random(2) + pen_width / 2
    return [(line - low) * scale + corner for line in lines], side


def sent(canvas: Canvas, *, whole: bool = True) -> ink.Seen:
    """As the API gets it; `whole` numbers of pixels, as a mouse gives them."""
    lines, side = canvas
    raw = [(np.rint(line) if whole else line).tolist() for line in lines]
    return ink.render(ink.parse_strokes(raw, side, side))


def drawn(canvas: Canvas, *, width: float) -> ink.Seen:
    """As a picture of the canvas, drawn with a round pen of `width` (a share of the side), dark on light."""
    lines, side = canvas
    points = pen.dense_points(lines, spacing=max(0.25, width * side / 12))
    return ink.read_ink(255 - pen.draw(points, shape=(int(side), int(side)), pen_width_px=width * side))


def at_places(side: float, share: float) -> Callable[[Lines, np.random.Generator], ink.Seen]:
    return lambda lines, rng: sent(placed(lines, side=side, share=share, rng=rng))


def with_pen(side: float, share: float, width: float) -> Callable[[Lines, np.random.Generator], ink.Seen]:
    return lambda lines, rng: drawn(placed(lines, side=side, share=share, rng=rng, pen_width=width * side), width=width)


def every(lines: Lines, apart: float) -> Iterator[np.ndarray]:
    """Lines at points about `apart` of the drawing's size from each other, the last one always kept."""
    size = float(np.ptp(np.concatenate(lines), axis=0).max())
    for line in lines:
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        count = max(2, 1 + round(along[-1] / (apart * size))) if len(line) > 1 else 1
        places = np.linspace(0, along[-1], count)
        yield np.stack([np.interp(places, along, line[:, 0]), np.interp(places, along, line[:, 1])], axis=1)


def sparse(lines: Lines, rng: np.random.Generator) -> ink.Seen:
    return sent(placed(list(every(lines, 0.12)), side=280, share=0.6, rng=rng))


def dense(lines: Lines, rng: np.random.Generator) -> ink.Seen:
    return sent(placed(list(every(lines, 0.004)), side=1000, share=0.6, rng=rng), whole=False)


def backwards(lines: Lines, rng: np.random.Generator) -> ink.Seen:
    order = rng.permutation(len(lines))
    return sent(placed([lines[place][::-1] for place in order], side=500, share=0.6, rng=rng))


def joined(lines: Lines, rng: np.random.Generator) -> ink.Seen:
    """Cut into up to three strokes, where it was fewer: the pen was lifted on the way."""
    parts = []
    for line in lines:
        cuts = np.sort(rng.integers(1, len(line), 3 - len(lines))) if len(lines) < 3 and len(line) > 6 else []
        ends = [0, *cuts, len(line) - 1]
        parts += [line[a : b + 1] for a, b in pairwise(ends) if b >= a]
    return sent(placed(parts, side=500, share=0.6, rng=rng))


WAYS: dict[str, Callable[[Lines, np.random.Generator], ink.Seen]] = {
    "strokes, canvas 500, digit 60 %": at_places(500, 0.6),
    "strokes, canvas 100, digit 15 %": at_places(100, 0.15),
    "strokes, canvas 100, digit 40 %": at_places(100, 0.4),
    "strokes, canvas 100, digit 95 %": at_places(100, 0.95),
    "strokes, canvas 2000, digit 15 %": at_places(2000, 0.15),
    "strokes, canvas 2000, digit 95 %": at_places(2000, 0.95),
    "strokes, a point every 12 % of the digit": sparse,
    "strokes, a point every 0.4 %": dense,
    "strokes, other order, backwards": backwards,
    "strokes, cut into up to three": joined,
    "picture 280, digit 60 %, pen 6 %": with_pen(280, 0.6, 0.06),
    "picture 280, digit 60 %, pen 1.5 %": with_pen(280, 0.6, 0.015),
    "picture 280, digit 60 %, pen 12 %": with_pen(280, 0.6, 0.12),
    "picture 280, digit 95 %, pen 12 %": with_pen(280, 0.83, 0.12),
    "picture 280, digit 15 %, pen 1.5 %": with_pen(280, 0.15, 0.015),
    "picture 280, digit 30 %, pen 3 %": with_pen(280, 0.3, 0.03),
    "picture 100, digit 60 %, pen 6 %": with_pen(100, 0.6, 0.06),
    "picture 1000, digit 60 %, pen 6 %": with_pen(1000, 0.6, 0.06),
    "picture 1000, digit 15 %, pen 1.5 %": with_pen(1000, 0.15, 0.015),
}


def tables(record: Record) -> list[Table]:
    best = max(way["accuracy"] for way in record["ways"].values())
    rows = [
        [
            name,
            f"{100 * way['accuracy']:.2f} %",
            f"{100 * (best - way['accuracy']):.2f}",
            f"{100 * way['rejected']:.2f} %",
        ]
        for name, way in record["ways"].items()
    ]
    return [Table(["way", "right", "points below the best", "rejected"], rows)]


def draw(record: Record, path: Path) -> None:
    from . import charts

    figure, axes = charts.canvas(1.4 + 0.3 * len(record["ways"]))
    names = list(record["ways"])
    axes.barh(names, [100 * way["accuracy"] for way in record["ways"].values()], color=charts.BLUE)
    axes.set_xlim(80, 100)
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=8)
    charts.finish(figure, axes, path, title=f"{record['n']:,} drawings, drawn in other ways", axis="read right, %")


SHOWN = Shown(
    title=lambda record: f"{record['n']:,} drawings, each drawn in other ways",
    tables=tables,
    sentences=lambda record: [json.dumps(record["settings"])],
    draw=draw,
)

if __name__ == "__main__":
    main()
