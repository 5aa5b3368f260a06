"""Labels that independent visitors agree on: the site asks what a drawing shows, and tells nobody what others said.

Among what it asks are drawings that people have reviewed, and only who is right about those counts on the others. Left
out on purpose: the page that asks, and labels by people, whose word is last."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.utils.crypto import salted_hmac

from recognizer import drawings
from recognizer.models import Drawing, Label, LabelVote, Visitor

# So many of what a visitor is asked are drawings that people have reviewed: until there is a record, and later on, so
# that the record stays one of today.
KNOWN_AT_FIRST, KNOWN_LATER = 0.5, 0.2
# SQLite takes a bounded number of variables a statement.
PAGE = 500

_signer = signing.Signer(salt="recognizer.agreement")


class AgreementError(Exception):
    """This answer cannot be taken; the message says why, in words for people."""


@dataclass(frozen=True)
class Question:
    """A drawing to show, without label and answer, and the ticket that comes back with what the visitor says."""

    drawing: Drawing
    ticket: str


@dataclass(frozen=True)
class Record:
    """How often a visitor said what people had said or said later."""

    answers: int = 0
    right: int = 0

    @property
    def is_trusted(self) -> bool:
        enough = self.answers >= settings.AGREEMENT_RECORD_ANSWERS
        return enough and self.right >= settings.AGREEMENT_RECORD_SHARE * self.answers


def ask(visitor: Visitor, random: np.random.Generator | None = None) -> Question | None:
    """A drawing of somebody else to ask this visitor about, picked at random; None if there is none left.

    Nobody can choose which drawing to vote on, so that a few who work together seldom meet each other's: unless
    `random` is given, it is such that asking again brings the same question until it is answered."""
    random = random or _random_for(visitor)
    share = KNOWN_LATER if record(visitor).answers >= settings.AGREEMENT_RECORD_ANSWERS else KNOWN_AT_FIRST
    others = Drawing.objects.exclude(visitor=visitor).exclude(votes__visitor=visitor)
    pools = [others.filter(_known("label__")), others.filter(_open("label__"), visitor__held_out=False)]
    if random.random() >= share:
        pools.reverse()
    drawing = next(filter(None, (_any_of(pool, random) for pool in pools)), None)
    return drawing and Question(drawing, _signer.sign(f"{visitor.pk}.{drawing.pk}"))


def vote(visitor: Visitor, ticket: str, digit: int | None) -> LabelVote:
    """Keep what a visitor says a drawing shows, None for "not a digit"; the first thing said stands.

    Raises AgreementError for a ticket that is not this visitor's and for what is no digit, Drawing.DoesNotExist when
    the drawing was deleted meanwhile."""
    if digit is not None and (type(digit) is not int or not 0 <= digit <= 9):
        raise AgreementError(f"{digit!r:.40} is no digit: answer 0 to 9, or null for a drawing that shows none.")
    drawing_id = _drawing_asked_about(visitor, ticket)
    with transaction.atomic():
        Drawing.objects.select_for_update().get(pk=drawing_id)
        kept, _ = LabelVote.objects.get_or_create(
            drawing_id=drawing_id, visitor_id=visitor.pk, defaults={"digit": digit}
        )
    settle([drawing_id])
    return kept


def settle(drawing_ids: Iterable[int] | None = None) -> int:
    """Accept the labels that LABEL_AGREEMENT trusted visitors agree with, of these drawings or of all.

    Return how many. Labels that were accepted with the voices of visitors whose record went bad since are left to
    people again. Nothing is done twice, and nothing that a person decided is touched."""
    if not settings.LABEL_AGREEMENT:
        return 0
    voted = Label.objects.filter(_open(), drawing__visitor__held_out=False).annotate(votes=Count("drawing__votes"))
    labels = voted.filter(votes__gte=settings.LABEL_AGREEMENT)
    if drawing_ids is None:
        _reopen()
    else:
        labels = labels.filter(drawing_id__in=list(drawing_ids))
    rows = list(labels.order_by("pk").values_list("drawing_id", "digit"))
    return sum(_settle(dict(rows[start : start + PAGE])) for start in range(0, len(rows), PAGE))


def record(visitor: Visitor) -> Record:
    return records([visitor.pk])[visitor.pk]


def records(visitor_ids: Iterable[int]) -> dict[int, Record]:
    """Each visitor's record: answers on drawings that people accepted, and, as wrong ones, own labels that they
    rejected. What was accepted by agreement is nobody's record."""
    ids = set(visitor_ids)
    voted = LabelVote.objects.filter(_known("drawing__label__"), visitor__in=ids).exclude(drawing__visitor=F("visitor"))
    is_right = Q(digit=F("drawing__label__digit")) | Q(digit=None, drawing__label__digit=None)
    counts = voted.order_by().values("visitor").annotate(answers=Count("pk"), right=Count("pk", filter=is_right))
    rejected = Label.objects.filter(state=Label.State.REJECTED, drawing__visitor__in=ids).order_by()
    wrong = dict(rejected.values_list("drawing__visitor").annotate(Count("pk")))
    found = {row["visitor"]: row for row in counts}
    return {
        pk: Record(found.get(pk, {}).get("answers", 0) + wrong.get(pk, 0), found.get(pk, {}).get("right", 0))
        for pk in ids
    }


def _settle(claims: dict[int, int | None]) -> int:
    agreed = _agreed(claims)
    return sum(drawings.agree(pk, claim) for pk, claim in claims.items() if pk in agreed)


def _agreed(claims: dict[int, int | None]) -> set[int]:
    """Those drawings of which enough trusted visitors said what the label says, and none something else."""
    votes = LabelVote.objects.filter(drawing__in=claims).exclude(drawing__visitor=F("visitor"))
    rows = list(votes.values_list("drawing_id", "visitor_id", "digit"))
    known = records(visitor for _, visitor, _ in rows)
    said: dict[int, list[int | None]] = {}
    for drawing, visitor, digit in rows:
        if known[visitor].is_trusted:
            said.setdefault(drawing, []).append(digit)
    enough = settings.LABEL_AGREEMENT
    return {pk for pk, digits in said.items() if len(digits) >= enough and set(digits) == {claims[pk]}}


def _reopen() -> None:
    """Leave to people again what visitors agreed on who are not trusted any more."""
    agreed = Label.objects.filter(by_agreement=True)
    voters = records(agreed.order_by().values_list("drawing__votes__visitor", flat=True).distinct())
    doubtful = [pk for pk, one in voters.items() if not one.is_trusted]
    rows = list(agreed.filter(drawing__votes__visitor__in=doubtful).distinct().values_list("drawing_id", "digit"))
    for start in range(0, len(rows), PAGE):
        claims = dict(rows[start : start + PAGE])
        for pk in claims.keys() - _agreed(claims):
            drawings.disagree(pk)


def _known(prefix: str = "") -> Q:
    """The condition that a person accepted the label."""
    return Q(**{f"{prefix}state": Label.State.ACCEPTED, f"{prefix}by_agreement": False})


def _open(prefix: str = "") -> Q:
    return Q(**{f"{prefix}state": Label.State.UNREVIEWED})


def _random_for(visitor: Visitor) -> np.random.Generator:
    """The same until the visitor has answered, and nothing that can be worked out without the site's secret."""
    answered = LabelVote.objects.filter(visitor=visitor).count()
    seed = salted_hmac("recognizer.agreement.ask", f"{visitor.pk}.{answered}", algorithm="sha256").digest()
    return np.random.default_rng(int.from_bytes(seed))


def _any_of(rows: QuerySet[Drawing], random: np.random.Generator) -> Drawing | None:
    """One of them, found by its id: to count and number them all would read them all."""
    ends = rows.order_by().aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return None
    start = int(random.integers(ends["first"], ends["last"] + 1))
    return rows.filter(pk__gte=start).order_by("pk").first()


def _drawing_asked_about(visitor: Visitor, ticket: str) -> int:
    try:
        asked, drawing = _signer.unsign(ticket).split(".")
    except signing.BadSignature:
        raise AgreementError("This question was not asked by the site: load the page again.") from None
    if int(asked) != visitor.pk:
        raise AgreementError("This question was asked of somebody else: load the page again.")
    return int(drawing)
