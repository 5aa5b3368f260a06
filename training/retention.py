"""Files that nobody needs any more are removed by a rule, and only after it was said which ones and why.

The list is a row before the first file goes; each item is looked at again when its turn comes. Left out on purpose: the
rule itself, which is `removable.py`'s."""

import hashlib
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer.words import counted
from training.models import CleanUp
from training.removable import KINDS, Item

logger = logging.getLogger(__name__)

# The rest is on the next list.
MOST_ITEMS = 500
# Who has worked on a list for so long was killed; another process goes on with it.
STALE = timedelta(hours=1)
REMOVED, KEPT, FAILED = "removed", "kept", "failed"


class RetentionError(Exception):
    """What was asked for is not what is on the list; the message is for people."""


def plan(now: datetime | None = None) -> list[Item]:
    """What the rule no longer keeps, with the reason for each. Nothing is touched."""
    now = now or timezone.now()
    return [item for kind in KINDS.values() for item in kind.find(now)][:MOST_ITEMS]


def fingerprint(items: list[Item]) -> str:
    """Tells two lists apart: somebody who agrees to a list agrees to that one."""
    return hashlib.sha256("\n".join(item.key for item in items).encode()).hexdigest()


def clean_up(
    *, by: AbstractBaseUser | None = None, seen: str | None = None, now: datetime | None = None
) -> CleanUp | None:
    """Remove what the rule no longer keeps, at once; None if there is nothing.

    Raises RetentionError if the list is not the one with the fingerprint `seen` any more."""
    now = now or timezone.now()
    items = plan(now)
    if seen is not None and seen != fingerprint(items):
        raise RetentionError(
            _("The list has changed since you saw it: look at it again before you remove what is on it.")
        )
    if not items:
        return None
    row = CleanUp.objects.create(items=[item.as_json() for item in items], by=by, began_at=now)
    return _carry_out(row, now)


def tick(now: datetime | None = None) -> CleanUp | None:
    """Announce what may go, or, RETENTION_NOTICE_HOURS after it was announced, remove what still may.

    Return the clean-up that was carried out, if one was. Any number of processes may call it at any moment."""
    now = now or timezone.now()
    if not settings.RETENTION_AUTOMATIC:
        return None
    announced = CleanUp.objects.filter(is_open=True).first()
    if announced is None:
        announce(now)
        return None
    if now < due_at(announced) or not _claim(announced, now):
        return None
    return _carry_out(announced, now)


def announce(now: datetime) -> CleanUp | None:
    """Put up a list of what will be removed; None if there is nothing, or another process has just put it up."""
    items = plan(now)
    if not items:
        return None
    try:
        with transaction.atomic():
            row = CleanUp.objects.create(items=[item.as_json() for item in items], is_open=True, created_at=now)
    except IntegrityError:
        return None
    logger.info("To be removed after %s: %s.", due_at(row), "; ".join(item.name for item in items))
    return row


def due_at(announced: CleanUp) -> datetime:
    """When the site removes by itself what it announced."""
    return announced.created_at + timedelta(hours=settings.RETENTION_NOTICE_HOURS)


def is_stale(row: CleanUp, now: datetime | None = None) -> bool:
    """Whether whoever began with it must have been killed since."""
    return row.began_at is not None and row.began_at < (now or timezone.now()) - STALE


def _claim(row: CleanUp, now: datetime) -> bool:
    free = Q(began_at=None) | Q(began_at__lt=now - STALE)
    return bool(CleanUp.objects.filter(free, pk=row.pk, is_open=True).update(began_at=now))


def _carry_out(row: CleanUp, now: datetime) -> CleanUp:
    logger.info("Removing %s.", "; ".join(item["name"] for item in row.items))
    for item in row.items:
        if "outcome" not in item:  # a list that a crash cut short is gone on with
            item["outcome"] = _remove(item["key"], now)
            row.save(update_fields=["items"])
    row.freed_bytes = sum(item["size_bytes"] for item in row.items if item["outcome"] == REMOVED)
    row.ended_at, row.is_open, row.began_at = timezone.now(), False, now
    row.save()
    logger.info("Removed %s.", counted(sum(item["outcome"] == REMOVED for item in row.items), "item"))
    return row


def _remove(key: str, now: datetime) -> str:
    """Remove one item; return what came of it. One that fails is on the next list again."""
    kind, _, name = key.partition(":")
    try:
        return REMOVED if KINDS[kind].remove(name, now) else KEPT
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("%s could not be removed.", key)
        return f"{FAILED}: {error}"
