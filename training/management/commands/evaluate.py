"""Measures how right a version is on a data set."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recognizer import versions
from recognizer.models import Evaluation
from recognizer.network import weights
from training import evaluation, sources
from training.data.collections import SUFFIXES
from training.management.bars import BYTES
from training.management.console import ConsoleCommand, percent
from training.management.options import add_version, names, version_numbered
from training.management.pictures import check_png, write_png
from training.mistakes import MOST, Worst


class Command(ConsoleCommand):
    help = (
        "Measure a version: on MNIST's test set (mnist-test), on the reviewed drawings of visitors who are held out "
        "from training (drawings), on an imported yardstick by its name, or on a .jsonl, .jsonl.gz or .npz "
        "file. A rejected drawing counts as not correct."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "dataset", metavar="DATASET", help="mnist-test, drawings, a yardstick, or a file of drawings"
        )
        which = parser.add_mutually_exclusive_group()
        add_version(which, "--model-version", metavar="N", help="the version to measure; by default the live one")
        which.add_argument("--weights", metavar="FILE", type=Path, help="measure a weights file instead")
        parser.add_argument(
            "--writers", metavar="A,B,..", type=names, help="only their drawings, of a yardstick or file"
        )
        parser.add_argument(
            "--mistakes", metavar="FILE.png", type=Path, help=f"the {MOST} worst mistakes as a contact sheet"
        )

    def work(
        self,
        *,
        dataset: str,
        model_version: int | None,
        weights: Path | None,
        writers: list[str] | None,
        mistakes: Path | None,
        **options: Any,
    ) -> dict[str, Any]:
        if mistakes is not None:
            check_png(mistakes)
        worst = Worst()
        model = _model(model_version, weights)
        is_file = dataset.lower().endswith(SUFFIXES)
        with self.bar(f"reading {Path(dataset).name}", unit=BYTES if is_file else "drawings") as bar:
            if dataset == Evaluation.MNIST_TEST:
                sources.require_mnist(bar.note)
            answer = evaluation.evaluate(model, dataset, writers=writers, progress=bar.to, watch=worst.see).as_json()
        if mistakes is None:
            return answer
        write_png(worst.sheet(), mistakes)
        return answer | {"mistakes": str(mistakes)}

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        number = answer["model_version"]
        yield f"{f'version {number}' if number else 'the weights'} ({answer['architecture']}) on {answer['dataset']}:"
        yield f"{percent(answer['accuracy'])} right: {answer['correct']:,} of {answer['n']:,}"
        yield f"{answer['rejected']:,} rejected as no digit, {answer['seconds']:.1f} s"
        yield ""
        yield "digit    right   answers 0 to 9"
        for digit, (share, counts) in enumerate(zip(answer["per_digit"], answer["confusion"], strict=True)):
            yield f"{digit:5} {percent(share):>8}   {' '.join(f'{count:4}' for count in counts)}"
        if "mistakes" in answer:
            yield ""
            yield f"The worst mistakes: {answer['mistakes']}"


def _model(number: int | None, path: Path | None) -> Any:
    if path is not None:
        return weights.load(path)
    return versions.live_deployment().version if number is None else version_numbered(number)
