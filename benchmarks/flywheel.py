"""Whether corrections help: writers play visitors, their drawings are corrected and learnt from, other writers measure.

    .venv/bin/python -m benchmarks.flywheel drawings.jsonl.gz --splits 3

For each split of the file's writers a fresh site is set up in a folder of its own. Two thirds of the writers' drawings
come in through `import_drawings`, as accepted; a fine-tuning of the live version and a retraining run as real jobs; the
writers who are left and MNIST's test set are measured before and after with `evaluate`. Left out on purpose: choosing
a version by what comes out."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from training.data import collections

from . import charts, common, machine
from .common import Record, Shown
from .tables import Table

NAME = "flywheel"
SHARE_OF_VISITORS = 2 / 3
MNIST = "mnist-test"
STAGES = ("before", "fine-tuned", "retrained")


def main(arguments: list[str] | None = None) -> None:
    parser = common.plain_parser(__doc__)
    parser.add_argument("drawings", type=Path, help="a file of labelled drawings that names their writers")
    parser.add_argument("--splits", type=common.positive, default=3, help="how often the writers are divided anew (3)")
    parser.add_argument("--retrain-epochs", type=common.positive, default=20, help="epochs of a retraining (20)")
    parser.add_argument("--retrain-preset", default="people", help="the retraining's preset (people)")
    parser.add_argument("--only", choices=STAGES[1:], help="leave the other kind of training out")
    options = parser.parse_args(arguments)
    settings = {
        "drawings": options.drawings.name,
        "splits": options.splits,
        "retrain": f"{options.retrain_preset}, {options.retrain_epochs} epochs",
    }
    begun = common.begin(NAME, "visitors", settings)
    common.finish(begun | {"splits": list(measure(options))}, SHOWN, options.output)


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    writers = sorted(
        {record.writer for record in collections.read(options.drawings)}, key=lambda name: (len(name), name)
    )
    if len(writers) < 3:
        raise SystemExit(f"{options.drawings.name} names {len(writers)} writers: at least 3 are needed")
    results = []
    for split in range(options.splits):
        order = np.random.default_rng([split, len(writers)]).permutation(len(writers))
        visitors = [writers[place] for place in order[: round(SHARE_OF_VISITORS * len(writers))]]
        others = [writer for writer in writers if writer not in visitors]
        with tempfile.TemporaryDirectory(prefix="flywheel-") as folder:
            results.append(one_split(Site(Path(folder)), options, visitors, others))
        print(json.dumps(results[-1]["accuracy"]), flush=True)
    return results


class Site:
    """A fresh site in a folder of its own, asked through its commands."""

    def __init__(self, folder: Path) -> None:
        self.environment = os.environ | {
            "DATA_DIR": str(folder),
            "HELD_OUT_EVERY": "0",
            "GENERATED_DIR": str(GENERATED),
        }
        self.ask("migrate", "--verbosity", "0", as_json=False)

    def ask(self, *arguments: object, as_json: bool = True) -> dict[str, Any]:
        """Run a command of the site, which is to succeed, and return what it answers."""
        command = [sys.executable, "manage.py", *map(str, arguments), *(["--json"] if as_json else [])]
        done = subprocess.run(
            command, cwd=machine.PROJECT_DIR, env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout) if as_json else {}


GENERATED = machine.PROJECT_DIR / "data" / "generated"


def one_split(site: Site, options: argparse.Namespace, visitors: list[str], others: list[str]) -> dict[str, Any]:
    drawings = options.drawings.resolve()

    def figures(version: int | None = None) -> dict[str, Any]:
        chosen = ["--model-version", version] if version else []
        return {
            "others": short(site.ask("evaluate", drawings, "--writers", ",".join(others), *chosen)),
            MNIST: short(site.ask("evaluate", MNIST, *chosen)),
        }

    accuracy = {"before": figures()}
    imported = site.ask("import_drawings", drawings, "--writers", ",".join(visitors), "--review", "accepted")
    if options.only != "retrained":
        accuracy["fine-tuned"] = figures(site.ask("train", "--recipe", "fine-tune")["model_version"])
    if options.only != "fine-tuned":
        retrain = ["--recipe", "retrain", "--preset", options.retrain_preset, "--epochs", options.retrain_epochs]
        accuracy["retrained"] = figures(site.ask("train", *retrain)["model_version"])
    return {"visitors": visitors, "others": others, "imported": imported, "accuracy": accuracy}


def short(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("n", "correct", "rejected", "accuracy")}


def mean(record: Record, stage: str, dataset: str) -> float | None:
    """Over the splits, in per cent; None for a stage that did not run."""
    shares = [split["accuracy"][stage][dataset]["accuracy"] for split in record["splits"] if stage in split["accuracy"]]
    return 100 * statistics.fmean(shares) if shares else None


def tables(record: Record) -> list[Table]:
    rows = []
    for stage in STAGES:
        if mean(record, stage, "others") is None:
            continue
        each = [f"{100 * split['accuracy'][stage]['others']['accuracy']:.2f}" for split in record["splits"]]
        change = mean(record, stage, MNIST) - mean(record, "before", MNIST)
        row = [f"{mean(record, stage, 'others'):.2f} %", ", ".join(each), f"{mean(record, stage, MNIST):.2f} %"]
        rows.append([stage, *row, f"{change:+.2f}"])
    return [Table(["", "unseen writers, mean", "each split", "MNIST's test set", "change, points"], rows)]


def draw(record: Record, path: Path) -> None:
    figure, axes = charts.canvas(4.2)
    stages = [stage for stage in STAGES if mean(record, stage, "others") is not None]
    for number, split in enumerate(record["splits"], start=1):
        colour, style = charts.STYLES[number % len(charts.STYLES)]
        shares = [100 * split["accuracy"][stage]["others"]["accuracy"] for stage in stages]
        axes.plot(stages, shares, color=colour, linestyle=style, marker="o", label=f"unseen writers, split {number}")
    axes.plot(stages, [mean(record, stage, MNIST) for stage in stages], color=charts.BLACK, marker="s", label=MNIST)
    axes.set_ylabel("read right, %")
    axes.legend(frameon=False, fontsize=9)
    charts.finish(figure, axes, path, title="Before and after learning from visitors' corrections", axis="")


SHOWN = Shown(
    title=lambda record: f"Corrections of visitors, {len(record['splits'])} splits of the writers",
    tables=tables,
    sentences=lambda record: [f"Retraining: {record['settings']['retrain']}."],
    draw=draw,
)

if __name__ == "__main__":
    main()
