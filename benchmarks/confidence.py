"""Whether a confidence means what it says, and whether what is no digit is told so.

    .venv/bin/python -m benchmarks.confidence --drawings drawings.jsonl.gz

Expected calibration error (15 bins of equal width) on MNIST's test set and on a file of drawings, over all answers;
the share of no digits that is rejected, on generated ones of a seed that no training used, kind by kind."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from recognizer import ink
from training.calibration import calibration_error
from training.data import collections, mnist
from training.generated import material, no_digits

from . import charts, common, reading
from .common import Record, Shown
from .reading import Answers
from .tables import Table
from .time_to_accuracy import mnist_dir

NAME = "confidence"
SEED = 987_654
BINS = 10


def main(arguments: list[str] | None = None) -> None:
    parser = reading.parser(__doc__)
    parser.add_argument("--drawings", type=Path, help="a file of labelled drawings; only MNIST, unless it is given")
    parser.add_argument("--mnist", type=Path, default=mnist_dir(), help="folder of its files (MNIST_DIR or data/mnist)")
    parser.add_argument("--no-digits", type=common.positive, default=1000, help="generated ones of each kind (1000)")
    options = parser.parse_args(arguments)
    begun = common.begin(NAME, options.weights.stem, {"seed": SEED, "no_digits": options.no_digits})
    common.finish(begun | measure(options), SHOWN, options.output)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    if mnist.find([options.mnist]) is None:
        raise SystemExit(f"{options.mnist} lacks files of MNIST: run `manage.py fetch_mnist`, or set MNIST_DIR")
    test = mnist.Mnist(options.mnist).test
    sets = {"MNIST's test set": calibrated(options.weights, [ink.Seen(image) for image in test.images], test.labels)}
    if options.drawings:
        seen, labels = drawings(options.drawings)
        sets[options.drawings.name] = calibrated(options.weights, seen, labels)
    rejected = {kind: rejections(options, kind) for kind in (*no_digits.KINDS, "blot")}
    digits = [material.handwritten(n, np.random.default_rng([SEED, n])).image for n in range(options.no_digits)]
    answers = reading.read(options.weights, map(ink.Seen, digits))
    return {"sets": sets, "rejected": rejected, "digits_rejected": float(answers.rejected.mean())}


def drawings(path: Path) -> tuple[list[ink.Seen], list[int]]:
    records = [record for record in collections.read(path) if record.digit is not None and record.strokes is not None]
    seen = [ink.render(ink.parse_strokes(record.strokes, record.width, record.height)) for record in records]
    return seen, [record.digit for record in records]


def calibrated(weights: Path, seen: list[ink.Seen], labels: Any) -> dict[str, Any]:
    answers = reading.read(weights, seen)
    right, answered = answers.right(labels), ~answers.rejected
    return {
        "n": len(right),
        "accuracy": float(right.mean()),
        "rejected": float(answers.rejected.mean()),
        "ece": calibration_error(answers.confidence[answered], right[answered]),
        "confidence": float(answers.confidence[answered].mean()),
        "bins": bins(answers, right, answered),
    }


def bins(answers: Answers, right: np.ndarray, answered: np.ndarray) -> list[list[float]]:
    """[mean confidence, accuracy, n] of each tenth of the confidences that has any."""
    place = np.minimum((answers.confidence * BINS).astype(int), BINS - 1)
    rows = []
    for number in range(BINS):
        chosen = answered & (place == number)
        if chosen.any():
            rows.append([float(answers.confidence[chosen].mean()), float(right[chosen].mean()), int(chosen.sum())])
    return rows


def rejections(options: argparse.Namespace, kind: str) -> float:
    images = [no_digits.draw(kind, np.random.default_rng([SEED, number])) for number in range(options.no_digits)]
    return float(reading.read(options.weights, map(ink.Seen, images)).rejected.mean())


def tables(record: Record) -> list[Table]:
    sets = [
        [name, f"{one['n']:,}", f"{100 * one['accuracy']:.2f} %", f"{100 * one['rejected']:.2f} %", f"{one['ece']:.4f}"]
        for name, one in record["sets"].items()
    ]
    kinds = [[kind, f"{100 * share:.1f} %"] for kind, share in record["rejected"].items()]
    return [
        Table(["data set", "n", "right", "rejected", "calibration error"], sets),
        Table(["what is no digit", "rejected"], kinds),
    ]


def draw(record: Record, path: Path) -> None:
    figure, axes = charts.canvas(4.2)
    axes.plot([0, 1], [0, 1], color=charts.GREY, linewidth=1)
    for (name, one), (colour, style) in zip(record["sets"].items(), charts.STYLES, strict=False):
        confidence, accuracy, _ = zip(*one["bins"], strict=True)
        axes.plot(confidence, accuracy, color=colour, linestyle=style, marker="o", label=name)
    axes.set_ylabel("share read right")
    axes.legend(frameon=False, fontsize=9)
    charts.finish(figure, axes, path, title="What a confidence is worth", axis="confidence")


SHOWN = Shown(
    title=lambda record: f"Confidence of {record['subject']}",
    tables=tables,
    sentences=lambda record: [
        f"Of generated digits of the same seed {100 * record['digits_rejected']:.2f} % are rejected.",
        f"Of all kinds of no digits {100 * float(np.mean(list(record['rejected'].values()))):.1f} % are, on average.",
    ],
    draw=draw,
)

if __name__ == "__main__":
    main()
