"""Seconds of training until 99.0 % of MNIST's test images are read right, the best share, and the memory that it took.

    .venv/bin/python -m benchmarks.time_to_accuracy --preset quick --seeds 0 1 2

The clock runs while `training.fit` does, its validations included. A few times an epoch the weights are put aside, and
read the test images when the training is over. So the test set draws the curve and decides nothing: no setting, no
weights, no end. Left out on purpose: PyTorch, whose weights would be as good after as many steps."""

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from recognizer.network import Network
from training import presets
from training.data import mnist
from training.data.dataset import Dataset
from training.fit import BatchResult, EpochResult, Position, fit

from . import charts, common, machine
from .common import Record, Shown
from .tables import Table, number

NAME = "time_to_accuracy"
TARGET = 0.99
VALIDATION_IMAGES = 5_000
WEIGHTS_STREAM = 2
MEBIBYTE = 2**20


def main(arguments: list[str] | None = None) -> None:
    parser = common.plain_parser(__doc__)
    parser.add_argument("--preset", choices=presets.PRESETS, default="standard")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="one training each (0 1 2)")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds after which a training is stopped (900)")
    parser.add_argument("--looks", type=common.positive, default=4, help="weights put aside in each epoch (4)")
    parser.add_argument("--mnist", type=Path, default=mnist_dir(), help="folder of its files (MNIST_DIR or data/mnist)")
    options = parser.parse_args(arguments)
    settings = {"limit_seconds": options.limit, "looks": options.looks, "seeds": options.seeds, "target": TARGET}
    begun = common.begin(NAME, options.preset, settings)
    common.finish(begun | measure(options), SHOWN, options.output)


def mnist_dir() -> Path:
    return Path(os.environ.get("MNIST_DIR") or machine.PROJECT_DIR / "data" / "mnist")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Train once for each seed, in a process of its own so that its memory is its own; return what came out."""
    if mnist.find([options.mnist]) is None:
        raise SystemExit(f"{options.mnist} lacks files of MNIST: run `manage.py fetch_mnist`, or set MNIST_DIR")
    trainings = []
    for seed in options.seeds:
        print(f"training {options.preset} with seed {seed}", file=sys.stderr, flush=True)
        # Spawned, not forked: a forked process would begin with this one's memory.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
            arguments = options.preset, seed, options.limit, options.looks, options.mnist
            trainings.append(executor.submit(trained, *arguments).result())
    return {"trainings": trainings}


def trained(preset: str, seed: int, limit_seconds: float, looks: int, folder: Path) -> dict[str, Any]:
    """Train with one seed; return the curve of test accuracy over seconds, and this process's largest memory."""
    data, chosen = mnist.Mnist(folder), presets.find(preset)
    training, validation = data.train.split_last(min(VALIDATION_IMAGES, len(data.train) // 12))
    settings = replace(chosen.settings, seed=seed)
    # The weights that `manage.py train` begins with.
    network = Network.create(chosen.architecture, np.random.default_rng([seed, WEIGHTS_STREAM]))
    position = Position.fresh(network, settings)
    results = fit(network, training[: chosen.mnist_images], validation, settings, position)
    kept = list(put_aside(results, network, position, looks=looks, limit_seconds=limit_seconds))
    peak_bytes = largest_memory_bytes()  # before the test images come into it
    curve = [
        {"seconds": seconds, "epochs": epochs, "accuracy": accuracy(Network(network.architecture, weights), data.test)}
        for seconds, epochs, weights in kept
    ]
    return {"seed": seed, "architecture": chosen.architecture, "peak_bytes": peak_bytes, "curve": curve}


def put_aside(
    results: Iterator[BatchResult | EpochResult],
    network: Network,
    position: Position,
    *,
    looks: int,
    limit_seconds: float,
) -> Iterator[tuple[float, float, np.ndarray]]:
    """Yield seconds and epochs of training with a copy of the weights, `looks` times an epoch and at the end.

    The clock stands still while a copy is made and while the caller has the turn. Past the limit the training ends.
    """
    seconds = 0.0
    while True:
        began = time.perf_counter()
        result = next(results, None)
        seconds += time.perf_counter() - began
        if result is None:
            return
        over = seconds >= limit_seconds
        if over or is_due(result, looks):
            yield seconds, epochs_done(result), weights_to_keep(network, position)
        if over:
            results.close()
            return


def epochs_done(result: BatchResult | EpochResult) -> float:
    if isinstance(result, EpochResult):
        return float(result.epoch)
    return result.epoch - 1 + result.batch / result.batches


def is_due(result: BatchResult | EpochResult, looks: int) -> bool:
    """Say whether the weights of now are put aside; those of an epoch's end are after its validation."""
    if isinstance(result, EpochResult):
        return True
    if result.batch == result.batches:
        return False
    return result.batch * looks // result.batches > (result.batch - 1) * looks // result.batches


def weights_to_keep(network: Network, position: Position) -> np.ndarray:
    """Return a copy of the weights that the training would end with: their moving average where it keeps one."""
    return (position.average.values if position.average else network.parameters).copy()


def accuracy(network: Network, images: Dataset) -> float:
    """Return the share of a data set's images that the network reads right."""
    answers = network.probabilities(images.images).argmax(axis=1)
    return float((answers == images.labels).mean())


def largest_memory_bytes() -> int:
    """The most memory that this process has held at once."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else 1024 * largest  # macOS counts bytes, Linux kibibytes


def reached(curve: list[dict[str, float]], target: float) -> dict[str, float] | None:
    """Return the first point of the curve at or above the target; None if there is none."""
    return next((point for point in curve if point["accuracy"] >= target), None)


def tables(record: Record) -> list[Table]:
    """A row for each seed."""
    target = record["settings"]["target"]
    to_target = f"seconds to {100 * target:.1f} %"
    headers = ["seed", to_target, "epochs to it", "best, %", "after s", "last, %", "seconds in all", "peak MiB"]
    return [Table(headers, [row(training, target) for training in record["trainings"]])]


def row(training: dict[str, Any], target: float) -> list[str]:
    curve = training["curve"]
    first = reached(curve, target)
    best = max(curve, key=lambda point: point["accuracy"])
    return [
        str(training["seed"]),
        number(first["seconds"]) if first else "not reached",
        f"{first['epochs']:.2f}" if first else "",
        f"{100 * best['accuracy']:.2f}",
        number(best["seconds"]),
        f"{100 * curve[-1]['accuracy']:.2f}",
        number(curve[-1]["seconds"]),
        number(training["peak_bytes"] / MEBIBYTE),
    ]


def sentences(record: Record) -> list[str]:
    trainings, target = record["trainings"], record["settings"]["target"]
    points = [reached(training["curve"], target) for training in trainings]
    lasts = [100 * training["curve"][-1]["accuracy"] for training in trainings]
    all_reached = all(points)
    median = number(statistics.median(point["seconds"] for point in points)) if all_reached else ""
    speed = f"{median} seconds (median) to {100 * target:.1f} %" if all_reached else "not every seed reached the target"
    return [
        f"{len(trainings)} seeds: {speed}; {statistics.median(lasts):.2f} % (median) of the test images at the end, "
        f"{min(lasts):.2f} to {max(lasts):.2f}. A curve's best was picked by looking at the test set; its last was not."
    ]


def title(record: Record) -> str:
    architecture = record["trainings"][0]["architecture"]
    return f"Preset {record['subject']} ({architecture}): MNIST's test images read right while it trains"


def draw(record: Record, path: Path) -> None:
    lines = {
        f"seed {training['seed']}": (
            [point["seconds"] for point in training["curve"]],
            [100 * point["accuracy"] for point in training["curve"]],
        )
        for training in record["trainings"]
    }
    target = 100 * record["settings"]["target"]
    charts.curves(lines, path, title=title(record), axis="seconds of training", across="read right, %", level=target)


SHOWN = Shown(title, tables, sentences, draw)

if __name__ == "__main__":
    main()
