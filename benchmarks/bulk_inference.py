"""Images per second of answering ten thousand images, against PyTorch at its best batch size in the same run.

    .venv/bin/python -m benchmarks.bulk_inference

The network is the one that serves: what can be folded into weights is, for both. Ours takes the images as they are
stored, uint8; PyTorch's lie ready as float32. Left out on purpose: single images, which are `latency`'s."""

import argparse
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from recognizer.network import Network

from . import common, operations, ours, rates
from .common import Record, Shown
from .measuring import Contestant, rate
from .peak import Sgemm
from .tables import Table

NAME = "bulk_inference"
LAYOUTS = ("eager", "channels-last")
BATCHES = (64, 128, 256, 512, 1000, 2000)


def main(arguments: list[str] | None = None) -> None:
    options = rates.parser(__doc__, rounds=9, images=10_000).parse_args(arguments)
    torch = common.pytorch()
    for architecture in common.architectures(options):
        settings = {"rounds": options.rounds, "images": options.images, "threads": ours.THREADS}
        begun = common.begin(NAME, architecture, settings)
        common.finish(begun | measure(architecture, options, torch), SHOWN, options.output)


def measure(architecture: str, options: argparse.Namespace, torch: ModuleType | None) -> dict[str, Any]:
    """Let all answer in turns; return the part of a record that says what came out."""
    network = ours.served_network(architecture)
    images = ours.random_images(architecture, options.images)
    answer = ours.answers(network, images, threads=ours.THREADS)
    contestants = [Contestant(rates.OURS, lambda: rate(answer, len(images)))]
    if torch:
        contestants += [theirs(network, images, layout, batch, torch) for layout in LAYOUTS for batch in BATCHES]
    macs = operations.count(network.architecture).forward
    peak = Sgemm(threads=ours.THREADS, size=options.peak_size)
    with threadpool_limits(1, user_api="blas"):  # as in the site's processes
        return rates.measure(contestants, rounds=options.rounds, macs=macs, peak=peak)


def theirs(network: Network, images: np.ndarray, layout: str, batch: int, torch: ModuleType) -> Contestant:
    answer = torch.answers(network, images, layout=layout, batch=batch)

    def run() -> float:
        torch.use_threads(ours.THREADS)
        return rate(answer, len(images))

    return Contestant(f"PyTorch {layout}, batch {batch}", run)


def title(record: Record) -> str:
    settings = record["settings"]
    return f"Answering {settings['images']:,} images with {record['subject']}, {settings['threads']} threads"


def tables(record: Record) -> list[Table]:
    return [rates.table(record)]


def draw(record: Record, path: Path) -> None:
    rates.draw(record, path, title(record))


SHOWN = Shown(title, tables, rates.sentences, draw)

if __name__ == "__main__":
    main()
