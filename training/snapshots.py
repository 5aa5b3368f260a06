"""What a job learns from, frozen as ids, labels and a hash, with a bound on what any one visitor adds to it.

Left out on purpose: whose labels are to be believed, since a reviewer accepted them and held-out visitors never train;
and the images of a snapshot, which are `snapshot_files.py`'s."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from recognizer import drawings, ink, submissions
from recognizer.models import Drawing, Membership, Room
from recognizer.storing import StorageAwayError, opened
from training import packing, visitor_cap
from training.data.dataset import NO_DIGIT
from training.models import Snapshot

logger = logging.getLogger(__name__)

# SQLite takes a bounded number of variables a statement, and a page of drawings is a short step between two looks at
# whether the job was cancelled.
PAGE = 250
# Of ids and labels alone
LISTED = 10_000


@dataclass(frozen=True, eq=False)
class Listed:
    """Drawings (n,) in the order of their ids: id, label and visitor of each."""

    ids: np.ndarray
    labels: np.ndarray
    visitors: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: np.ndarray) -> "Listed":
        return Listed(self.ids[index], self.labels[index], self.visitors[index])


@dataclass(frozen=True, eq=False)
class Selection:
    """What a snapshot is to hold, `most` drawings of any visitor (None: as many as there are), and how many more there
    were; of a room alone if there is one."""

    listed: Listed
    most: int | None
    left_out: int
    room: Room | None = None


def learnable(room: Room | None = None) -> QuerySet[Drawing]:
    """Drawings that may train: their label is accepted, and their visitor is not held out; of the site, or of a room
    alone. What measures a room's versions trains none of the site's either, with which those compete."""
    rows = Drawing.objects.with_accepted_label().real()
    if room is not None:
        return rows.filter(~_measures_its_room(), room=room)
    return counting_here(rows.filter(may_train()))


def may_train() -> Q:
    """Drawings of real people who measure neither the site's versions nor their room's."""
    return Q(Q(room=None) | ~_measures_its_room(), visitor__held_out=False, visitor__is_demo=False)


def held_out() -> QuerySet[Drawing]:
    """Drawings that measure: their label is accepted as a digit, and their visitor never trains."""
    return counting_here(Drawing.objects.accepted().real().filter(visitor__held_out=True))


def held_out_no_digits() -> QuerySet[Drawing]:
    """Drawings of the same visitors that were accepted to be no digit."""
    rows = Drawing.objects.with_accepted_label().real()
    return counting_here(rows.filter(label__digit__isnull=True, visitor__held_out=True))


def held_out_of(room: Room) -> QuerySet[Drawing]:
    """Drawings that measure a room's versions: of members who are held out there, accepted as a digit."""
    return Drawing.objects.accepted().real().filter(_measures_its_room(), room=room)


def counting_here(rows: QuerySet[Drawing]) -> QuerySet[Drawing]:
    """Without those that a teacher accepted for a room alone."""
    return rows if settings.ROOM_LABELS_TRAIN_SITE else rows.filter(label__by_room=False)


def _measures_its_room() -> Exists:
    members = Membership.objects.filter(room=OuterRef("room"), visitor=OuterRef("visitor"))
    return Exists(members.filter(held_out_at__isnull=False))


def freeze() -> Snapshot:
    """Keep which drawings may train now, with their digits, or NO_DIGIT for what was accepted to be none."""
    return keep(select())


def select(step: Callable[[int], None] = lambda done: None, *, room: Room | None = None) -> Selection:
    """What a snapshot of now would hold, of the site or of a room alone. It takes no lock, so that nobody waits for a
    long list to be read; `step` is told how many drawings were looked at, and may raise to stop it."""
    listed = _listed(learnable(room), step)
    _, of_each = np.unique(listed.visitors, return_counts=True)
    most = visitor_cap.most_of_each(
        of_each, share=settings.SNAPSHOT_VISITOR_SHARE, least=settings.SNAPSHOT_VISITOR_LEAST
    )
    taken = listed if most is None else listed[visitor_cap.chosen(listed.ids, listed.visitors, most)]
    return Selection(taken, most, len(listed) - len(taken), room)


def keep(selection: Selection) -> Snapshot:
    """Store a selection as a snapshot, in a short transaction. A drawing deleted since it was selected stays on the
    list and is never read."""
    listed = selection.listed
    packed = packing.records(listed.ids, listed.labels)
    with transaction.atomic():
        snapshot = Snapshot.objects.create(
            count=len(listed),
            visitors=len(np.unique(listed.visitors)),
            per_label=np.bincount(listed.labels, minlength=NO_DIGIT + 1).tolist(),
            visitor_most=selection.most,
            left_out=selection.left_out,
            room=selection.room,
            sha256=packing.sha256(packed[start : start + LISTED] for start in range(0, len(packed), LISTED)),
        )
        packing.store(snapshot, packed)
    return snapshot


def _listed(rows: QuerySet[Drawing], step: Callable[[int], None]) -> Listed:
    pages, last, done = [np.empty((0, 3), np.int64)], 0, 0
    values = rows.order_by("pk").values_list("pk", "label__digit", "visitor_id")
    while page := list(values.filter(pk__gt=last)[:LISTED]):
        pages.append(np.array([(pk, NO_DIGIT if digit is None else digit, who) for pk, digit, who in page], np.int64))
        last, done = page[-1][0], done + len(page)
        step(done)
    ids, labels, visitors = np.concatenate(pages).T
    return Listed(ids, labels.astype(np.uint8), visitors)


def pages(rows: QuerySet[Drawing]) -> Iterator[list[Drawing]]:
    """The drawings in the order of their ids, PAGE at a time, with label and prediction."""
    last = 0
    rows = rows.select_related("label", "prediction").order_by("pk")
    while page := list(rows.filter(pk__gt=last)[:PAGE]):
        yield page
        last = page[-1].pk


def readable(rows: Iterable[Drawing]) -> Iterator[tuple[Drawing, ink.Seen]]:
    """Each drawing with what a network sees of it today; one that cannot be read any more is logged and left out."""
    for drawing in rows:
        try:
            yield drawing, seen_now(drawing)
        except StorageAwayError:  # nothing is known of this one, and the next would be as long in coming
            raise
        except (ink.InkError, OSError) as error:
            logger.error("Drawing %s cannot be read and is left out: %s", drawing.pk, error)


def seen_now(drawing: Drawing) -> ink.Seen:
    """What a network sees of a stored drawing today: as it was stored, or made anew if the ink changed since."""
    if drawing.preprocessing_version == ink.PREPROCESSING_VERSION:
        prediction = getattr(drawing, "prediction", None)
        reason = prediction.reason if prediction and prediction.reason in (ink.EMPTY, ink.TOO_LITTLE_INK) else None
        return ink.Seen(drawings.seen_array(drawing), reason)
    if drawing.source == Drawing.Source.STROKES:
        return submissions.of_strokes(drawing.strokes, drawing.width, drawing.height).seen
    with opened(drawing.upload) as file:
        return submissions.of_upload(file.read()).seen
