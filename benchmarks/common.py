"""What the benchmarks' commands share: their options, and how a result is shown and kept.

A result is a record: what was measured, on what, and the figures of every round. Table and chart are made from the
record alone, so that anybody can make them again. Left out on purpose: the measuring itself."""

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from recognizer.network import ARCHITECTURES

from . import machine
from .tables import Table

RESULTS_DIR = Path(__file__).resolve().parent / "results"
NO_TORCH = (
    "PyTorch is not installed, so that ours is measured alone. To compare: "
    ".venv/bin/python -m pip install -r requirements-benchmarks.txt"
)

BUSY_SHARE = 0.05
BUSY = (
    "Something else uses this machine. That slows PyTorch more than ours, since its threads wait for each other many "
    "times a step: do not publish what comes out."
)

Record = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """How the records of a benchmark are shown: functions of the record; `draw` writes the chart to a path."""

    title: Callable[[Record], str]
    tables: Callable[[Record], list[Table]]
    sentences: Callable[[Record], list[str]]
    draw: Callable[[Record, Path], None]


def parser(doc: str, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser with the options that the comparisons have in common."""
    result = plain_parser(doc)
    result.add_argument(
        "--architecture", choices=ARCHITECTURES, action="append", help="may be repeated; all, unless it is given"
    )
    result.add_argument("--rounds", type=positive, default=rounds, help=f"how often each takes its turn ({rounds})")
    return result


def plain_parser(doc: str) -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(description=doc.partition("\n")[0])
    result.add_argument("--output", type=Path, default=RESULTS_DIR, help="folder of the JSON files and charts")
    return result


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"it must be at least 1, not {value}")
    return value


def architectures(options: argparse.Namespace) -> list[str]:
    return options.architecture or list(ARCHITECTURES)


def pytorch() -> ModuleType | None:
    """Return the contestants in PyTorch; None, having said how to install it, where there is none."""
    if importlib.util.find_spec("torch") is None:
        print(NO_TORCH, file=sys.stderr)
        return None
    from . import pytorch

    return pytorch


def begin(benchmark: str, subject: str, settings: dict[str, Any]) -> Record:
    """Return the part of a record that is known before measuring; `subject` is what is measured, by name."""
    described = machine.description()
    if (described["busy_before"] or 0) > BUSY_SHARE:
        print(BUSY, file=sys.stderr)
    return {"benchmark": benchmark, "subject": subject, "machine": described, "settings": settings}


def name_of(record: Record) -> str:
    """The name of a record's files, without their suffix."""
    return f"{record['benchmark']}-{record['subject']}"


def finish(record: Record, shown: Shown, folder: Path) -> None:
    """Print a record's tables, and write it and its chart into the folder."""
    print(f"\n{text(record, shown)}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name_of(record)}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    shown.draw(record, path.with_suffix(".png"))
    print(f"\nwritten: {path} and {path.with_suffix('.png').name}")


def text(record: Record, shown: Shown) -> str:
    parts = [shown.title(record), *(table.text() for table in shown.tables(record)), *shown.sentences(record)]
    return "\n\n".join([*parts, machine.in_words(record["machine"])])
