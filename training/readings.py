"""What a version reads in a stored drawing right now: the network is run, and what it said is remembered.

Weights and drawings never change, so that a reading holds for good; each process keeps its latest ones for a while,
and none for good, since drawings are deleted. Left out on
purpose: writing them down. What a version answered when the drawing was submitted is its prediction."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from recognizer import ink, recognition
from recognizer.models import Drawing
from recognizer.recognition import LiveModel
from recognizer.words import percent
from training import snapshots
from training.fading import Fading

Key = tuple[int, int, int, float, float]


@dataclass(frozen=True)
class Reading:
    """`digit` is None for "no digit"."""

    digit: int | None
    confidence: float

    def __str__(self) -> str:
        return _("no digit") if self.digit is None else f"{self.digit}, {percent_of_certainty(self.confidence)}"


def of(model: LiveModel, drawings: Sequence[Drawing]) -> dict[int, Reading]:
    """What the model reads in each of these drawings, which have their predictions with them; one that cannot be read
    any more is left out."""
    known = {drawing.pk: _kept.get(_key(model, drawing)) for drawing in drawings}
    pairs = list(snapshots.readable(drawing for drawing in drawings if known[drawing.pk] is None))
    answers = recognition.recognise_all([seen for _, seen in pairs], model) if pairs else []
    for (drawing, _seen), answer in zip(pairs, answers, strict=True):
        known[drawing.pk] = Reading(answer.digit, answer.confidence)
        _kept.put(_key(model, drawing), known[drawing.pk])
    return {pk: reading for pk, reading in known.items() if reading is not None}


def percent_of_certainty(share: float) -> str:
    """As the pages have it: no network is certain, so that nothing reads as 100."""
    return "> 99 %" if share > 0.995 else percent(share, 0)


def forget() -> None:
    """Start again as a fresh process would."""
    _kept.clear()


def _key(model: LiveModel, drawing: Drawing) -> Key:
    limits = settings.MIN_CONFIDENCE, settings.NO_DIGIT_FROM
    return model.version_id, drawing.pk, ink.PREPROCESSING_VERSION, *limits


class _Kept:
    """The readings that were asked for last."""

    def __init__(self) -> None:
        self._readings: dict[Key, Reading] = {}
        self._lock = threading.Lock()
        self._fading = Fading(self.clear)

    def get(self, key: Key) -> Reading | None:
        with self._lock:
            reading = self._readings.pop(key, None)
            if reading is not None:
                self._readings[key] = reading
            return reading

    def put(self, key: Key, reading: Reading) -> None:
        with self._lock:
            self._readings[key] = reading
            self._fading.used()
            while len(self._readings) > settings.READINGS_KEPT:
                del self._readings[next(iter(self._readings))]

    def clear(self) -> bool:
        with self._lock:
            self._readings.clear()
        return True


_kept = _Kept()
