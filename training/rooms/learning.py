"""A version of a room's own: the live one, fine-tuned on the room's accepted drawings but for those that measure.

The split goes by member: what measures is of people whom the version has not met. Left out on purpose: the training,
which is a job like any other on the same queue."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import versions
from recognizer.models import Drawing, Membership, Room
from recognizer.rooms.members import RoomError
from training import jobs, recipes, snapshots
from training.models import TrainingJob

FINE_TUNE = TrainingJob.Kind.FINE_TUNE


@dataclass(frozen=True)
class Readiness:
    """Whether a room can train a version now; `problem` says what is missing, empty if nothing is.

    `members` have accepted drawings, of which `drawings` train and `measuring` measure."""

    members: int
    drawings: int
    measuring: int
    today: int
    job: TrainingJob | None
    problem: str


def readiness(room: Room) -> Readiness:
    """What a training of now would learn from, and measure on. It changes nothing: `start` settles who measures."""
    training, measuring = _counts(room)
    if chosen := _to_be_held_out(room, training, measuring):
        measuring[chosen.visitor_id] = training.pop(chosen.visitor_id)
    known = Readiness(
        members=len(training) + len(measuring),
        drawings=sum(training.values()),
        measuring=sum(measuring.values()),
        today=room.jobs.filter(created_at__gte=timezone.now() - timedelta(days=1)).count(),
        job=TrainingJob.objects.unfinished().filter(room=room).first(),
        problem="",
    )
    return replace(known, problem=_problem(known))


def _problem(known: Readiness) -> str:
    if known.job:
        return _("The room trains a version already: wait until it is done, or cancel it.")
    if known.today >= settings.ROOM_TRAININGS_A_DAY:
        words = _("The room has trained %(count)d times within a day, which is as often as it may. Try again later.")
        return words % {"count": known.today}
    least_members, least_drawings = settings.ROOM_TRAIN_MEMBERS, settings.ROOM_TRAIN_DRAWINGS
    if known.members >= least_members and known.drawings >= least_drawings and known.measuring:
        return ""
    return _(
        "A version needs at least %(least_members)d members with accepted drawings, and %(least_drawings)d accepted "
        "drawings to learn from beside those that measure. So far there are %(members)d members and %(drawings)d "
        "drawings: accept more labels."
    ) % {
        "least_members": least_members,
        "least_drawings": least_drawings,
        "members": known.members,
        "drawings": known.drawings,
    }


def start(room: Room, *, by: AbstractBaseUser | None = None) -> TrainingJob:
    """Queue the training of a version; whoever calls this rings. Raises RoomError, JobError."""
    try:
        with transaction.atomic():
            if not Room.objects.there().select_for_update().filter(pk=room.pk).exists():
                raise RoomError(_("This room was deleted meanwhile."))
            settle_split(room)
            if problem := readiness(room).problem:
                raise RoomError(problem)
            return _start(room, by)
    except IntegrityError as error:  # somebody pressed at the same moment
        raise RoomError(_("The room trains a version already: wait until it is done, or cancel it.")) from error


def _start(room: Room, by: AbstractBaseUser | None) -> TrainingJob:
    base = versions.live_deployment().version
    return jobs.start(
        kind=FINE_TUNE,
        architecture=None,
        base=base,
        seed=room.jobs.count() + 1,
        note=f"For room {room.pk}",
        room=room,
        by=by,
        **recipes.defaults(FINE_TUNE),
    )


def settle_split(room: Room) -> None:
    """See to it that somebody measures."""
    if chosen := _to_be_held_out(room, *_counts(room)):
        Membership.objects.filter(pk=chosen.pk, held_out_at=None).update(held_out_at=timezone.now())


def _to_be_held_out(room: Room, training: dict[int, int], measuring: dict[int, int]) -> Membership | None:
    """Where no held-out member has an accepted drawing and there are members enough: the last who joined and has."""
    if measuring or len(training) < settings.ROOM_TRAIN_MEMBERS:
        return None
    return room.memberships.filter(visitor__in=list(training)).order_by("-number").first()


def _counts(room: Room) -> tuple[dict[int, int], dict[int, int]]:
    """How many accepted drawings each member has, by visitor: of those who train, and of those who measure."""
    return _by_visitor(snapshots.learnable(room)), _by_visitor(snapshots.held_out_of(room))


def _by_visitor(rows: QuerySet[Drawing]) -> dict[int, int]:
    return dict(Counter(rows.order_by().values_list("visitor_id", flat=True)))


def not_met(room: Room, since: datetime) -> QuerySet[Drawing]:
    """The drawings that measure a version of which the list of what it learns was made at that moment: of members who
    were held out by then, or have joined since."""
    members = room.memberships.filter(held_out_at__isnull=False)
    fair = members.filter(Q(held_out_at__lte=since) | Q(joined_at__gt=since))
    return snapshots.held_out_of(room).filter(visitor__in=fair.values("visitor"))
