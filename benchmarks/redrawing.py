"""How much longer a fine-tuning takes because strokes are drawn anew, as a ratio measured in turns in one run.

    .venv/bin/python -m benchmarks.redrawing --drawings FILE.jsonl.gz

The images are half drawings of the file and half MNIST's, as a fine-tuning deals them. Left out on purpose: whether
the network reads better for it, which `benchmarks.flywheel` measures."""

import argparse
import itertools
import json
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from recognizer import ink
from recognizer.network import ARCHITECTURES, Network
from training.data import collections
from training.data.batches import Replayed
from training.data.dataset import Dataset
from training.data.lines import Lines, pack
from training.data.redrawing import Redrawing
from training.fit import BatchResult, fit
from training.fit_settings import Settings

WARM_UP = 10


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--drawings", type=Path, required=True, help="a .jsonl or .jsonl.gz with strokes")
    parser.add_argument("--limit", type=int, default=2000, help="how many of them")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="lenet-5x5")
    parser.add_argument("--batches", type=int, default=100, help="measured each time")
    parser.add_argument("--rounds", type=int, default=5, help="how often each way takes its turn")
    options = parser.parse_args(arguments)
    data = images(options)
    ways = {"as stored": None, "redrawn at half of the visits": Redrawing(), "at each visit": Redrawing(share=1.0)}
    rounds = [{name: seconds(options, data, way) for name, way in ways.items()} for _ in range(options.rounds)]
    print(json.dumps(summary(options, rounds), indent=2))


def summary(options: argparse.Namespace, rounds: list[dict[str, tuple[float, float]]]) -> dict[str, Any]:
    plain, *others = rounds[0]
    ratios = {name: [one[name][0] / one[plain][0] for one in rounds] for name in others}
    processor = {name: [one[name][1] / one[plain][1] for one in rounds] for name in others}
    return {
        "architecture": options.architecture,
        "milliseconds_a_batch": {
            name: round(1000 * statistics.median(one[name][0] for one in rounds) / options.batches, 2)
            for name in rounds[0]
        },
        "times_as_long": {name: described(of) for name, of in ratios.items()},
        "times_the_processor": {name: described(of) for name, of in processor.items()},
    }


def described(ratios: list[float]) -> dict[str, Any]:
    return {"median": round(statistics.median(ratios), 3), "rounds": [round(ratio, 3) for ratio in ratios]}


def images(options: argparse.Namespace) -> Dataset:
    """The drawings with their lines, and behind them as many black images in MNIST's place."""
    points, seen, labels = [], [], []
    for record in collections.read(options.drawings, limit=options.limit):
        strokes = ink.parse_strokes(record.strokes, record.width, record.height)
        points.append(pack(ink.box_lines(strokes)))
        seen.append(ink.render(strokes).image)
        labels.append(record.digit)
    ends = np.cumsum([len(each) for each in points])
    drawn = Dataset(np.array(seen), np.array(labels), Lines(np.concatenate(points), ends, np.arange(len(seen))))
    return Dataset.joined(drawn, Dataset(np.zeros((len(seen), 28, 28), np.uint8), np.zeros(len(seen), np.int64)))


def seconds(options: argparse.Namespace, data: Dataset, redrawing: Redrawing | None) -> tuple[float, float]:
    """By the clock and of the processor, for so many batches, once the first ones are done."""
    network = Network.create(options.architecture, np.random.default_rng(0))
    count = options.batches + WARM_UP
    settings = Settings(epochs=1, learning_rate=3e-4, redrawing=redrawing)
    source = Replayed(options.limit, len(data) - options.limit, count)
    with closing(fit(network, data, data[:100], settings, batches=source)) as results:
        steps = (each for each in results if isinstance(each, BatchResult))
        list(itertools.islice(steps, WARM_UP))
        began, worked = time.perf_counter(), time.process_time()
        list(itertools.islice(steps, options.batches))
        return time.perf_counter() - began, time.process_time() - worked


if __name__ == "__main__":
    main()
