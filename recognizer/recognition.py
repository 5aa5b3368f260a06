"""The live network of this process, and what it answers: a digit, or an honest reason for none.

It answers with the last good version while the live one's file is missing, not what was stored, or of a network for
other images, and says so in `problem()`. Which version is live is decided in `versions.py`."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.conf import settings
from django.db import DatabaseError

from recognizer import ink, versions
from recognizer.models import Deployment, ModelVersion
from recognizer.network import Network
from recognizer.network.folding import fold

logger = logging.getLogger(__name__)

NOT_A_DIGIT = "not_a_digit"
DIGITS = 10
MOST_STEPS_BACK = 100
KEPT_NETWORKS = 4  # the live one, the one before, and two that somebody compares


@dataclass(frozen=True)
class LiveModel:
    """A version with its network loaded; threads share it, since answering changes nothing in it."""

    number: int
    version_id: int
    network: Network

    @cached_property
    def answering(self) -> Network:
        """The network with all worked into its weights that is constant while it answers."""
        return fold(self.network)


@dataclass(frozen=True)
class Recognition:
    """`probabilities` of the digits 0 to 9, `confidence` the largest; `digit` is None exactly when there is a `reason`.

    `image` is what the network saw, uint8 (28, 28)."""

    digit: int | None
    confidence: float
    probabilities: list[float]
    reason: str | None
    model_version: int
    version_id: int
    image: np.ndarray


def recognise(seen: ink.Seen, model: LiveModel | None = None) -> Recognition:
    """Answer for what `ink` made of a drawing, with the live version unless another is given.

    Raises VersionError when there is no version at all to answer with."""
    return recognise_all([seen], model)[0]


def recognise_all(seen: Sequence[ink.Seen], model: LiveModel | None = None) -> list[Recognition]:
    """Answer for many drawings, each as `recognise` would: several times as fast as one by one."""
    model = model or live()
    images = np.array([one.image for one in seen], np.uint8).reshape(-1, 28, 28)  # (n, 28, 28)
    answers = model.answering.probabilities(images).tolist()  # n lists of 10 or 11
    return [_recognition(one, answer, model) for one, answer in zip(seen, answers, strict=True)]


def _recognition(seen: ink.Seen, answer: list[float], model: LiveModel) -> Recognition:
    no_digit = sum(answer[DIGITS:])  # the answer of a network that has learnt what no digit is; else 0
    # What may be no digit speaks for all of them alike: the sum stays 1, and doubt lowers the confidence. Of nothing at
    # all the network still has an opinion, which is not worth showing.
    share = no_digit / DIGITS
    probabilities = [0.0 if seen.reason == ink.EMPTY else round(value + share, 6) for value in answer[:DIGITS]]
    confidence = max(probabilities)
    doubtful = no_digit >= settings.NO_DIGIT_FROM or confidence < settings.MIN_CONFIDENCE
    reason = seen.reason or (NOT_A_DIGIT if doubtful else None)
    digit = None if reason else probabilities.index(confidence)
    return Recognition(digit, confidence, probabilities, reason, model.number, model.version_id, seen.image)


def live() -> LiveModel:
    """The version that answers now. Looks at most every LIVE_VERSION_TTL_SECONDS whether another one is live."""
    return _serving.model()


def for_version(version: ModelVersion) -> LiveModel:
    """Any version, with its network kept in memory. Raises VersionError when it cannot be loaded."""
    return LiveModel(version.number, version.pk, _networks.get(version))


def of_room(version: ModelVersion) -> LiveModel:
    """A room's own version, kept ready to answer in this process. Raises VersionError when it cannot be loaded, or was
    trained on other images."""
    versions.check_images(version)
    return _of_rooms.get(version)


def for_room(version: ModelVersion | None) -> LiveModel | None:
    """Who answers in a room: its own version, None for the live one, also where the room's cannot be loaded any more:
    an answer by another version is still better than none."""
    if version is None:
        return None
    try:
        return of_room(version)
    except versions.VersionError as error:
        logger.error("%s The live version answers in its room.", error)
        return None


def problem() -> str | None:
    """Why this process answers with another version than the live one, in a sentence; None if it does not."""
    return _serving.problem


def number_in_use() -> int | None:
    """The number of the version with which this process answers, without looking whether it still should."""
    return _serving.number


def forget() -> None:
    """Start again as a fresh process would, with nothing loaded."""
    _serving.clear()
    _networks.clear()
    _of_rooms.clear()


class _Networks:
    """The last few networks by the SHA-256 of their files: rows may change, content cannot."""

    def __init__(self) -> None:
        self._kept: dict[str, Network] = {}
        self._stamps: dict[str, object] = {}
        self._lock = threading.Lock()

    def get(self, version: ModelVersion) -> Network:
        with self._lock:
            network = self._kept.pop(version.sha256, None)
        return self._keep(version, network or versions.load(version).network)

    def get_checked(self, version: ModelVersion) -> Network:
        """The network, if the version's file is there and still what was stored: it is read again once it changed.

        What this process has in memory would do as well, but a fresh one could not answer with it, and all processes
        are to answer with the same version."""
        stamp = versions.stamp(version)
        if self._stamps.get(version.sha256) == stamp and version.sha256 in self._kept:
            return self.get(version)
        loaded = versions.load(version).network
        self._stamps[version.sha256] = stamp
        return self._keep(version, self._kept.get(version.sha256, loaded))

    def in_memory(self, version: ModelVersion) -> LiveModel | None:
        """The version if this process has loaded it before, whatever became of its file."""
        with self._lock:
            network = self._kept.get(version.sha256)
        return network and LiveModel(version.number, version.pk, network)

    def _keep(self, version: ModelVersion, network: Network) -> Network:
        with self._lock:
            self._kept[version.sha256] = network
            while len(self._kept) > KEPT_NETWORKS:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._stamps.pop(oldest, None)
        return network

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._stamps.clear()


class _OfRooms:
    """The versions that rooms were answered with last, by number and content, beside the site's few."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], LiveModel] = {}
        self._lock = threading.Lock()

    def get(self, version: ModelVersion) -> LiveModel:
        key = (version.number, version.sha256)
        with self._lock:
            model = self._kept.pop(key, None)
        model = model or LiveModel(version.number, version.pk, versions.load(version).network)
        with self._lock:
            self._kept[key] = model
            while len(self._kept) > settings.ROOM_VERSIONS_KEPT:
                del self._kept[next(iter(self._kept))]
        return model

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


class _Serving:
    """Which version this process answers with. One thread looks for a change while the others go on answering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._model: LiveModel | None = None
        self._looked_at = float("-inf")
        self.problem: str | None = None

    @property
    def number(self) -> int | None:
        return self._model and self._model.number

    def model(self) -> LiveModel:
        # Only who has nothing to answer with waits for the thread that looks.
        if not self._is_fresh() and self._lock.acquire(blocking=self._model is None):
            try:
                if not self._is_fresh():
                    self._look()
            finally:
                self._lock.release()
        return self._model

    def _is_fresh(self) -> bool:
        age_seconds = time.monotonic() - self._looked_at
        return self._model is not None and age_seconds < settings.LIVE_VERSION_TTL_SECONDS

    def _look(self) -> None:
        # Written before looking, so that a look that fails is not repeated by every request.
        self._looked_at = time.monotonic()
        try:
            # Once a process: an upgrade of the project may have brought new weights along.
            self._serve(versions.live_deployment() if self._model else versions.ensure_shipped())
        except DatabaseError as error:
            if self._model is None:
                raise
            self._note(f"The database does not say which version is live: {error}")

    def _serve(self, deployment: Deployment) -> None:
        try:
            self._answer_with(_checked(deployment.version))
            self._note(None)
        except versions.UnreachableError as error:
            # Nothing says that anything is wrong with the version, and asking for others would take as long again.
            at_hand = _networks.in_memory(deployment.version) or self._model or _shipped()
            if at_hand is None:
                raise
            self._answer_with(at_hand)
            self._note(str(error))
        except versions.VersionError as error:
            # Where nothing else loads either, what this process has in memory is still better than no answer.
            stand_in = next(self._stand_ins(deployment), self._model)
            if stand_in is None:
                raise
            self._answer_with(stand_in)
            self._note(str(error))

    def _answer_with(self, model: LiveModel) -> None:
        if self._model is None or self._model.network is not model.network or self._model.number != model.number:
            self._model = model

    def _stand_ins(self, deployment: Deployment) -> Iterator[LiveModel]:
        """What else could answer, the best first."""
        tried = {deployment.version_id}
        for version in _earned(deployment):
            if version.pk not in tried:
                tried.add(version.pk)
                try:
                    yield _checked(version)
                except versions.VersionError as error:
                    # Looked at every second; said once.
                    logger.log(logging.DEBUG if self.problem else logging.ERROR, "%s", error)

    def _note(self, problem: str | None) -> None:
        if problem and problem != self.problem:
            logger.error("%s Version %s goes on answering.", problem, self._model.number)
        self.problem = problem


def _checked(version: ModelVersion) -> LiveModel:
    """Raises VersionError also for one that was trained on other images: it would be sure of these, and wrong."""
    versions.check_images(version)
    return LiveModel(version.number, version.pk, _networks.get_checked(version))


def _shipped() -> LiveModel | None:
    """The newest shipped version, which a process that has just begun can read without the storage."""
    for version in ModelVersion.objects.filter(source=ModelVersion.Source.SHIPPED).order_by("-number"):
        with suppress(versions.VersionError):
            versions.check_images(version)
            return for_version(version)
    return None


def _earned(deployment: Deployment) -> Iterator[ModelVersion]:
    """Versions that may stand in: what roll-backs would return to, one after the other; what is shipped; and only then
    what somebody has rolled back from."""
    before = deployment.previous
    for _ in range(MOST_STEPS_BACK):
        if before is None:
            break
        yield before.version
        before = before.previous
    yield from ModelVersion.objects.filter(source=ModelVersion.Source.SHIPPED).order_by("-number")
    earlier = Deployment.objects.filter(pk__lt=deployment.pk, is_demo=False).select_related("version").order_by("-pk")
    yield from (row.version for row in earlier[:MOST_STEPS_BACK])


_networks = _Networks()
_of_rooms = _OfRooms()
_serving = _Serving()
