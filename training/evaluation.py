"""How right a version is on a data set: every image goes the way that a visitor's drawing goes, thresholds included.

Left out on purpose: which version is better. Test images are read here and nowhere else, when all else is decided."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from recognizer import ink, recognition, submissions
from recognizer.models import Evaluation, ModelVersion
from recognizer.network import Network
from recognizer.network.weights import LoadedWeights
from recognizer.recognition import LiveModel
from training import snapshots, sources
from training.data import collections
from training.data.mnist import MnistError
from training.evaluate import Score, score

# How many images the network is shown at once, and so how often somebody may look whether to go on.
PAGE = 256

# What a network sees, and the digit that it should answer.
Example = tuple[ink.Seen, int]
# How much is done, of how much: images, or bytes of a file.
Progress = Callable[[int, int], object]
# Is told the answer, and the digit that it should be.
Watcher = Callable[[recognition.Recognition, int], object]


class EvaluationError(Exception):
    """Nothing can be measured on this data set; the message says why and what to do."""


@dataclass(frozen=True)
class Result:
    """A score with what it is of. `model_version` is None for weights that are no version."""

    dataset: str
    score: Score
    model_version: int | None
    architecture: str
    seconds: float
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The object that `manage.py evaluate --json` prints."""
        return {
            "dataset": self.dataset,
            **asdict(self.score),
            "accuracy": self.score.accuracy,
            "model_version": self.model_version,
            "architecture": self.architecture,
            "seconds": round(self.seconds, 3),
        }

    def as_provenance(self) -> dict[str, Any]:
        """The entry in a weights file's header, from which registering the version makes its Evaluation."""
        fields = {"dataset": self.dataset, **asdict(self.score), "seconds": round(self.seconds, 3)}
        return fields | {"created_at": self.created_at.isoformat()}


def evaluate(
    model: ModelVersion | LoadedWeights | Network,
    dataset: str,
    *,
    writers: Collection[str] | None = None,
    progress: Progress = lambda done, total: None,
    watch: Watcher = lambda answer, label: None,
) -> Result:
    """Measure on "mnist-test", on "drawings" (reviewed ones of held-out visitors) or on a file of drawings.

    `writers` picks those of a file. `progress` may raise to stop, and `watch` is told each answer. Raises
    EvaluationError, VersionError."""
    began = time.perf_counter()
    answering = _answering(model)
    answers, labels = [], []
    for page in _pages(_examples(dataset, writers, progress)):
        seen, digits = zip(*page, strict=True)
        for answer, label in zip(recognition.recognise_all(seen, answering), digits, strict=True):
            watch(answer, label)
            answers.append(answer.digit)
            labels.append(label)
    if not labels:
        raise EvaluationError(_nothing_in(dataset))
    return Result(
        dataset=_name(dataset),
        score=score(answers, labels),
        model_version=answering.number or None,
        architecture=answering.network.architecture.name,
        seconds=time.perf_counter() - began,
        created_at=timezone.now(),
    )


def record(version: ModelVersion, dataset: str, **options: Any) -> Evaluation:
    """Measure a version as `evaluate` does, and keep the figures. Raises EvaluationError, VersionError."""
    result = evaluate(version, dataset, **options)
    return Evaluation.objects.create(
        version=version,
        dataset=result.dataset,
        seconds=result.seconds,
        created_at=result.created_at,
        **asdict(result.score),
    )


def _answering(model: ModelVersion | LoadedWeights | Network) -> LiveModel:
    if isinstance(model, ModelVersion):
        return recognition.for_version(model)
    network = model.network if isinstance(model, LoadedWeights) else model
    return LiveModel(number=0, version_id=0, network=network)


def _name(dataset: str) -> str:
    """The data set's name: a file's is its own, without the folders of this machine."""
    return Path(dataset).name[:100]


def _examples(dataset: str, writers: Collection[str] | None, progress: Progress) -> Iterator[Example]:
    if dataset not in (Evaluation.MNIST_TEST, Evaluation.DRAWINGS):
        return _of_file(dataset, writers, progress)
    if writers is not None:
        raise EvaluationError(f"writers can be picked from a file, not from {dataset!r}: leave them out")
    return _of_mnist(progress) if dataset == Evaluation.MNIST_TEST else _of_drawings(progress)


def _of_mnist(progress: Progress) -> Iterator[Example]:
    try:
        test = sources.require_mnist().test
    except MnistError as error:
        raise EvaluationError(str(error)) from error
    for done, (image, label) in enumerate(zip(test.images, test.labels, strict=True), start=1):
        yield ink.Seen(image), int(label)
        if done % PAGE == 0:
            progress(done, len(test))


def _of_drawings(progress: Progress) -> Iterator[Example]:
    total, done = snapshots.held_out().count(), 0
    for page in snapshots.pages(snapshots.held_out()):
        for drawing, seen in snapshots.readable(page):
            yield seen, drawing.label.digit
        done += len(page)
        progress(done, total)


def _of_file(path: str, writers: Collection[str] | None, progress: Progress) -> Iterator[Example]:
    """A file's drawings whose label is a digit; the others say nothing about how right an answer is."""
    try:
        for drawing in collections.read(path, writers=writers, progress=progress):
            if drawing.digit is not None:
                yield _seen(drawing), drawing.digit
    except collections.CollectionError as error:
        raise EvaluationError(str(error)) from error


def _seen(drawing: collections.Record) -> ink.Seen:
    try:
        if drawing.gray is not None:
            return ink.read_ink(drawing.gray)
        if drawing.picture is not None:
            return submissions.of_upload(drawing.picture).seen
        return submissions.of_strokes(drawing.strokes, drawing.width, drawing.height).seen
    except ink.InkError as error:
        raise EvaluationError(f"{drawing.place}: {error.message}") from error


def _pages(examples: Iterable[Example]) -> Iterator[list[Example]]:
    page: list[Example] = []
    for example in examples:
        page.append(example)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _nothing_in(dataset: str) -> str:
    if dataset == Evaluation.DRAWINGS:
        return (
            "there are no reviewed drawings of held-out visitors yet: accept labels in the list of drawings, or import "
            "drawings with `manage.py import_drawings`"
        )
    return f"{dataset} has no drawing with a digit as its label"
