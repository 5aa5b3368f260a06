"""Trains a version in this process, and shows how it goes."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from recognizer import versions
from recognizer.models import Evaluation
from recognizer.network.architectures import ARCHITECTURES
from training import comparisons, foreground, gated, presets, recipes
from training.fit import BatchResult, EpochResult
from training.management.bars import Bar, Plain
from training.management.console import ConsoleCommand, percent
from training.management.options import add_version, count, version_numbered, whole_number
from training.models import TrainingJob

Kind = TrainingJob.Kind
ARCHITECTURE = "lenet-5x5"
# What a job's settings are called here; those that are not given are the recipe's.
SETTINGS = ("epochs", "batch_size", "learning_rate")


class Command(ConsoleCommand):
    help = (
        "Train a version on MNIST (fetched if it is missing), on MNIST with accepted drawings, or on from another "
        "version. Its weights and its curves of loss and accuracy are written as files too. Ctrl-C cancels."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--preset", metavar="NAME", default="",
            help=" ".join(f"{preset.name}: {preset.words}" for preset in presets.PRESETS.values()).replace("%", "%%")
            + " Other options change it.",
        )  # fmt: skip
        parser.add_argument(
            "--architecture", metavar="NAME", help=f"{', '.join(ARCHITECTURES)} (default: {ARCHITECTURE})"
        )
        parser.add_argument(
            "--recipe", metavar="NAME", help=f"{', '.join(Kind.values)} (default: scratch; with --base: fine-tune)"
        )
        parser.add_argument("--epochs", metavar="N", type=int, help="how often each image is learnt from")
        parser.add_argument("--batch-size", metavar="N", type=int)
        parser.add_argument("--learning-rate", metavar="X", type=float, help="the largest step size of the schedule")
        parser.add_argument("--seed", metavar="N", type=int, default=0, help="the same seed gives the same weights")
        add_version(parser, "--base", metavar="VERSION", help="what fine-tune starts from (default: the live version)")
        parser.add_argument("--mnist-images", metavar="N", type=whole_number, help="learn from the first N only")
        parser.add_argument(
            "--generated-images", metavar="N", type=count,
            help="how many images the project draws to learn from (default: what the version had that this builds on)",
        )  # fmt: skip
        parser.add_argument("--note", metavar="TEXT", default="", help="kept with the job")
        parser.add_argument(
            "--output", metavar="DIR|FILE", type=Path, help="where to write the weights, and the curves beside them"
        )
        parser.add_argument(
            "--promote", action="store_true", help="make the version live when it is trained, if the gate lets it"
        )
        parser.add_argument(
            "--override", metavar="REASON", default="", help="with --promote: why it goes live also if the gate says no"
        )

    def work(self, *, output: Path | None, promote: bool, override: str, **options: Any) -> dict[str, Any]:
        if override and not promote:
            raise CommandError("--override says why a version goes live: give it with --promote, or leave it out.")
        output = output or Path(settings.TRAIN_OUTPUT_DIR)
        _check_writable(output)
        with suppress(versions.VersionError):  # the very first weights are trained where none are shipped
            versions.live_deployment()
        with self.bar("getting ready", unit="batches") as bar, quiet_worker():
            job = foreground.train(observe=Watch(bar), **_request(**options))
        weights, curves = foreground.output_paths(output, f"version-{job.version.number}")
        foreground.write_outputs(job, weights, curves)
        refused = self._promote(job, override) if promote else ""
        files = {"weights": str(weights), "curves": str(curves)}
        return _answer(job, promoted=promote and not refused) | files | {"refused": refused or None}

    def _promote(self, job: TrainingJob, override: str) -> str:
        """Why the version did not go live; nothing if it did."""
        reason = override or f"Trained with --promote, job {job.pk}."
        try:
            with self.bar("comparing it with the live version", unit="images") as bar:
                gated.promote(job.version, reason=reason, override=override, progress=bar.to)
        except (versions.VersionError, comparisons.ComparisonError) as error:
            return str(error)
        return ""

    def exit_status(self, answer: dict[str, Any]) -> int:
        return 1 if answer["refused"] else 0

    def lines(self, answer: dict[str, Any]) -> Iterable[str]:
        live = ", live now" if answer["promoted"] else ""
        yield f"Version {answer['model_version']} ({answer['architecture']}), {answer['seconds']:.0f} s{live}."
        for dataset, figures in answer["evaluations"].items():
            yield f"{dataset}: {percent(figures['accuracy'])} right, {figures['correct']:,} of {figures['n']:,}."
        yield f"Weights: {answer['weights']}"
        yield f"Curves: {answer['curves']}"
        yield f"SHA-256 of the parameters: {answer['parameters_sha256']}"
        if answer["refused"]:
            again = f"manage.py promote {answer['model_version']} --override REASON"
            yield f"Not promoted: {answer['refused']} `{again}` makes it live all the same."


class Watch:
    """Shows a training's events on a bar."""

    def __init__(self, bar: Bar | Plain) -> None:
        self._bar = bar

    def __call__(self, event: foreground.Event) -> None:
        if isinstance(event, BatchResult):
            self._batch(event)
        elif isinstance(event, EpochResult):
            self._epoch(event)
        else:
            self._bar.note(event.rstrip("."))

    def _batch(self, result: BatchResult) -> None:
        self._epochs = result.epochs
        self._bar.doing(f"epoch {result.epoch} of {result.epochs}")
        self._bar.to(
            (result.epoch - 1) * result.batches + result.batch,
            result.epochs * result.batches,
            loss=f"{result.loss:.4f}",
            accuracy=percent(result.accuracy),
            speed=f"{result.images_per_second:,.0f} images/s",
        )

    def _epoch(self, result: EpochResult) -> None:
        self._bar.say(
            f"epoch {result.epoch} of {self._epochs}: loss {result.train_loss:.4f}, {percent(result.train_accuracy)} "
            f"right; on validation {result.validation_loss:.4f}, {percent(result.validation_accuracy)}; "
            f"{result.seconds:.1f} s"
        )


@contextmanager
def quiet_worker() -> Iterator[None]:
    """A worker logs why a job failed, with its traceback; here the command says it, and the job's row keeps it."""
    logger = logging.getLogger("training.worker")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _request(
    *, preset: str, recipe: str | None, architecture: str | None, base: int | None, seed: int,
    mnist_images: int | None, generated_images: int | None, note: str, **options: Any,
) -> dict[str, Any]:  # fmt: skip
    """What `jobs.start` asks for."""
    kind = recipe or (Kind.FINE_TUNE.value if base else Kind.SCRATCH.value)
    if kind not in Kind.values:
        raise CommandError(f"There is no recipe {kind!r}; known are: {', '.join(Kind.values)}.")
    fine_tunes = kind == Kind.FINE_TUNE
    usual = recipes.defaults(kind)
    if preset:
        usual |= _preset(preset).fields
        architecture = architecture or usual["architecture"]
        mnist_images = mnist_images or usual["mnist_images"]
        generated_images = usual["generated_images"] if generated_images is None else generated_images
    if architecture is None and not fine_tunes:
        architecture = ARCHITECTURE
    given = {name: options[name] for name in SETTINGS if options[name] is not None}
    return usual | given | {
        "kind": kind,
        "preset": preset,
        "architecture": architecture,
        "base": version_numbered(base) if base else versions.live_deployment().version if fine_tunes else None,
        "seed": seed,
        "mnist_images": mnist_images,
        "generated_images": generated_images,
        "note": note,
    }  # fmt: skip


def _preset(name: str) -> presets.Preset:
    try:
        return presets.find(name)
    except presets.UnknownPreset as error:
        raise CommandError(f"{str(error).capitalize()}.") from None


def _check_writable(output: Path) -> None:
    """Before hours of work, not behind them. Raises CommandError, OSError."""
    folder = output.parent if output.suffix == ".safetensors" else output
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandError(f"{folder} cannot be written to: choose another folder with --output.")


def _answer(job: TrainingJob, *, promoted: bool) -> dict[str, Any]:
    version = job.version
    return {
        "job": job.pk,
        "model_version": version.number,
        "architecture": version.architecture,
        "recipe": job.kind,
        "preset": job.preset or None,
        "seed": job.seed,
        "settings": {name: getattr(job, name) for name in SETTINGS},
        "promoted": promoted,
        "evaluations": {row.dataset: _figures(row) for row in version.evaluations.order_by("pk")},
        "sha256": version.sha256,
        "parameters_sha256": version.provenance["parameters_sha256"],
        "seconds": round((job.finished_at - job.started_at).total_seconds(), 3),
    }


def _figures(row: Evaluation) -> dict[str, Any]:
    return {"n": row.n, "correct": row.correct, "rejected": row.rejected, "accuracy": row.accuracy}
