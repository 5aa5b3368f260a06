"""What visitors said of drawings, counted, and the doubt that it casts on a label: such labels a person sees first.

Only voices of trusted visitors speak against a label. Left out on purpose: the value that a label has otherwise, which
is kept and comes back where nobody contradicts any more."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.utils.translation import override

from recognizer import agreement
from recognizer.models import Drawing, Label, LabelSkip, LabelVote
from recognizer.words import counted, join_words

# Above all that a label can be worth without voices against it, so that these come first.
AGAINST = 2.0
MARK = "visitors say: "


@dataclass(frozen=True)
class Voices:
    """How many trusted visitors said each digit (None: not a digit), how many others voted, who could not tell."""

    said: Counter[int | None] = field(default_factory=Counter)
    untrusted: int = 0
    could_not_tell: int = 0

    def against(self, claim: int | None) -> int:
        """How many trusted visitors said something else than the claim."""
        return self.said.total() - self.said[claim]

    @override("en")  # a row keeps it; `told` translates it
    def doubt(self, claim: int | None) -> str:
        """What they say, if any of them contradicts the claim: "visitors say: 3 (2 voices) and 7 (1 voice)"."""
        if not self.against(claim):
            return ""
        most_first = sorted(self.said.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0]))
        parts = [f"{_name(digit)} ({counted(n, 'voice')})" for digit, n in most_first]
        unsure = f"; {counted(self.could_not_tell, 'other')} could not tell" if self.could_not_tell else ""
        return f"{MARK}{join_words(parts)}{unsure}"

    def priority(self, claim: int | None) -> float:
        """What the voices add to the value of a claim in the queue."""
        return AGAINST * bool(self.against(claim))


def of(drawing_ids: Iterable[int]) -> dict[int, Voices]:
    """The voices on each of these drawings, in constantly many queries. The drawer's own do not count, nor those of
    blocked visitors."""
    ids = list(drawing_ids)
    votes = LabelVote.objects.filter(drawing__in=ids, visitor__blocked_at__isnull=True)
    votes = list(votes.exclude(drawing__visitor=F("visitor")).values_list("drawing_id", "visitor_id", "digit"))
    known = agreement.records(visitor for _, visitor, _ in votes)
    said: dict[int, Counter[int | None]] = {pk: Counter() for pk in ids}
    untrusted: Counter[int] = Counter()
    for drawing, visitor, digit in votes:
        if known[visitor].is_trusted:
            said[drawing][digit] += 1
        else:
            untrusted[drawing] += 1
    skips = LabelSkip.objects.filter(drawing__in=ids, visitor__blocked_at__isnull=True)
    unsure = Counter(skips.values_list("drawing_id", flat=True))
    return {pk: Voices(said[pk], untrusted[pk], unsure[pk]) for pk in ids}


def doubt(drawing_ids: Iterable[int]) -> int:
    """Put the labels that trusted visitors contradict in front of the queue, with what they say; and those that nobody
    contradicts any more back. Returns how many changed."""
    ids = list(drawing_ids)
    count = 0
    found = of(ids)
    with transaction.atomic():
        list(Drawing.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        labels = Label.objects.filter(drawing__in=ids, state=Label.State.UNREVIEWED)
        for label in labels.select_for_update().order_by("pk"):  # a value that is written meanwhile must not be lost
            count += _mark(label, found[label.pk])
    return count


def _mark(label: Label, voices: Voices) -> bool:
    before = [words for words in label.doubts if words.startswith(MARK)]
    words = [voices.doubt(label.digit)] if voices.against(label.digit) else []
    if before == words:
        return False
    label.doubts = [*words, *(one for one in label.doubts if one not in before)]
    label.priority += AGAINST * (bool(words) - bool(before))
    label.save(update_fields=["doubts", "priority"])
    return True


def _name(digit: int | None) -> str:
    return "not a digit" if digit is None else str(digit)
