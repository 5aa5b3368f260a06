"""How right a version is on a data set: every image goes the way that a visitor's drawing goes, thresholds included.

Left out on purpose: which version is better. Test images are read here and nowhere else, when all else is decided."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from recognizer import ink, recognition
from recognizer.models import Evaluation, ModelVersion
from recognizer.network import Network
from recognizer.network.weights import LoadedWeights
from recognizer.recognition import LiveModel
from training import frozen, records, sources, yardsticks
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
    """A score with what it is of. `model_version` is None for weights that are no version, `meant` empty for a file."""

    dataset: str
    score: Score
    model_version: int | None
    architecture: str
    seconds: float
    created_at: datetime
    meant: dict[str, Any] = field(default_factory=dict)

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
        return fields | {"meant": self.meant, "created_at": self.created_at.isoformat()}


def evaluate(
    model: ModelVersion | LoadedWeights | Network,
    dataset: str,
    *,
    writers: Collection[str] | None = None,
    progress: Progress = lambda done, total: None,
    watch: Watcher = lambda answer, label: None,
) -> Result:
    """Measure on "mnist-test", on "drawings" (reviewed ones of held-out visitors), on a yardstick by its name or on a
    file of drawings.

    `writers` picks those of a yardstick or a file. `progress` may raise to stop, and `watch` is told each answer.
    Raises EvaluationError, VersionError."""
    began = time.perf_counter()
    answering = _answering(model)
    answers, labels, meant = [], [], {}
    for page in _pages(_examples(dataset, writers, progress, meant)):
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
        meant=meant,
    )


def record(version: ModelVersion, dataset: str, **options: Any) -> Evaluation:
    """Measure a version as `evaluate` does, and keep the figures. Raises EvaluationError, VersionError."""
    result = evaluate(version, dataset, **options)
    return Evaluation.objects.create(
        version=version,
        dataset=result.dataset,
        meant=result.meant,
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


def _examples(
    dataset: str, writers: Collection[str] | None, progress: Progress, meant: dict[str, Any]
) -> Iterator[Example]:
    """The images with their digits; `meant` is told which they were, once they are through."""
    if dataset not in (Evaluation.MNIST_TEST, Evaluation.DRAWINGS):
        if not dataset.lower().endswith(collections.SUFFIXES) and yardsticks.is_known(dataset):
            return _of_yardstick(dataset, writers, progress, meant)
        return _of_file(dataset, writers, progress)
    if writers is not None:
        raise EvaluationError(f"writers can be picked from a file, not from {dataset!r}: leave them out")
    return _of_mnist(progress, meant) if dataset == Evaluation.MNIST_TEST else _of_drawings(progress, meant)


def _of_mnist(progress: Progress, meant: dict[str, Any]) -> Iterator[Example]:
    try:
        test = sources.require_mnist().test
    except MnistError as error:
        raise EvaluationError(str(error)) from error
    for done, (image, label) in enumerate(zip(test.images, test.labels, strict=True), start=1):
        yield ink.Seen(image), int(label)
        if done % PAGE == 0:
            progress(done, len(test))
    meant |= frozen.of_images(test)


def _of_drawings(progress: Progress, meant: dict[str, Any]) -> Iterator[Example]:
    until, last_id = timezone.now(), frozen.last_id()
    rows = frozen.held_out(last_id=last_id, reviewed_until=until)
    total, done, counted = rows.count(), 0, frozen.ListSum()
    for page in frozen.read_drawings(rows, counted):
        yield from ((seen, digit) for _, seen, digit in page)
        done += len(page)
        progress(done, total)
    meant |= frozen.of_drawings(counted.hex(), last_id=last_id, reviewed_until=until)


def _of_yardstick(
    name: str, writers: Collection[str] | None, progress: Progress, meant: dict[str, Any]
) -> Iterator[Example]:
    try:
        yardstick = yardsticks.ready(name)
        wanted = None if writers is None else yardsticks.numbers(yardstick, writers)
        done = 0
        for page in yardsticks.read(yardstick):
            done += len(page)
            yield from yardsticks.examples(page if wanted is None else page[np.isin(page["writer"], wanted)])
            progress(done, yardstick.count)
    except yardsticks.YardstickError as error:
        raise EvaluationError(str(error)) from error
    meant |= {"images": yardstick.sha256} | ({} if writers is None else {"writers": sorted(writers)})


def _of_file(path: str, writers: Collection[str] | None, progress: Progress) -> Iterator[Example]:
    """A file's drawings whose label is a digit; the others say nothing about how right an answer is."""
    try:
        for drawing in collections.read(path, writers=writers, progress=progress):
            if drawing.digit is not None:
                yield records.seen(drawing), drawing.digit
    except collections.CollectionError as error:
        known = "" if path.lower().endswith(collections.SUFFIXES) else f"; nor is it one of {yardsticks.listed()}"
        raise EvaluationError(f"{error}{known}") from error


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
