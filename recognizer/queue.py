"""The review queue: which labels a page gets to show, what it decided on them, and what it takes back.

A label is claimed for one page by a conditional update, so that no two get the same; a claim that nobody renews runs
out. Every decision comes with a key of its own, and is made once however often it is sent. Left out on purpose: what
a review changes (`drawings.review`), and the order (`priority.py`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import decisions, drawings, moderation
from recognizer.models import Decision, Drawing, DrawingFacts, Label
from recognizer.queue_filters import DIGITS, NONE, Filters

State = Label.State
ACCEPT, REJECT, HIDE = "accept", "reject", "hide"
DECISIONS = (ACCEPT, REJECT, HIDE, *DIGITS)
# Counted up to here where a filter has to look at each
MOST_COUNTED = 1_000


class Refused(Exception):  # noqa: N818 (it is what happened)
    """It is not decided, or not taken back; the message says why, for people.

    `again` says that the label awaits review still, but says something else than the reviewer saw."""

    def __init__(self, words: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.again = again


@dataclass(frozen=True)
class Page:
    """An open page of the queue: somebody may have several."""

    user: AbstractBaseUser
    key: str


@dataclass(frozen=True)
class Seen:
    """What a label said when the reviewer looked at it."""

    digit: int | None
    state: str = State.UNREVIEWED


def claim(page: Page, *, count: int, filters: Filters, besides: Iterable[int] = ()) -> list[int]:
    """Take the next labels for this page; return their drawings' ids, the first to show first.

    `besides` are those that the page has already, or has put off."""
    with transaction.atomic():
        rows = filters.labels().filter(_free_for(page)).exclude(pk__in=list(besides))
        # Of two pages that ask at once, neither waits for the other's.
        rows = rows.select_for_update(skip_locked=True, of=("self",)).order_by("-priority", "drawing_id")
        ids = [row.pk for row in rows.only("drawing_id")[:count]]
        _take(page, ids)
    return ids


def keep(page: Page, drawing_ids: Iterable[int]) -> list[int]:
    """Renew the claims on these; return those that the page has lost, to others or to a decision."""
    ids = list(drawing_ids)
    with transaction.atomic():
        rows = Label.objects.filter(_free_for(page), pk__in=ids, state=State.UNREVIEWED)
        free = rows.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)
        _take(page, list(free))
    held = Label.objects.filter(pk__in=ids, claimed_on=page.key, state=State.UNREVIEWED, drawing__hidden_as="")
    kept = set(held.values_list("pk", flat=True))
    return [pk for pk in ids if pk not in kept]


def release(page: Page, drawing_ids: Iterable[int]) -> None:
    """Give back what the page has and will not decide on."""
    rows = Label.objects.filter(pk__in=list(drawing_ids), claimed_on=page.key)
    with transaction.atomic():
        ids = list(rows.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
        Label.objects.filter(pk__in=ids).update(claimed_by=None, claimed_on="", claimed_until=None)


def decide(
    drawing_id: int,
    decision: str,
    *,
    by: AbstractBaseUser,
    key: UUID,
    seen: Seen,
    seconds: float | None = None,
    by_room: bool = False,
) -> str:
    """Do what the reviewer decided, one of DECISIONS, and return it in words; `by_room` for its room alone. What was
    decided under this key before is not done again. Raises Refused when the label is no longer as it was `seen`, or
    gone."""
    if decision not in DECISIONS:
        raise ValueError(f"{decision!r:.40} is no decision: it can be {', '.join(DECISIONS)}.")
    if done := _of(key, by).order_by("pk").first():
        return _said(done)
    if decision == HIDE:
        return _hide(drawing_id, by=by, key=key)
    with transaction.atomic():
        drawing = Drawing.objects.select_for_update().filter(pk=drawing_id).first()
        if done := _of(key, by).order_by("pk").first():  # sent twice at once
            return _said(done)
        _check(drawing_id, drawing, by, seen)
        _review(drawing_id, decision, seen=seen, by=by, batch=key, seconds=seconds, by_room=by_room)
        return _said(_of(key, by).get())


def undo(key: UUID, page: Page) -> int | None:
    """Take back the decision of that key, and claim the label for the page again; return the drawing's id, or None if
    nothing is left of it but the block of its visitor.

    What was taken back before is not done again. Raises Refused with the reason in words."""
    made = list(_of(key, page.user).order_by("pk"))
    if not made:
        raise Refused(_("There is nothing to take back: the drawing was deleted since, or the decision never arrived."))
    drawing_id = next((one.drawing_id for one in made if one.drawing_id), None)
    if any(one.undone_at is None for one in made):
        _undo(made, page.user)
    if drawing_id is not None:
        _take(page, [drawing_id])
    return drawing_id


def awaiting(filters: Filters) -> int:
    """How many labels await review; where filters look at each of them, no more than MOST_COUNTED are counted."""
    if filters.as_query():
        return filters.labels().order_by()[:MOST_COUNTED].count()
    return DrawingFacts.objects.filter(state=State.UNREVIEWED, hidden_as="").count()  # of an index that has these alone


def decided_today(user: AbstractBaseUser) -> int:
    """How many presses of this user count today: what was taken back does not."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    kinds = (*decisions.OF_LABELS, Decision.Kind.BLOCK)
    return Decision.objects.filter(by=user, created_at__gte=today, kind__in=kinds, undone_at=None).count()


def _free_for(page: Page) -> Q:
    # The database's clock: those of several machines differ.
    return Q(claimed_until__isnull=True) | Q(claimed_until__lt=Now()) | Q(claimed_on=page.key)


def _take(page: Page, ids: list[int]) -> None:
    until = Now() + timedelta(seconds=settings.REVIEW_CLAIM_SECONDS)
    rows = Label.objects.filter(_free_for(page), pk__in=ids, state=State.UNREVIEWED)
    rows.update(claimed_by=page.user, claimed_on=page.key, claimed_until=until)


def _of(key: UUID, by: AbstractBaseUser):
    """What was decided under this key; a press is a batch of its own."""
    return Decision.objects.filter(batch=key, by=by).exclude(kind=Decision.Kind.UNDO)


def _check(drawing_id: int, drawing: Drawing | None, by: AbstractBaseUser, seen: Seen) -> None:
    if drawing is None:
        raise Refused(_("Drawing %(drawing_id)s was deleted meanwhile.") % {"drawing_id": drawing_id})
    if drawing.hidden_as:
        raise Refused(
            _("Drawing %(drawing_id)s is %(hidden_as)s meanwhile.")
            % {"drawing_id": drawing_id, "hidden_as": drawing.get_hidden_as_display()}
        )
    label = Label.objects.select_related("reviewed_by").filter(pk=drawing_id).first()
    if label is None:
        raise Refused(
            _("The visitor took the label of drawing %(drawing_id)s back meanwhile.") % {"drawing_id": drawing_id}
        )
    is_mine = label.state == State.UNREVIEWED or label.reviewed_by_id == by.pk
    if (label.digit, label.state) == (seen.digit, seen.state) and is_mine:
        return
    if label.state == State.UNREVIEWED:
        raise Refused(
            _("Drawing %(drawing_id)s is now said to be: %(label)s. Look at it again.")
            % {"drawing_id": drawing_id, "label": label},
            again=True,
        )
    who = label.reviewed_by or _("Agreement of visitors")
    state = label.get_state_display()
    raise Refused(
        _("%(who)s %(state)s drawing %(drawing_id)s as %(label)s meanwhile; that stands.")
        % {"who": who, "state": state, "drawing_id": drawing_id, "label": label}
    )


def _review(drawing_id: int, decision: str, *, seen: Seen, **told: Any) -> None:
    if decision in (ACCEPT, REJECT):
        state = State.ACCEPTED if decision == ACCEPT else State.REJECTED
        drawings.review([drawing_id], state, claim=seen.digit, **told)
    else:
        drawings.review([drawing_id], State.ACCEPTED, digit=None if decision == NONE else int(decision), **told)


def _hide(drawing_id: int, *, by: AbstractBaseUser, key: UUID) -> str:
    drawing = Drawing.objects.select_related("visitor").filter(pk=drawing_id).first()
    if drawing is None:
        raise Refused(_("Drawing %(drawing_id)s was deleted meanwhile.") % {"drawing_id": drawing_id})
    moderation.hide_and_block(drawing, by=by, reason="in the review queue", batch=key)
    return _("Hid the drawing and blocked its visitor.")


def _undo(made: list[Decision], by: AbstractBaseUser) -> None:
    try:
        with transaction.atomic():
            for one in reversed(made):
                if one.undone_at is None:
                    (decisions if one.kind in decisions.OF_LABELS else moderation).undo(one, by=by)
    except decisions.DecisionError as error:
        raise Refused(str(error)) from None
    except Drawing.DoesNotExist:
        raise Refused(_("The drawing was deleted since.")) from None


def _said(decision: Decision) -> str:
    if decision.kind not in decisions.OF_LABELS:
        return _("Hid the drawing and blocked its visitor.")
    if decision.after is None:
        return _("Reopened.")
    digit = decision.after["digit"]
    words = _("not a digit") if digit is None else digit
    return (
        _("Rejected: not %(words)s.") % {"words": words}
        if decision.kind == Decision.Kind.REJECT
        else _("Accepted as %(words)s.") % {"words": words}
    )
