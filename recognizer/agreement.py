"""Labels that independent visitors agree on: the site asks what a drawing shows, and tells nobody what others said.

Among what it asks are drawings that people have reviewed: only who is right about those counts on the others. What the
network contradicts with some confidence, and who never convinced a person, is left to people. Left out on purpose:
asking (`asking.py`), and taking the answers (`opinions.py`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from recognizer import drawings
from recognizer.models import Drawing, Label, LabelVote, Visitor

# SQLite takes a bounded number of variables a statement.
PAGE = 500


@dataclass(frozen=True)
class Record:
    """How often a visitor said what people had said or said later."""

    answers: int = 0
    right: int = 0

    @property
    def is_mostly_right(self) -> bool:
        return self.right >= settings.AGREEMENT_RECORD_SHARE * self.answers

    @property
    def is_trusted(self) -> bool:
        return self.answers >= settings.AGREEMENT_RECORD_ANSWERS and self.is_mostly_right

    def __add__(self, other: "Record") -> "Record":
        return Record(self.answers + other.answers, self.right + other.right)


def settle(drawing_ids: Iterable[int] | None = None) -> int:
    """Accept the labels that LABEL_AGREEMENT trusted visitors agree with, of these drawings or of all.

    Return how many. Labels that were accepted with the voices of visitors whose record went bad since are left to
    people again. Nothing is done twice, and nothing that a person decided is touched."""
    if not settings.LABEL_AGREEMENT:
        return 0
    labels = eligible()
    if drawing_ids is None:
        _reopen()
    else:
        labels = labels.filter(drawing_id__in=list(drawing_ids))
    rows = list(labels.order_by("pk").values_list("drawing_id", "digit"))
    return sum(_settle(dict(rows[start : start + PAGE])) for start in range(0, len(rows), PAGE))


def eligible() -> QuerySet[Label]:
    """Labels that have the voices, whosever they are, and that it needs no person for: not those of held-out visitors,
    which measure, and not those that the network contradicts, being more sure than not."""
    voted = Label.objects.filter(_open(), drawing__hidden_as="", drawing__visitor__held_out=False).annotate(
        votes=Count("drawing__votes", filter=Q(drawing__votes__visitor__blocked_at=None))
    )
    was_sure = Q(
        drawing__prediction__confidence__gte=settings.AGREEMENT_CONTRADICTED_FROM,
        drawing__prediction__digit__isnull=False,
    )
    said_the_same = Q(digit__isnull=False, digit=F("drawing__prediction__digit"))
    return voted.filter(~was_sure | said_the_same, votes__gte=settings.LABEL_AGREEMENT)


def record(visitor: Visitor) -> Record:
    return records([visitor.pk])[visitor.pk]


def records(visitor_ids: Iterable[int]) -> dict[int, Record]:
    """Each visitor's record: answers on drawings that people accepted, and own labels that people judged. What was
    accepted by agreement is nobody's record, nor what a teacher did in a room, who may be a friend."""
    ids = set(visitor_ids)
    voted = LabelVote.objects.filter(_known("drawing__label__"), visitor__in=ids).exclude(drawing__visitor=F("visitor"))
    is_right = Q(digit=F("drawing__label__digit")) | Q(digit=None, drawing__label__digit=None)
    counts = voted.order_by().values("visitor").annotate(answers=Count("pk"), right=Count("pk", filter=is_right))
    voices = {row["visitor"]: Record(row["answers"], row["right"]) for row in counts}
    own = _judged(ids)
    return {pk: voices.get(pk, Record()) + own.get(pk, Record()) for pk in ids}


def _judged(visitor_ids: Iterable[int]) -> dict[int, Record]:
    """Of the visitors' own labels, how many people judged, and how many of them they accepted as they were."""
    by_people = Label.objects.filter(drawing__visitor__in=visitor_ids, by_agreement=False, by_room=False)
    of_them = by_people.exclude(_open())
    of_them = of_them.exclude(reading=Label.Reading.ADDED)  # of which the visitor said nothing
    is_right = Q(state=Label.State.ACCEPTED, reading=Label.Reading.CLAIMED)
    counts = of_them.order_by().values("drawing__visitor").annotate(n=Count("pk"), right=Count("pk", filter=is_right))
    return {row["drawing__visitor"]: Record(row["n"], row["right"]) for row in counts}


def _settle(claims: dict[int, int | None]) -> int:
    agreed = _agreed(claims)
    drawers = dict(Drawing.objects.filter(pk__in=agreed).values_list("pk", "visitor_id"))
    room = _room(set(drawers.values()))
    count = 0
    for pk, drawer in sorted(drawers.items()):
        if room[drawer] > 0 and drawings.agree(pk, claims[pk]):
            room[drawer] -= 1
            count += 1
    return count


def _room(drawers: set[int]) -> dict[int, int]:
    """How many more labels of each of them agreement may accept: all in all no more than people did, and none of whom
    people had to contradict too often. So the labels of visitors who stick together convince a person first."""
    agreed = Label.objects.filter(drawing__visitor__in=drawers, by_agreement=True).order_by()
    taken = dict(agreed.values_list("drawing__visitor").annotate(Count("pk")))
    own = _judged(drawers)
    return {pk: own[pk].right - taken.get(pk, 0) if pk in own and own[pk].is_mostly_right else 0 for pk in drawers}


def _agreed(claims: dict[int, int | None]) -> set[int]:
    """Those drawings of which enough trusted visitors said what the label says, and none something else."""
    votes = LabelVote.objects.filter(drawing__in=claims, visitor__blocked_at=None)
    votes = votes.exclude(drawing__visitor=F("visitor"))
    rows = list(votes.values_list("drawing_id", "visitor_id", "digit"))
    known = records(visitor for _, visitor, _ in rows)
    said: dict[int, list[int | None]] = {}
    for drawing, visitor, digit in rows:
        if known[visitor].is_trusted:
            said.setdefault(drawing, []).append(digit)
    enough = settings.LABEL_AGREEMENT
    return {pk for pk, digits in said.items() if len(digits) >= enough and set(digits) == {claims[pk]}}


def _reopen() -> None:
    """Leave to people again what visitors agreed on who are not trusted any more, or are blocked."""
    agreed = Label.objects.filter(by_agreement=True)
    voters = records(agreed.order_by().values_list("drawing__votes__visitor", flat=True).distinct())
    doubtful = [pk for pk, one in voters.items() if not one.is_trusted]
    of_blocked = Q(drawing__votes__visitor__blocked_at__isnull=False)
    theirs = agreed.filter(of_blocked | Q(drawing__votes__visitor__in=doubtful))
    rows = list(theirs.distinct().values_list("drawing_id", "digit"))
    for start in range(0, len(rows), PAGE):
        claims = dict(rows[start : start + PAGE])
        for pk in claims.keys() - _agreed(claims):
            drawings.disagree(pk)


def _known(prefix: str = "") -> Q:
    """The condition that a person of the site accepted the label."""
    accepted = {"state": Label.State.ACCEPTED, "by_agreement": False, "by_room": False}
    return Q(**{f"{prefix}{name}": value for name, value in accepted.items()})


def _open(prefix: str = "") -> Q:
    return Q(**{f"{prefix}state": Label.State.UNREVIEWED})
