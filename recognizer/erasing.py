"""Deletes a visitor with all that is theirs: hidden at once, gone in turns, and gone on with after any crash.

From the first moment no cookie leads to it and nobody is shown it. Each turn is a transaction of its own, and files go
before the rows that name them. Left out on purpose: copies that others made, who hear of it by `recognizer.deletion`
and let go."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, Model, OuterRef
from django.utils import timezone

from recognizer import drawings, locks, sqlite_log, tokens, voices
from recognizer.deletion import Deleter, visitors_go, visitors_gone
from recognizer.models import BulkReview, Drawing, LabelSkip, LabelVote, Visitor, VisitorAddress

logger = logging.getLogger(__name__)

PURPOSE = "erasing"
MOST_INACTIVE = 100  # at a time; the next ones in the next hour


def begin(visitor: Visitor, *, by: str = Deleter.VISITOR) -> bool:
    """Let no cookie lead to the visitor any more, and nobody see what is theirs; return whether this is new."""
    with transaction.atomic():
        locks.visitors([visitor.pk])
        staying = Visitor.objects.filter(pk=visitor.pk, erasing_at=None)
        gone = {"key_hash": None, "imported_as": "", "shared_at": None}
        is_new = bool(staying.update(**gone, erasing_at=timezone.now(), erasing_by=by))
        VisitorAddress.objects.filter(visitor=visitor.pk).delete()
    return is_new


def erase(visitor: Visitor, *, by: str = Deleter.VISITOR, seconds: float | None = None) -> int:
    """Begin, and go on for ERASE_REQUEST_SECONDS at most; return how many drawings are left for the task."""
    begin(visitor, by=by)
    left = _go_on(visitor.pk, time.monotonic() + (settings.ERASE_REQUEST_SECONDS if seconds is None else seconds))
    if not left:
        sqlite_log.empty()
    return left


def go_on(*, seconds: float) -> int:
    """Go on with all who are being deleted, for so long at most; return how many of them are gone now."""
    until, gone = time.monotonic() + seconds, 0
    for visitor_id in Visitor.objects.going().order_by("erasing_at").values_list("pk", flat=True):
        try:
            gone += _go_on(visitor_id, until) == 0
        except OSError:  # a storage that is away: the rows stay, hidden, and it is tried again
            logger.exception("Visitor %s cannot be deleted yet: a file cannot.", visitor_id)
        if time.monotonic() > until:
            break
    return gone


def begin_with_inactive(now: datetime | None = None) -> int:
    """Begin with visitors who have neither drawn nor said anything for INACTIVE_VISITOR_DAYS, if there is such a rule;
    return with how many."""
    if not settings.INACTIVE_VISITOR_DAYS:
        return 0
    before = (now or timezone.now()) - timedelta(days=settings.INACTIVE_VISITOR_DAYS)
    people = Visitor.objects.filter(imported_as="", is_demo=False, erasing_at=None, created_at__lt=before)
    for model in (Drawing, LabelVote, LabelSkip):
        people = people.exclude(Exists(model.objects.filter(visitor=OuterRef("pk"), created_at__gte=before)))
    return sum(begin(visitor, by=Deleter.ADMIN) for visitor in people.order_by("pk")[:MOST_INACTIVE])


def address_token(visitor: Visitor) -> str:
    """By which the page is found that says how far it has come; nobody can guess it."""
    return tokens.seal(PURPOSE, visitor.pk)


def left(token: str) -> int | None:
    """How many drawings are still to go; None once all is gone. Raises TokenError."""
    (visitor_id,) = tokens.unseal(PURPOSE, token, count=1)
    if not Visitor.objects.going().filter(pk=visitor_id).exists():
        return None
    return Drawing.objects.filter(visitor=visitor_id).count()


def _go_on(visitor_id: int, until: float) -> int:
    """Take turns until the time is over; return how many drawings are left."""
    while _turn(visitor_id):
        if time.monotonic() > until:
            return Drawing.objects.filter(visitor=visitor_id).count()
    _take_back_opinions(visitor_id)
    _finish(visitor_id)
    return 0


def _turn(visitor_id: int) -> bool:
    """Delete some drawings with what came of them; return whether there were any."""
    going = Visitor.objects.going().filter(pk=visitor_id).first()
    if going is None:
        return False
    rows = dict(Drawing.objects.filter(visitor=visitor_id).order_by("pk").values_list("pk", "upload")[: _at_once()])
    storage = Drawing._meta.get_field("upload").storage
    for name in filter(None, rows.values()):
        storage.delete(name)
    with transaction.atomic():
        drawings.delete_many(rows, by=going.erasing_by)
        _unname(Drawing, list(rows))
    return bool(rows)


def _take_back_opinions(visitor_id: int) -> None:
    """Remove what the visitor said of others' drawings, and the doubts that it cast."""
    for model in (LabelVote, LabelSkip):
        for page in _opinions(model, visitor_id):
            with transaction.atomic():
                model.objects.filter(visitor=visitor_id, drawing__in=page).delete()
                voices.doubt(page)


def _opinions(model: type[Model], visitor_id: int) -> Iterator[list[int]]:
    """The drawings of which the visitor said something, as many at a time as a statement takes, until none is left."""
    said = model.objects.filter(visitor=visitor_id).order_by("pk").values_list("drawing_id", flat=True)
    while page := list(said[: locks.IDS_AT_ONCE]):
        yield page


def _finish(visitor_id: int) -> None:
    with transaction.atomic():
        if not Visitor.objects.going().filter(pk=visitor_id).exists():
            return
        visitors_go.send(sender=Visitor, ids=[visitor_id])
        _unname(Visitor, [visitor_id])
        _unname_filters(visitor_id)
        Visitor.objects.filter(pk=visitor_id).delete()
        transaction.on_commit(partial(visitors_gone.send_robust, sender=Visitor, ids=[visitor_id]))


def _unname(model: type[Model], ids: list[int]) -> None:
    """Django's own log of the admin keeps who did something and when, and no longer to what."""
    kind = ContentType.objects.get_for_model(model)
    for page in locks.pages(ids):
        entries = LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in page])
        entries.update(object_id=None, object_repr="deleted", change_message="")


def _unname_filters(visitor_id: int) -> None:
    """A bulk review of this visitor's labels is one of nobody's."""
    for review in BulkReview.objects.filter(filters__visitor=str(visitor_id)):
        review.filters["visitor"] = "0"
        review.save(update_fields=["filters"])


def _at_once() -> int:
    return min(settings.ERASE_AT_ONCE, locks.IDS_AT_ONCE)
