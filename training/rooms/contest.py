"""A room's own version against the live one: both read the drawings of members whom neither has met.

Read anew whenever drawings, labels or versions have changed, and remembered by each process until then. Left out on
purpose: deciding. Which version answers in the room is the teacher's word."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, QuerySet, Sum
from django.utils.translation import gettext as _

from recognizer import recognition
from recognizer.models import Drawing, ModelVersion, Room
from recognizer.recognition import LiveModel
from training import gate, snapshots, wilson
from training.paired import Paired
from training.rooms import learning, wall
from training.rooms.wall import Picture

KEPT = 64
MOST_FLIPS = 24
# Below it a difference is more than chance.
SIGNIFICANT = 0.05
OWN, LIVE = "candidate", "champion"


@dataclass(frozen=True)
class Side:
    """One of the two: `right` of `n`, with the 95 % interval of its share; `answers` in the room now."""

    name: str
    right: int
    n: int
    low: float
    high: float
    answers: bool


@dataclass(frozen=True)
class Flip:
    """A drawing that one of the two reads right and the other does not."""

    picture: Picture
    label: int
    own: int | None
    live: int | None


@dataclass(frozen=True)
class Contest:
    version: ModelVersion
    live: int
    paired: Paired
    sentence: str
    rows: list[Side]

    @property
    def p(self) -> str:
        return gate.p_words(self.paired.p)


def of(room: Room, version: ModelVersion) -> Contest:
    """What both make of the drawings that there are now. Raises VersionError if the room's cannot be loaded."""
    model, live = recognition.of_room(version), recognition.live()
    paired = _read(room, version, model, live)
    said = sentence(paired, version.number, live.number)
    return Contest(version, live.number, paired, said, _sides(room, paired, version, live))


def measuring(room: Room, version: ModelVersion) -> QuerySet[Drawing]:
    job = getattr(version, "job", None)
    made_at = job.snapshot.created_at if job and job.snapshot else version.created_at
    return learning.not_met(room, made_at)


def flips(room: Room, contest: Contest) -> dict[str, list[Flip]]:
    """As pictures: what the room's version `gained`, and what it `lost`; of those who agreed to be shown, since a
    contest is something to look at with the class."""
    kept = {name: getattr(contest.paired, name).kept for name in ("gained", "lost")}
    ids = [flip["id"] for some in kept.values() for flip in some]
    rows = wall.shown_to(room, None, is_teacher=False).filter(pk__in=ids).with_answers()
    pictures = {row.pk: wall.picture(row) for row in rows}
    return {name: [_flip(pictures, flip) for flip in some if flip["id"] in pictures] for name, some in kept.items()}


def sentence(paired: Paired, own: int, live: int) -> str:
    """Which is better, as far as can be told."""
    if not paired.n:
        return _("There is nothing to compare on yet: no member who measures has an accepted drawing of a digit.")
    more = paired.correct(OWN) - paired.correct(LIVE)
    if more == 0:
        words = _("Of %(n)d drawings by members whom neither has met, both read %(right)d right: none is better.")
    elif more > 0:
        words = _(
            "Of %(n)d drawings by members whom neither has met, %(count)d more are read right by version %(own)d."
        )
    else:
        words = _(
            "Of %(n)d drawings by members whom neither has met, %(count)d more are read right by version %(live)d."
        )
    said = {"n": paired.n, "own": own, "live": live, "count": abs(more), "right": paired.correct(OWN)}
    return " ".join(filter(None, [words % said, more and _how_sure(paired)]))


def _how_sure(paired: Paired) -> str:
    chance = _("These are too few to tell which is better (%(p)s).")
    words = _("That is more than chance (%(p)s).") if paired.p < SIGNIFICANT else chance
    return words % {"p": gate.p_words(paired.p)}


def _sides(room: Room, paired: Paired, version: ModelVersion, live: LiveModel) -> list[Side]:
    own_name = _("This room's own, version %(number)d") % {"number": version.number}
    live_name = _("The live one, version %(number)d") % {"number": live.number}
    names = ((OWN, own_name, room.version_id == version.pk), (LIVE, live_name, room.version_id is None))
    return [
        Side(name, paired.correct(side), paired.n, *wilson.interval(paired.correct(side), paired.n), answers)
        for side, name, answers in names
    ]


def _read(room: Room, version: ModelVersion, model: LiveModel, live: LiveModel) -> Paired:
    rows = measuring(room, version)
    newest = rows.aggregate(n=Count("pk"), at=Max("label__updated_at"), ids=Sum("pk"))
    key = (room.pk, version.pk, live.version_id, *newest.values())
    return _kept.made(key, lambda: _compared(rows, model, live))


def _compared(rows: QuerySet[Drawing], model: LiveModel, live: LiveModel) -> Paired:
    """Both answers, counted; of more drawings than ROOM_CONTEST_DRAWINGS the newest."""
    paired = Paired.empty("room", most_flips=MOST_FLIPS)
    some = rows.select_related("label", "prediction").order_by("-pk")[: settings.ROOM_CONTEST_DRAWINGS]
    found = list(snapshots.readable(some))
    if found:
        answers = [recognition.recognise_all([seen for _, seen in found], one) for one in (model, live)]
        for (drawing, _seen), own, theirs in zip(found, *answers, strict=True):
            paired.see(drawing.pk, drawing.label.digit, own, theirs)
    paired.gained.trim()
    paired.lost.trim()
    return paired


def _flip(pictures: dict[int, Picture], flip: dict[str, Any]) -> Flip:
    return Flip(pictures[flip["id"]], flip["label"], flip[OWN], flip[LIVE])


class _Kept:
    """The last few contests of this process, by what they were made of."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Paired] = {}
        self._lock = threading.Lock()

    def made(self, key: Hashable, make: Callable[[], Paired]) -> Paired:
        """The contest, held once: when a label is accepted, a whole class of open pages asks at the same moment."""
        if (known := self._found.get(key)) is None:
            with self._lock:
                known = self._found.get(key)
                if known is None:
                    known = self._found[key] = make()
                while len(self._found) > KEPT:
                    del self._found[next(iter(self._found))]
        return known

    def clear(self) -> None:
        with self._lock:
            self._found.clear()


_kept = _Kept()


def forget() -> None:
    """Start again as a fresh process would."""
    _kept.clear()
