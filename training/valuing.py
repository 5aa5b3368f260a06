"""How much each label that awaits review deserves a look: how wrong it seems beside known digits, and how rare it is.

A label is judged by digits of other people alone: by the live network, which never learns from what nobody reviewed,
and by the nearest known digits, its visitor's own left out. docs/reviewing.md has the formula. Left out on purpose:
deciding anything. The queue's order is all that follows from it."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import override

from recognizer import priority, recognition, versions, voices
from recognizer.ink import Seen
from recognizer.models import Label
from recognizer.priority import RARITY, Value
from recognizer.recognition import LiveModel, Recognition
from recognizer.voices import Voices
from recognizer.words import percent
from training import references
from training.data.dataset import NO_DIGIT
from training.references import Known

logger = logging.getLogger(__name__)

# Labels that are valued at a stretch; the nearness to all known digits is an array of so many rows.
PAGE = 200
NEIGHBOURS = 15
# Fewer known digits than this say nothing.
LEAST_KNOWN = 100
# Fewer of the claim than this can be no majority of the neighbours, however right it is: MNIST has nothing that is no
# digit. Such a claim is left to the network.
LEAST_ALIKE = NEIGHBOURS // 2 + 1
# As much as one known digit as near as can be for each claim, so that no share is 0 or 1
PRIOR = 0.5
# Share of the known digits' own distances above which a style is called rare in words
RARE = 0.95
DISTANCES_FROM = 1000


@dataclass(frozen=True, eq=False)
class Judge:
    """What labels are valued by: the network, the known digits, and how far known digits are from each other,
    float (n,) in order."""

    model: LiveModel
    known: Known
    distances: np.ndarray

    @classmethod
    def of_now(cls) -> "Judge | None":
        """None where too little is known to say more than the claim and the answer do."""
        model = recognition.live()
        known = references.known(model)
        if len(known) >= LEAST_KNOWN:
            return cls(model, known, _own_distances(known))
        logger.info("Labels keep their first value: %s digits are known, and it takes %s.", len(known), LEAST_KNOWN)
        return None


def value_some(limit: int | None = None) -> int:
    """Value labels that are due, for VALUE_BUDGET_SECONDS and the page that was begun by then; return how many.

    A label that was changed or decided on meanwhile keeps what it has."""
    until = time.monotonic() + settings.VALUE_BUDGET_SECONDS
    ids = list(due().values_list("pk", flat=True)[: settings.VALUE_AT_ONCE if limit is None else limit])
    judge = Judge.of_now() if ids else None
    if judge is None:
        return 0
    count = 0
    for page in _pages(ids):
        labels = list(Label.objects.filter(pk__in=page).select_related("drawing"))
        said = voices.of([label.pk for label in labels])
        for label, value in zip(labels, values(judge, labels), strict=True):
            count += _keep(label, value, said[label.pk])
        if time.monotonic() >= until:
            break
    return count


def due() -> QuerySet[Label]:
    """Labels that await review and a value: those that never had one first, then those whose value is by another
    version than the live one or from before much was learnt, the oldest first."""
    waiting = Label.objects.filter(state=Label.State.UNREVIEWED, drawing__hidden_as="")
    if not waiting.exists():  # what is known takes seconds to work out
        return waiting.none()
    since = max(filter(None, [versions.live_deployment().started_at, _grown_since()]))
    waiting = waiting.filter(Q(valued_at=None) | Q(valued_at__lt=since))
    return waiting.order_by(F("valued_at").asc(nulls_first=True), "-priority", "pk")


def _grown_since() -> datetime | None:
    """Before this moment VALUE_GROWTH of the known digits were not known yet; None if all but fewer always were."""
    since = references.known().since
    many = max(1, round(settings.VALUE_GROWTH * len(since)))
    moment = np.sort(since)[-many] if many <= len(since) else 0.0
    return datetime.fromtimestamp(moment, UTC) if moment else None


def values(judge: Judge, labels: list[Label]) -> list[Value]:
    """The value of each label, whose drawings are at hand."""
    images = np.stack([np.frombuffer(bytes(label.drawing.seen), np.uint8).reshape(28, 28) for label in labels])
    answers = recognition.recognise_all([Seen(image, None) for image in images], judge.model)
    nearness = judge.known.nearness(references.features_of(judge.model, images))  # (labels, known)
    return [_value(judge, label, answer, near) for label, answer, near in zip(labels, answers, nearness, strict=True)]


@override("en")  # a row keeps it; `told` translates it
def _value(judge: Judge, label: Label, answer: Recognition, nearness: np.ndarray) -> Value:
    others = judge.known.visitors != label.drawing.visitor_id
    near, labels = nearness[others], judge.known.labels[others]
    claim = NO_DIGIT if label.digit is None else label.digit
    if np.count_nonzero(labels == claim) < LEAST_ALIKE:
        first = priority.at_first(label.digit, answer)
        return Value(first.priority, [*first.doubts, f"too few of others are known as {_words(claim)} to compare with"])
    believed, majority, share = like_minded(near, labels, claim)
    suspicion = 1 - (believed + priority.share_of(label.digit, answer)) / 2
    rarity = _rarity(judge, near[labels == claim])
    doubts = priority.doubts(label.digit, answer)
    if majority != claim and share > 0.5:
        doubts.append(f"{percent(share, 0)} of the most similar known drawings are {_words(majority)}")
    if rarity > RARE:
        doubts.append(f"unlike what others draw as {_words(claim)}")
    return Value(round(suspicion + RARITY * rarity, 6), doubts)


def like_minded(nearness: np.ndarray, labels: np.ndarray, claim: int) -> tuple[float, int, float]:
    """What the nearest known digits say: the share of the claim, and which label has most, with its share.

    They count by how near they are, above those that are not among them."""
    count = min(NEIGHBOURS, len(nearness) - 1)
    if count < 1:
        return 0.5, claim, 0.0
    nearest = np.argpartition(-nearness, count)[: count + 1]
    nearest = nearest[np.argsort(-nearness[nearest], kind="stable")]
    weights = np.maximum(nearness[nearest[:count]] - nearness[nearest[count]], 0) + 1e-6
    votes = np.bincount(labels[nearest[:count]], weights / weights.max(), minlength=NO_DIGIT + 1)
    total = votes.sum()
    most = int(votes.argmax())
    return float((votes[claim] + PRIOR / 2) / (total + PRIOR)), most, float(votes[most] / total)


def _rarity(judge: Judge, same: np.ndarray) -> float:
    """The share of known digits that lie nearer to one of their label than this one does; 1 where there is none."""
    if not len(same):
        return 1.0
    return float(np.searchsorted(judge.distances, 1 - same.max()) / max(len(judge.distances), 1))


def _own_distances(known: Known) -> np.ndarray:
    """For some of the known digits, how far the nearest of the same label is that somebody else drew; in order."""
    places = np.linspace(0, len(known) - 1, min(len(known), DISTANCES_FROM)).round().astype(int)
    found = []
    for page in _pages(places.tolist()):
        nearness = known.nearness(known.features[page])
        same = known.labels[page][:, None] == known.labels
        itself = np.array(page)[:, None] == np.arange(len(known))
        theirs = (known.visitors[page][:, None] == known.visitors) & (known.visitors != references.NOBODY)
        found.append(1 - np.where(same & ~itself & ~theirs, nearness, -1.0).max(axis=1))
    return np.sort(np.concatenate(found))


def _keep(label: Label, value: Value, said: Voices) -> int:
    as_seen = Label.objects.filter(pk=label.pk, state=Label.State.UNREVIEWED, digit=label.digit)
    as_seen = as_seen.filter(priority=label.priority)  # votes may have raised it meanwhile
    whole = value.priority + said.priority(label.digit)
    doubts = list(filter(None, [said.doubt(label.digit), *value.doubts]))
    return as_seen.update(priority=whole, doubts=doubts, valued_at=timezone.now())


def _words(label: int) -> str:
    return "not a digit" if label == NO_DIGIT else str(label)


def _pages(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))
