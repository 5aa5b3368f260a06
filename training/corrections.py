"""How many corrections a version learnt, and how many of them it reads right now: counted when somebody asks.

A correction is a drawing whose label is another than the answer it got. Left out on purpose: keeping the figures. They
are of what the version has seen, and say nothing of how well it reads what is new."""

from dataclasses import dataclass

from django.conf import settings

from recognizer import recognition
from recognizer.models import Drawing, ModelVersion
from training import listed, readings, snapshots
from training.data.dataset import NO_DIGIT
from training.models import Snapshot


@dataclass(frozen=True)
class Corrections:
    """Of `looked_at` listed drawings `gone` are deleted and `count` are corrections; of these `right` are read right
    now, and `wrong` are not."""

    looked_at: int
    gone: int
    count: int
    right: int
    wrong: list[tuple[Drawing, readings.Reading]]

    @property
    def share(self) -> float | None:
        return self.right / self.count if self.count else None


def count(version: ModelVersion, snapshot: Snapshot) -> Corrections:
    """Read the corrections among READINGS_AT_ONCE drawings from all over the list. Raises VersionError when the version
    cannot be asked."""
    model = recognition.for_version(version)
    labels = dict(listed.spread(snapshot, settings.READINGS_AT_ONCE))
    ids, there, found, wrong = list(labels), 0, 0, []
    for start in range(0, len(ids), snapshots.PAGE):
        rows = list(Drawing.objects.filter(pk__in=ids[start : start + snapshots.PAGE]).with_answers().order_by("pk"))
        there += len(rows)
        corrected = [row for row in rows if row.prediction.digit != as_digit(labels[row.pk])]
        for pk, reading in (read := readings.of(model, corrected)).items():
            found += 1
            if reading.digit != as_digit(labels[pk]):
                wrong.append(next((row, read[pk]) for row in corrected if row.pk == pk))
    return Corrections(len(ids), len(ids) - there, found, found - len(wrong), wrong)


def as_digit(label: int) -> int | None:
    """The digit that a snapshot's label stands for; None for "no digit"."""
    return None if label == NO_DIGIT else label
