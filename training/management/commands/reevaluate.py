"""Measures versions on data sets, in chunks that all workers share."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recognizer import versions
from recognizer.models import Evaluation, ModelVersion
from training import frozen, helping, measurements, tasks
from training.management.console import ConsoleCommand, percent
from training.management.options import version_numbered, whole_number
from training.models import Measurement

BAD = (Measurement.State.FAILED, Measurement.State.CANCELLED)


class Command(ConsoleCommand):
    help = (
        "Measure versions anew on MNIST's test set, the held-out drawings and every yardstick. The workers do it, in "
        "chunks; with --wait this command counts beside them, and says what came of it."
    )

    def add_options(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "versions", metavar="VERSION", nargs="*", type=whole_number, default=[], help="by default the live one"
        )
        which.add_argument("--all", action="store_true", help="every version whose weights are kept")
        parser.add_argument(
            "--dataset",
            metavar="D",
            action="append",
            help="mnist-test, drawings or a yardstick; by default all",
        )
        parser.add_argument("--wait", action="store_true", help="until it is done, and count meanwhile")

    def work(
        self, *, versions: list[int], all: bool, dataset: list[str] | None, wait: bool, **options: Any
    ) -> dict[str, Any]:
        chosen = _versions(versions, all)
        names = dataset or _measurable()
        if not names:
            raise CommandError("There is nothing to measure on: run `manage.py fetch_mnist`, or import a yardstick.")
        made = [measurements.start(version, name) for version in chosen for name in names]
        ids = [measurement.pk for measurement in made]
        if wait:
            with self.bar("measuring", unit="drawings") as bar:
                made = helping.until_over(ids, bar.to)
        elif not tasks.ring_measurements(measurements.next_to_begin()):
            self.complain("The broker does not answer: what is to be measured waits until it is back.")
        return {"measurements": [_row(measurement) for measurement in made]}

    def exit_status(self, answer: dict[str, Any]) -> int:
        return int(any(row["state"] in BAD for row in answer["measurements"]))

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        for row in answer["measurements"]:
            what = f"version {row['model_version']} on {row['dataset']}"
            if row["state"] == Measurement.State.SUCCEEDED:
                yield f"{what}: {percent(row['accuracy'])} right, {row['correct']:,} of {row['n']:,}"
            else:
                yield f"{what}: {row['state']}. {row['message']}".rstrip()


def _versions(numbers: list[int], every: bool) -> list[ModelVersion]:
    if every:
        versions.live_deployment()  # on an empty database, the shipped version comes to be here
        return list(ModelVersion.objects.of_the_site().filter(weights_removed_at=None).order_by("number"))
    if numbers:
        return [version_numbered(number) for number in numbers]
    return [versions.live_deployment().version]


def _measurable() -> list[str]:
    """All data sets, without the held-out drawings where there are none yet."""
    return [name for name in measurements.datasets() if name != Evaluation.DRAWINGS or frozen.last_id()]


def _row(measurement: Measurement) -> dict[str, Any]:
    """How far it has come, ready for JSON."""
    evaluation = measurement.evaluation
    return {
        "id": measurement.pk,
        "model_version": measurement.version.number,
        "dataset": measurement.dataset,
        "state": measurement.state,
        "message": measurement.message,
        "done": measurement.done,
        "total": measurement.total,
        "chunks_done": measurement.chunks_done,
        "chunks": measurement.chunks,
        "n": evaluation and evaluation.n,
        "correct": evaluation and evaluation.correct,
        "accuracy": evaluation and evaluation.accuracy,
    }
