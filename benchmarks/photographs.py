"""Digits on paper as cameras see them: squared and ruled paper, shadows, a table around the sheet, small, on a board.

    .venv/bin/python -m benchmarks.photographs --count 200

The photographs are made by formulas from generated handwriting: light that falls off, noise, blur and JPEG in all."""

import argparse
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from recognizer import ink
from recognizer.ink import pen
from training.generated import material
from training.generated.hand import Hand

from . import charts, common, reading
from .common import Record, Shown
from .tables import Table

NAME = "photographs"
KINDS = ("plain", "squared", "ruled", "shadow", "table", "small", "board")
SIZES = ((600, 800), (800, 600), (1000, 750))
WRITER = Hand(sparse=0.0, coarse=0.0, tremor=0.3)
SEED = 424_242


def main(arguments: list[str] | None = None) -> None:
    parser = reading.parser(__doc__)
    parser.add_argument("--count", type=common.positive, default=200, help="photographs of each kind (200)")
    options = parser.parse_args(arguments)
    begun = common.begin(NAME, options.weights.stem, {"count": options.count, "seed": SEED})
    common.finish(begun | measure(options), SHOWN, options.output)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    kinds = {}
    for number, kind in enumerate(KINDS):
        rng = np.random.default_rng([SEED, number])
        labels = [place % 10 for place in range(options.count)]
        seen = (ink.read_ink(ink.read_upload(photograph(kind, digit, rng)).gray) for digit in labels)
        answers = reading.read(options.weights, seen)
        kinds[kind] = {"accuracy": float(answers.right(labels).mean()), "rejected": float(answers.rejected.mean())}
    return {"kinds": kinds}


def photograph(kind: str, digit: int, rng: np.random.Generator) -> bytes:
    """A JPEG of one digit, dark on light but for the board's."""
    height, width = SIZES[int(rng.integers(len(SIZES)))]
    size = (rng.uniform(0.04, 0.1) if kind == "small" else rng.uniform(0.12, 0.5)) * min(height, width)
    mask = written(digit, size, max(2.2, size * rng.uniform(0.05, 0.11)), rng)
    corner = [
        int(rng.uniform(0.06 * side, 0.94 * side - part))
        for side, part in zip((height, width), mask.shape, strict=True)
    ]
    y, x = np.mgrid[:height, :width]
    gray = np.full((height, width), rng.uniform(190, 245))
    if kind in ("squared", "ruled"):
        gray -= lines(kind, y, x, rng)
    place = (slice(corner[0], corner[0] + mask.shape[0]), slice(corner[1], corner[1] + mask.shape[1]))
    gray[place] = gray[place] * (1 - mask) + np.minimum(gray[place], rng.uniform(20, 90)) * mask
    if kind == "table":
        gray = on_table(gray, place, rng)
    gray = gray * light(kind, y / height - 0.5, x / width - 0.5, rng) + rng.normal(0, rng.uniform(1, 6), gray.shape)
    return jpeg(255 - gray if kind == "board" else gray, rng)


def written(digit: int, size: float, pen_width: float, rng: np.random.Generator) -> np.ndarray:
    """Ink from 0 to 1, (h, w)."""
    _, skeleton = material.a_style(digit, rng)
    lines = WRITER.write(skeleton, rng)
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = size / extent.max()
    across, down = (extent * scale + 2 * pen_width + 2).astype(int)
    dense = pen.dense_points([(line - low) * scale + pen_width for line in lines], spacing=0.5)
    return pen.draw(dense, shape=(int(down), int(across)), pen_width_px=pen_width) / 255


def lines(kind: str, y: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How much darker ruled or squared paper is at each pixel."""
    step, tilt = rng.uniform(0.05, 0.1) * min(y.shape), rng.uniform(-0.06, 0.06)
    width, dark = rng.choice([1.0, 1.5, 2.0]), rng.uniform(25, 90)
    darker = np.zeros(y.shape)
    for along, over in ((y, x), (x, -y))[: 2 if kind == "squared" else 1]:
        phase = (along + tilt * over) % step
        darker = np.maximum(darker, dark * np.clip(width / 2 + 0.5 - np.minimum(phase, step - phase), 0, 1))
    return darker


def on_table(gray: np.ndarray, place: tuple[slice, slice], rng: np.random.Generator) -> np.ndarray:
    """The picture as a sheet that does not reach to its edges, on a darker table."""
    table = rng.uniform(40, 120) + rng.normal(0, 6, gray.shape)
    sheet = []
    for part, side in zip(place, gray.shape, strict=True):
        start, end = int(rng.uniform(0.0, 0.12) * side), int((1 - rng.uniform(0.0, 0.12)) * side)
        sheet.append(slice(max(0, min(start, part.start - 8)), max(end, part.stop + 8)))
    table[tuple(sheet)] = gray[tuple(sheet)]
    return table


def light(kind: str, y: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Falling off across the picture; with a shadow's edge, sharp or soft, where the kind says so."""
    angle = rng.uniform(0, 2 * np.pi)
    even = 1 - rng.uniform(0, 0.35) * (0.5 + (np.cos(angle) * x + np.sin(angle) * y) / np.sqrt(2))
    if kind != "shadow":
        return even
    angle, edge, depth = rng.uniform(0, 2 * np.pi), rng.uniform(-0.25, 0.25), rng.uniform(0.25, 0.55)
    away = (np.cos(angle) * x + np.sin(angle) * y - edge) * min(y.shape) / rng.uniform(1, 12)
    return even * (1 - depth / (1 + np.exp(-np.clip(away, -50, 50))))


def jpeg(gray: np.ndarray, rng: np.random.Generator) -> bytes:
    image = Image.fromarray(gray.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.3)))
    file = BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(50, 92)))
    return file.getvalue()


def tables(record: Record) -> list[Table]:
    rows = [
        [kind, f"{100 * one['accuracy']:.1f} %", f"{100 * one['rejected']:.1f} %"]
        for kind, one in record["kinds"].items()
    ]
    return [Table(["photographs", "right", "rejected"], rows)]


def draw(record: Record, path: Any) -> None:
    figure, axes = charts.canvas(3.4)
    axes.barh(list(record["kinds"]), [100 * one["accuracy"] for one in record["kinds"].values()], color=charts.BLUE)
    axes.set_xlim(80, 100)
    axes.invert_yaxis()
    charts.finish(figure, axes, path, title="Photographs of digits on paper", axis="read right, %")


SHOWN = Shown(
    title=lambda record: f"{record['settings']['count']} photographs of each kind",
    tables=tables,
    sentences=lambda record: [],
    draw=draw,
)

if __name__ == "__main__":
    main()
