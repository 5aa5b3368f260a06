"""Contestants compared by images per second: the rounds, and the table, sentences and chart of their record.

Left out on purpose: what a contestant does, which its benchmark knows."""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import charts, common
from .common import Record
from .measuring import Contestant, Spread, interleave, ratios
from .operations import FLOPS_PER_MAC
from .peak import SIZE, Sgemm
from .tables import Table, number, span

OURS = "ours"
PEAK = "SGEMM"


def parser(doc: str, *, rounds: int, images: int) -> argparse.ArgumentParser:
    """Return a parser with the options of a comparison by images per second."""
    result = common.parser(doc, rounds=rounds)
    result.add_argument("--images", type=common.positive, default=images, help=f"of a contestant's round ({images})")
    result.add_argument("--peak-size", type=common.positive, default=SIZE, help=f"side of SGEMM's matrices ({SIZE})")
    return result


def measure(contestants: Sequence[Contestant], *, rounds: int, macs: int, peak: Sgemm) -> dict[str, Any]:
    """Let the contestants and the machine's peak take turns; return the part of a record that says what came out.

    `macs` are the multiply-accumulates that an image needs. The caller holds numpy's BLAS to one thread; PyTorch's
    threads are its own.
    """
    figures = interleave([*contestants, Contestant(PEAK, peak.run)], rounds)
    return {"macs_per_image": macs, "peak_flops": figures.pop(PEAK), "images_per_second": figures}


def table(record: Record) -> Table:
    """A row for each contestant; ratios are taken round by round, then the median and the range of them."""
    rounds = record["images_per_second"]
    rows = []
    for name, figures in rounds.items():
        spread, ratio = Spread.of(figures), Spread.of(ratios(rounds[OURS], figures))
        share = f"{100 * statistics.median(shares(record, name)):.1f} %"
        compared = ["", ""] if name == OURS else [number(ratio.median), span(ratio)]
        rows.append([name, number(spread.median), span(spread), *compared, share])
    return Table(["", "images/s", "range", "ours is times", "range", "of SGEMM's peak"], rows)


def shares(record: Record, name: str) -> list[float]:
    """Which share of the peak's operations per second a contestant's necessary ones are, round by round."""
    flops_per_image = FLOPS_PER_MAC * record["macs_per_image"]
    return [flops_per_image * one for one in ratios(record["images_per_second"][name], record["peak_flops"])]


def sentences(record: Record) -> list[str]:
    rounds = record["images_per_second"]
    share, peak = Spread.of(shares(record, OURS)), Spread.of(record["peak_flops"])
    said = [
        f"Ours reaches {100 * share.median:.1f} % of this machine's SGEMM peak ({100 * share.least:.1f} to "
        f"{100 * share.most:.1f} %; the peak is {peak.median / 1e9:.0f} GFLOP/s, {peak.least / 1e9:.0f} to "
        f"{peak.most / 1e9:.0f}), counting the {2 * record['macs_per_image']:,} operations that an image needs."
    ]
    if best := fastest([name for name in rounds if name != OURS], record):
        ratio = Spread.of(ratios(rounds[OURS], rounds[best]))
        said.append(f"Ours is {number(ratio.median)} times ({span(ratio)}) as fast as the best of PyTorch: {best}.")
    return said


def fastest(names: Sequence[str], record: Record) -> str | None:
    return max(names, key=lambda name: statistics.median(record["images_per_second"][name]), default=None)


def draw(record: Record, path: Path, title: str) -> None:
    rows = [
        charts.Bar(name, Spread.of(figures), is_ours=name == OURS)
        for name, figures in record["images_per_second"].items()
    ]
    charts.bars(rows, path, title=title, axis="images per second: median of the rounds, and their range")
