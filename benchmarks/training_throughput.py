"""Images per second of whole steps of training, against PyTorch in the same run.

    .venv/bin/python -m benchmarks.training_throughput --architecture lenet-5x5 --profile

Ours is `training.fit` without augmentation: batches are gathered and converted, the loss is checked, Adam takes its
step. PyTorch works on batches that lie ready. Left out on purpose: reaching an accuracy, which is
`time_to_accuracy`'s."""

import argparse
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

from threadpoolctl import threadpool_limits

from recognizer.network import ARCHITECTURES

from . import common, operations, ours, products, rates
from .common import Record, Shown
from .measuring import Contestant
from .peak import Sgemm
from .tables import Table

NAME = "training_throughput"
BATCH = 128
BATCHES = (32, 64, 128, 256, 512)


def main(arguments: list[str] | None = None) -> None:
    parser = rates.parser(__doc__, rounds=15, images=5120)
    parser.add_argument("--profile", action="store_true", help="say how much of the time is inside of matrix products")
    options = parser.parse_args(arguments)
    torch = common.pytorch()
    for architecture in common.architectures(options):
        settings = {"rounds": options.rounds, "images": options.images, "batch": BATCH, "threads": ours.THREADS}
        begun = common.begin(NAME, architecture, settings)
        common.finish(begun | measure(architecture, options, torch), SHOWN, options.output)


def measure(architecture: str, options: argparse.Namespace, torch: ModuleType | None) -> dict[str, Any]:
    """Let all train in turns; return the part of a record that says what came out."""
    macs = operations.count(ARCHITECTURES[architecture]).training
    steps = steps_of(options.images, BATCH)
    peak = Sgemm(threads=ours.THREADS, size=options.peak_size)
    training = ours.Training(architecture, batch=BATCH, steps=steps)
    # Around all that `fit` does: it holds BLAS to one thread itself, and gives back at its end what it found.
    with threadpool_limits(1, user_api="blas"), closing(training):
        contestants = [Contestant(rates.OURS, training.run)]
        if torch:
            contestants += theirs(architecture, options.images, torch)
        found = rates.measure(contestants, rounds=options.rounds, macs=macs, peak=peak)
        if options.profile:
            found["profile"] = products.profile(training.take, steps=steps, batch=BATCH, threads=ours.THREADS)
    return found


def theirs(architecture: str, images: int, torch: ModuleType) -> list[Contestant]:
    """PyTorch as it comes, then channels-last with every batch size; all work on as many images in a round."""
    network = ours.fresh_network(architecture)
    result = []
    for layout, batch in [("eager", BATCH), *(("channels-last", batch) for batch in BATCHES)]:
        training = torch.Training(
            network, batch=batch, layout=layout, steps=steps_of(images, batch), threads=ours.THREADS
        )
        result.append(Contestant(f"PyTorch {layout}, batch {batch}", training.run))
    return result


def steps_of(images: int, batch: int) -> int:
    return max(1, round(images / batch))


def title(record: Record) -> str:
    return f"Training {record['subject']}, {record['settings']['threads']} threads, ours with batch {BATCH}"


def tables(record: Record) -> list[Table]:
    return [rates.table(record), *([products.table_of(record["profile"])] if "profile" in record else [])]


def sentences(record: Record) -> list[str]:
    profile = [products.in_words(record["profile"], record["macs_per_image"])] if "profile" in record else []
    return rates.sentences(record) + profile


def draw(record: Record, path: Path) -> None:
    rates.draw(record, path, title(record))


SHOWN = Shown(title, tables, sentences, draw)

if __name__ == "__main__":
    main()
