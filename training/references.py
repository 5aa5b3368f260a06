"""Digits that are known, laid out as the live network sees them: MNIST's and those of accepted drawings.

Whoever wants to know what a drawing is like asks here which known ones lie near it. Kept in memory for each process:
MNIST's for each version, drawings' looked up anew every REFERENCE_SECONDS, when the network sees those alone that are
new. Left out on purpose: downloading MNIST; where it is not at hand, the drawings are all there is."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from recognizer import recognition
from recognizer.models import Drawing
from recognizer.recognition import LiveModel
from training import snapshots, sources
from training.data import mnist
from training.data.dataset import NO_DIGIT
from training.fading import Fading

logger = logging.getLogger(__name__)

NOBODY = 0  # the visitor of MNIST's digits
SEED = 0
# SQLite takes a bounded number of variables a statement.
PAGE = 500


@dataclass(frozen=True, eq=False)
class Known:
    """n digits: `features` float32 (n, f) of length 1, `labels` uint8 (n,) with NO_DIGIT for none, `visitors` and
    `drawings` int64 (n,), NOBODY and 0 for MNIST's, `since` float64 (n,) in seconds, when they were accepted (0 for
    MNIST's), and `images` uint8 (n, 28, 28)."""

    features: np.ndarray
    labels: np.ndarray
    visitors: np.ndarray
    drawings: np.ndarray
    since: np.ndarray
    images: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_mnist(self) -> np.ndarray:
        return self.visitors == NOBODY

    def nearness(self, features: np.ndarray) -> np.ndarray:
        """The cosine between each of `features` (m, f) and each of these, (m, n): 1 for the same direction."""
        return features @ self.features.T


def known(model: LiveModel | None = None) -> Known:
    """All known digits as the live version sees them."""
    return _kept.get(model or recognition.live())


def features_of(model: LiveModel, images: np.ndarray) -> np.ndarray:
    """What a version makes of images (n, 28, 28) before it decides, float32 (n, f), each of length 1."""
    found = model.answering.features(images)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def forget() -> None:
    """Start again as a fresh process would."""
    _kept.clear()


def forget_drawings() -> None:
    """Start with this site's drawings again as a fresh process would."""
    _kept.forget_drawings()


class _Kept:
    """The known digits of the version that was asked for last: one thread works them out, and others wait for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fading = Fading(self._fade)
        self.clear()

    def clear(self) -> None:
        self._key, self._until, self._mnist, self._drawings, self._known = None, 0.0, None, None, None

    def get(self, model: LiveModel) -> Known:
        directory = sources.mnist_directory()
        key = (model.version_id, directory, settings.REFERENCE_IMAGES, settings.REFERENCE_DRAWINGS)
        with self._lock:
            if key != self._key:
                self._mnist, self._drawings = _of_mnist(model, directory) if directory else None, None
            if key != self._key or time.monotonic() > self._until:
                self._drawings = _of_drawings(model, self._drawings)
                self._known = _joined([part for part in (self._mnist, self._drawings) if part])
                self._key, self._until = key, time.monotonic() + settings.REFERENCE_SECONDS
            self._fading.used()
            return self._known

    def _fade(self) -> bool:
        """Forget the drawings, unless they were looked up lately; return whether they are forgotten."""
        with self._lock:
            if time.monotonic() <= self._until:
                return False
            self._drawings, self._known = None, None
        return True

    def forget_drawings(self) -> None:
        with self._lock:
            self._drawings, self._known, self._until = None, None, 0.0


_kept = _Kept()


def _of_mnist(model: LiveModel, directory: Path) -> Known | None:
    """Some of MNIST's training images, the same each time."""
    try:
        train = mnist.Mnist(directory).train
    except mnist.MnistError as error:
        logger.warning("Labels are valued without MNIST: %s", error)
        return None
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(train))[: settings.REFERENCE_IMAGES])
    images, nobody = np.asarray(train.images[chosen]), np.zeros(len(chosen), np.int64)
    return Known(
        features_of(model, images), train.labels[chosen].astype(np.uint8), nobody, nobody, np.zeros(len(chosen)), images
    )


def _of_drawings(model: LiveModel, before: Known | None) -> Known | None:
    """The newest accepted drawings that nobody has hidden; `before` is what was found last, by the same version."""
    rows = snapshots.counting_here(Drawing.objects.real().with_accepted_label()).order_by("-pk")
    fields = ("pk", "visitor_id", "label__digit", "label__reviewed_at")
    found = list(rows.values_list(*fields)[: settings.REFERENCE_DRAWINGS])
    features, images = _seen(model, [pk for pk, *_ in found], before)
    found = [row for row in found if row[0] in images]
    if not found:
        return None
    ids, visitors, digits, reviewed = zip(*found, strict=True)
    return Known(
        features=np.stack([features[pk] for pk in ids]),
        labels=np.array([NO_DIGIT if digit is None else digit for digit in digits], np.uint8),
        visitors=np.array(visitors, np.int64),
        drawings=np.array(ids, np.int64),
        since=np.array([moment.timestamp() for moment in reviewed]),
        images=np.stack([images[pk] for pk in ids]),
    )


def _seen(model: LiveModel, ids: list[int], before: Known | None) -> tuple[dict[int, Any], dict[int, Any]]:
    """Features and images by the drawings' keys: an image never changes, so what was seen `before` is taken over."""
    places = {int(pk): place for place, pk in enumerate(before.drawings)} if before else {}
    features = {pk: before.features[places[pk]] for pk in ids if pk in places}
    images = {pk: before.images[places[pk]] for pk in ids if pk in places}
    new = [pk for pk in ids if pk not in places]
    for start in range(0, len(new), PAGE):
        rows = Drawing.objects.filter(pk__in=new[start : start + PAGE]).values_list("pk", "seen")
        page = {pk: np.frombuffer(bytes(seen), np.uint8).reshape(28, 28) for pk, seen in rows}
        if page:
            images |= page
            features |= zip(page, features_of(model, np.stack(list(page.values()))), strict=True)
    return features, images


def _joined(parts: list[Known]) -> Known:
    if not parts:
        none = np.empty(0, np.int64)
        return Known(
            np.empty((0, 1), np.float32),
            none.astype(np.uint8),
            none,
            none,
            np.empty(0),
            np.empty((0, 28, 28), np.uint8),
        )
    names = Known.__dataclass_fields__
    return Known(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
