"""Which drawing of somebody else a visitor is asked about: at random, so that nobody can choose what to vote on.

It is found by number, in steps whose cost does not grow with what is stored. Left out on purpose: what is said about
it, which is `agreement.py`'s. A question is a drawing and a ticket, and the ticket tells nobody which drawing it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from recognizer import tokens
from recognizer.agreement import Record, record
from recognizer.models import Drawing, Label, LabelSkip, LabelVote, Visitor

# So many of what a visitor is asked are drawings that people have reviewed: until there is a record, and later on, so
# that the record stays one of today.
KNOWN_AT_FIRST, KNOWN_LATER = 0.5, 0.2
# Labels looked at from a random one on, and how often. Where no more visitors than SHARING share, or no label at random
# is of one who does, drawings of those who share are looked through, of some visitors at a time.
WINDOW, WINDOWS = 200, 6
SHARING, VISITORS_AT_ONCE, DRAWINGS_AT_ONCE = 200, 25, 1_000

TICKET = "second opinion"
# Labels that a person accepted, and those that await somebody
KNOWN, OPEN = "known", "open"


@dataclass(frozen=True)
class Question:
    """A drawing to show, without label and answer, and the ticket that comes back with what the visitor says."""

    drawing: Drawing
    ticket: str


def ask(visitor: Visitor, random: np.random.Generator | None = None, *, after: str = "") -> Question | None:
    """A drawing of somebody else to ask this visitor about; None if there is none left, or the visitor is blocked.

    A few who work together seldom meet each other's drawings: unless `random` is given, it is such that asking again
    brings the same question until it is answered. `after` is the ticket of that question, and brings the one that
    will come next, so that a page has it at hand. Raises TokenError for a ticket that is not this visitor's."""
    if visitor.blocked_at:
        return None
    open_one = asked_about(visitor, after) if after else None
    random = random or _random_for(visitor, ahead=1 if after else 0)
    pools = [KNOWN, OPEN]
    if random.random() >= _share_known(record(visitor)):
        pools.reverse()
    sharing = _who_share(random)
    for pool in pools:
        if drawing := _any_of(pool, visitor, random, sharing=sharing, besides=open_one):
            return Question(drawing, ticket(visitor, drawing))
    return None


def ticket(visitor: Visitor, drawing: Drawing) -> str:
    return tokens.seal(TICKET, visitor.pk, drawing.pk)


def asked_about(visitor: Visitor, ticket: str) -> int:
    """The id of the drawing that the ticket is about. Raises TokenError if this visitor was not asked."""
    asked, drawing_id = tokens.unseal(TICKET, ticket, count=2)
    if asked != visitor.pk:
        raise tokens.TokenError("somebody else was asked")
    return drawing_id


def askable() -> QuerySet[Drawing]:
    """Drawings that others may be shown: their visitors allow it and are not blocked, and nobody hid or rejected
    them."""
    rejected = Q(label__state=Label.State.REJECTED)
    return Drawing.objects.shared().filter(visitor__blocked_at__isnull=True).exclude(rejected)


def _share_known(known: Record) -> float:
    return KNOWN_LATER if known.answers >= settings.AGREEMENT_RECORD_ANSWERS else KNOWN_AT_FIRST


def _any_of(
    pool: str, visitor: Visitor, random: np.random.Generator, *, sharing: list[int], besides: int | None
) -> Drawing | None:
    """One that the visitor can be asked about, whose label is in the pool."""
    rows = askable().exclude(visitor=visitor).exclude(pk=besides or 0)
    rows = rows.exclude(votes__visitor=visitor).exclude(skips__visitor=visitor)
    if pool == OPEN:
        rows = rows.filter(visitor__held_out=False)
    for drawing_ids, is_all in islice(_windows(pool, random), WINDOWS if len(sharing) == SHARING else bool(sharing)):
        if found := _chosen(rows.filter(pk__in=drawing_ids), random):
            return found
        if is_all:
            return None
    return _of_those_who_share(rows.filter(_in(pool, "label__")), sharing, random)


def _windows(pool: str, random: np.random.Generator) -> Iterator[tuple[list[int], bool]]:
    """Drawings whose labels are in the pool, some from a random one on, and whether these are all that there are."""
    labels = Label.objects.filter(_in(pool)).order_by("drawing_id").values_list("drawing_id", flat=True)
    ends = _ends(labels)
    if ends is None:
        yield [], True
        return
    while True:
        start = int(random.integers(*ends, endpoint=True))
        some = list(labels.filter(drawing_id__gte=start)[:WINDOW])
        if len(some) < WINDOW:  # on from the first one, as on a ring
            some += labels.filter(drawing_id__lt=start)[: WINDOW - len(some)]
        yield some, len(some) < WINDOW


def _who_share(random: np.random.Generator) -> list[int]:
    """Visitors who share, from a random one on; no more than SHARING of them."""
    sharing = Visitor.objects.filter(shared_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    ends = _ends(sharing)
    if ends is None:
        return []
    start = int(random.integers(*ends, endpoint=True))
    some = list(sharing.filter(pk__gte=start)[:SHARING])
    return some + list(sharing.filter(pk__lt=start)[: SHARING - len(some)])


def _ends(numbers: QuerySet) -> tuple[int, int] | None:
    """The least and the largest; None without any, or where they went between two looks."""
    first, last = numbers.first(), numbers.last()
    return None if first is None or last is None or last < first else (first, last)


def _of_those_who_share(rows: QuerySet[Drawing], visitors: list[int], random: np.random.Generator) -> Drawing | None:
    """Where hardly anybody shares, labels at random are all of others."""
    for start in range(0, len(visitors), VISITORS_AT_ONCE):
        some = visitors[start : start + VISITORS_AT_ONCE]
        theirs = Drawing.objects.filter(visitor__in=some).order_by().values("pk")[:DRAWINGS_AT_ONCE]
        if found := _chosen(rows.filter(pk__in=theirs), random):
            return found
    return None


def _in(pool: str, prefix: str = "") -> Q:
    """The condition that a label is in the pool."""
    if pool == KNOWN:
        known = {"state": Label.State.ACCEPTED, "by_agreement": False, "by_room": False}
        return Q(**{f"{prefix}{name}": value for name, value in known.items()})
    return Q(**{f"{prefix}state": Label.State.UNREVIEWED})


def _chosen(rows: QuerySet[Drawing], random: np.random.Generator) -> Drawing | None:
    found = list(rows.order_by("pk").values_list("pk", flat=True)[:WINDOW])
    return rows.filter(pk=int(random.choice(found))).first() if found else None


def _random_for(visitor: Visitor, *, ahead: int) -> np.random.Generator:
    """The same until the visitor has answered, and nothing that can be worked out without the site's secret."""
    said = sum(model.objects.filter(visitor=visitor).count() for model in (LabelVote, LabelSkip)) + ahead
    seed = salted_hmac("recognizer.asking", f"{visitor.pk}.{said}", algorithm="sha256").digest()
    return np.random.default_rng(int.from_bytes(seed))
