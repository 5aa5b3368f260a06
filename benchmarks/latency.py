"""How long one image takes, from pixels to probabilities: median and tail, against PyTorch in the same run.

    .venv/bin/python -m benchmarks.latency

The network is the one that serves: what can be folded into weights is, for both. Ours takes uint8, checks it and
converts it; PyTorch's tensor lies ready. Left out on purpose: the site around it (`store_drawings`), and images in
numbers (`bulk_inference`)."""

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from recognizer.network import Network

from . import charts, common, ours
from .common import Record, Shown
from .measuring import Contestant, Spread, interleave, latencies, ratios
from .tables import Table, number, span

NAME = "latency"
OURS = "ours, 1 thread"
# Name, layout, and whether the module is traced, frozen and optimised for inference.
MODES = (("eager", "eager", False), ("channels-last", "channels-last", False), ("TorchScript", "eager", True))
WARM_UP = 20


def main(arguments: list[str] | None = None) -> None:
    parser = common.parser(__doc__, rounds=20)
    parser.add_argument("--requests", type=common.positive, default=500, help="of a contestant's round (500)")
    options = parser.parse_args(arguments)
    torch = common.pytorch()
    for architecture in common.architectures(options):
        settings = {"rounds": options.rounds, "requests": options.requests}
        begun = common.begin(NAME, architecture, settings)
        common.finish(begun | measure(architecture, options, torch), SHOWN, options.output)


def measure(architecture: str, options: argparse.Namespace, torch: ModuleType | None) -> dict[str, Any]:
    """Let all answer in turns; return the part of a record that says what came out."""
    network = ours.served_network(architecture)
    image = ours.random_images(architecture, 1)
    contestants = [Contestant(OURS, lambda: round_of(ours.answers(network, image), options.requests))]
    if torch:
        contestants += theirs(network, image, options.requests, torch)
    with threadpool_limits(1, user_api="blas"):  # as in the site's processes
        return {"microseconds": interleave(contestants, options.rounds)}


def theirs(network: Network, image: np.ndarray, requests: int, torch: ModuleType) -> list[Contestant]:
    result = []
    for name, layout, traced in MODES:
        answer = torch.answers(network, image, layout=layout, batch=1, traced=traced)
        for threads in (1, 2):
            run = with_threads(answer, threads, requests, torch)
            result.append(Contestant(f"PyTorch {name}, {threads} thread{'s' * (threads > 1)}", run))
    return result


def with_threads(
    answer: Callable[[], object], threads: int, requests: int, torch: ModuleType
) -> Callable[[], dict[str, float]]:
    def run() -> dict[str, float]:
        torch.use_threads(threads)
        return round_of(answer, requests)

    return run


def round_of(answer: Callable[[], object], requests: int) -> dict[str, float]:
    """Return the percentiles of one round; a few answers before it do not count."""
    latencies(answer, WARM_UP)
    return latencies(answer, requests)


def of(record: Record, name: str, percentile: str) -> list[float]:
    """A contestant's percentile of each round."""
    return [figures[percentile] for figures in record["microseconds"][name]]


def tables(record: Record) -> list[Table]:
    """A row for each contestant: the medians of the rounds' percentiles; ratios are taken round by round."""
    rows = []
    for name in record["microseconds"]:
        medians = [number(statistics.median(of(record, name, percentile))) for percentile in ("p50", "p95", "p99")]
        ratio = Spread.of(ratios(of(record, name, "p50"), of(record, OURS, "p50")))
        compared = ["", ""] if name == OURS else [number(ratio.median), span(ratio)]
        rows.append([name, medians[0], span(Spread.of(of(record, name, "p50"))), *medians[1:], *compared])
    return [Table(["microseconds", "p50", "range", "p95", "p99", "times ours", "range"], rows)]


def sentences(record: Record) -> list[str]:
    others = [name for name in record["microseconds"] if name != OURS]
    if not others:
        return []
    best = min(others, key=lambda name: statistics.median(of(record, name, "p50")))
    ratio = Spread.of(ratios(of(record, best, "p50"), of(record, OURS, "p50")))
    return [f"The best of PyTorch, {best}, takes {number(ratio.median)} times ({span(ratio)}) as long as ours."]


def title(record: Record) -> str:
    return f"One image with {record['subject']}"


def draw(record: Record, path: Path) -> None:
    rows = [
        charts.Bar(
            name,
            Spread.of(of(record, name, "p50")),
            is_ours=name == OURS,
            marks={percentile: statistics.median(of(record, name, percentile)) for percentile in ("p95", "p99")},
        )
        for name in record["microseconds"]
    ]
    charts.bars(rows, path, title=title(record), axis="microseconds: median of the rounds' p50, and its range")


SHOWN = Shown(title, tables, sentences, draw)

if __name__ == "__main__":
    main()
