"""Reads the same images with two versions, as the site would answer for them: MNIST's test set, held-out drawings, and
those of them that are no digit.

Images come page by page, and only counts stay (`paired.py`). Left out on purpose: keeping the outcome
(`comparisons.py`), and the judgement (`gate.py`)."""

import hashlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings

from recognizer import ink, recognition
from recognizer.models import Evaluation, ModelVersion
from recognizer.recognition import LiveModel
from training import snapshots, sources
from training.data.dataset import Dataset
from training.data.mnist import MnistError
from training.evaluation import EvaluationError
from training.paired import SIDES, Paired

# How many images are read at once, and so how often somebody may look whether to go on.
PAGE = 256

# The drawing's id or the image's place in MNIST's test set, what a network sees of it, its digit.
Example = tuple[int, ink.Seen, int]
# How many images are read, of how many.
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Compared:
    """`pairs` has a Paired for each data set; `latency_ms` is the median for one image, by side; `no_digits` how many
    drawings are known to be no digit ("n"), and of how many each side says so."""

    pairs: list[Paired]
    latency_ms: dict[str, float]
    no_digits: dict[str, int] = field(default_factory=lambda: {"n": 0, **dict.fromkeys(SIDES, 0)})

    def as_json(self) -> dict[str, Any]:
        pairs = [paired.as_json() for paired in self.pairs]
        return {"pairs": pairs, "latency_ms": self.latency_ms, "no_digits": self.no_digits}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Compared":
        later = {name: kept[name] for name in ("no_digits",) if name in kept}
        return cls([Paired.from_json(paired) for paired in kept["pairs"]], kept["latency_ms"], **later)


def compare(
    candidate: ModelVersion,
    champion: ModelVersion,
    *,
    progress: Progress = lambda done, total: None,
    step: Callable[[str], object] = lambda words: None,
    clock: Callable[[], float] = time.perf_counter,
) -> Compared:
    """Let both read everything that measures; a data set without images is in the result with none.

    `progress` is told at every page how many images are read; `step` what happens while MNIST is downloaded. Both may
    raise to stop. Raises VersionError, EvaluationError."""
    models = (recognition.for_version(candidate), recognition.for_version(champion))
    try:
        test = sources.require_mnist(step).test
    except MnistError as error:
        raise EvaluationError(str(error)) from error
    held_out = snapshots.held_out().count()
    total = len(test) + held_out + snapshots.held_out_no_digits().count()
    progress(0, total)
    mnist = _mnist(test.images, test.labels)
    pairs = [
        _read(Evaluation.MNIST_TEST, mnist, models, lambda done: progress(done, total)),
        _read(Evaluation.DRAWINGS, _drawings(), models, lambda done: progress(len(test) + done, total)),
    ]
    no_digits = _rejected(models, lambda done: progress(sum(paired.n for paired in pairs) + done, total))
    images = test.images[: settings.COMPARE_LATENCY_IMAGES]
    return Compared(pairs, dict(zip(SIDES, latencies_ms(models, images, clock=clock), strict=True)), no_digits)


def _read(
    dataset: str, examples: Iterator[Example], models: tuple[LiveModel, LiveModel], tell: Callable[[int], object]
) -> Paired:
    paired, digest = Paired.empty(dataset, most_flips=settings.COMPARE_MOST_FLIPS), hashlib.sha256()
    for page in _pages(examples):
        keys, seen, labels = zip(*page, strict=True)
        answers = [recognition.recognise_all(seen, model) for model in models]
        for key, one, label, candidate, champion in zip(keys, seen, labels, *answers, strict=True):
            paired.see(key, label, candidate, champion)
            digest.update(_identity(key, label, one.image))
        paired.highest_id = max(keys)
        tell(paired.n)
    paired.sha256 = digest.hexdigest()
    return paired


def _rejected(models: tuple[LiveModel, LiveModel], tell: Callable[[int], object]) -> dict[str, int]:
    """How many held-out drawings are known to be no digit, and of how many each says so. Told, not judged."""
    found = {"n": 0, **dict.fromkeys(SIDES, 0)}
    for page in snapshots.pages(snapshots.held_out_no_digits()):
        seen = [one for _, one in snapshots.readable(page)]
        for side, model in zip(SIDES, models, strict=True):
            found[side] += sum(answer.digit is None for answer in recognition.recognise_all(seen, model))
        found["n"] += len(seen)
        tell(found["n"])
    return found


def sha256_of_mnist(test: Dataset) -> str:
    """What a comparison that reads these images keeps as their SHA-256."""
    digest = hashlib.sha256()
    for key, seen, label in _mnist(test.images, test.labels):
        digest.update(_identity(key, label, seen.image))
    return digest.hexdigest()


def _identity(key: int, label: int, image: np.ndarray) -> bytes:
    return f"{key}:{label}:".encode() + image.tobytes()


def latencies_ms(
    models: tuple[LiveModel, ...], images: np.ndarray, *, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The median time for one image (of n, 28, 28) by each model, in turns, so that a busy moment strikes all alike."""
    times: list[list[float]] = [[] for _ in models]
    for model in models:
        recognition.recognise(ink.Seen(images[0]), model)  # the first answer packs the weights
    for image in images:
        for model, taken in zip(models, times, strict=True):
            began = clock()
            recognition.recognise(ink.Seen(image), model)
            taken.append(1000 * (clock() - began))
    return [round(statistics.median(taken), 4) for taken in times]


def _mnist(images: np.ndarray, labels: np.ndarray) -> Iterator[Example]:
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield place, ink.Seen(image), int(label)


def _drawings() -> Iterator[Example]:
    """Those that measure, by their ids; what can no longer be read is left out, for both alike."""
    for page in snapshots.pages(snapshots.held_out()):
        for drawing, seen in snapshots.readable(page):
            yield drawing.pk, seen, drawing.label.digit


def _pages(examples: Iterator[Example]) -> Iterator[list[Example]]:
    page: list[Example] = []
    for example in examples:
        page.append(example)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
