"""Rooms that nobody uses any more are announced to their teacher, and deleted some weeks later.

The desk says it; a drawing, somebody who joins, or the teacher's word keeps the room. Left out on purpose: letters."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from recognizer.models import Drawing, Membership, Room
from training.rooms import deleting

logger = logging.getLogger(__name__)


def tend(now: datetime | None = None) -> None:
    """Announce what is unused, take back what is used again, begin to delete what was announced long enough ago."""
    if not settings.ROOM_KEEP_DAYS:
        return
    now = now or timezone.now()
    idle = unused(now)
    announced = Room.objects.there().filter(announced_at__isnull=False)
    announced.exclude(pk__in=idle.values("pk")).update(announced_at=None)
    for room in announced.filter(pk__in=idle.values("pk"), announced_at__lte=now - _notice()):
        logger.info("Room %s is deleted: nobody has used it since it was announced.", room.pk)
        deleting.begin(room)
    idle.filter(announced_at=None).update(announced_at=now)


def unused(now: datetime) -> QuerySet[Room]:
    """Rooms in which for ROOM_KEEP_DAYS nobody has drawn, joined or taught."""
    since = now - timedelta(days=settings.ROOM_KEEP_DAYS)
    of_it = {"room": OuterRef("pk")}
    drawn = Drawing.objects.filter(**of_it, created_at__gte=since)
    joined = Membership.objects.filter(**of_it, joined_at__gte=since)
    return Room.objects.there().filter(~Exists(drawn), ~Exists(joined), used_at__lt=since)


def _notice() -> timedelta:
    return timedelta(days=settings.ROOM_NOTICE_DAYS)
