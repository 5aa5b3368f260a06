"""Second opinions: what a visitor says of a drawing that the site asked about, kept once and at a human pace.

What follows from it is decided by `agreement.py`, which may accept the label, and by `voices.py`, which may put it in
front of the review queue. Left out on purpose: telling anybody what others said, or what was known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.db.models import F, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognizer import agreement, asking, tokens, voices
from recognizer.models import Drawing, LabelSkip, LabelVote, Visitor

# A visitor's own record is told of whole groups of so many answers, so that no single answer shows whether the drawing
# was a known one.
TOLD_EVERY = 20


class OpinionError(Exception):
    """This answer cannot be taken; the message says why, in words for people."""


class NotAsked(OpinionError):  # noqa: N818 (it is what happened)
    """The site did not ask this visitor that."""


class Gone(OpinionError):  # noqa: N818
    """The drawing is not shown to others any more."""


class TooFast(OpinionError):  # noqa: N818
    """More answers than a person gives; `retry_after_seconds` says when the next one is taken."""

    def __init__(self, words: str, retry_after_seconds: int) -> None:
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Told:
    """What a visitor hears of the own answers: how many, and of the first `counted` how many were on drawings that
    people have reviewed by now, and how many of these said the same."""

    given: int
    counted: int
    reviewed: int
    same: int


def vote(visitor: Visitor, ticket: str, digit: int | None) -> LabelVote:
    """Keep what a visitor says a drawing shows, None for "not a digit"; the first thing said stands.

    Raises OpinionError: for what is no digit, for a ticket that is not this visitor's, for a drawing that was deleted,
    hidden or is not shared any more, and for answers that come too fast."""
    if digit is not None and (type(digit) is not int or not 0 <= digit <= 9):
        text = _("%(value)s is no digit: answer 0 to 9, or null for a drawing that shows none.")
        raise OpinionError(text % {"value": f"{digit!r:.40}"})
    kept = _keep(LabelVote, visitor, ticket, digit=digit)
    agreement.settle([kept.drawing_id])
    voices.doubt([kept.drawing_id])
    return kept


def skip(visitor: Visitor, ticket: str) -> LabelSkip:
    """Keep that the visitor cannot tell, which is no vote. Raises OpinionError as `vote` does."""
    return _keep(LabelSkip, visitor, ticket)


def settle() -> None:
    """Do for all labels what is done for one after each answer: people's reviews may have made or ended trust."""
    if not settings.LABEL_AGREEMENT:
        return
    agreement.settle()
    voiced = LabelVote.objects.filter(drawing__label__state="unreviewed", drawing__hidden_as="")
    ids = list(voiced.order_by("drawing").values_list("drawing", flat=True).distinct())
    for start in range(0, len(ids), agreement.PAGE):
        voices.doubt(ids[start : start + agreement.PAGE])


def told(visitor: Visitor) -> Told:
    """What the visitor may know of the own answers."""
    votes = LabelVote.objects.filter(visitor=visitor).order_by("pk")
    count = votes.count()
    counted = count - count % TOLD_EVERY
    skips = LabelSkip.objects.filter(visitor=visitor).count()
    if not counted:
        return Told(count + skips, 0, 0, 0)
    some = votes.filter(pk__lte=votes.values_list("pk", flat=True)[counted - 1])
    by_site = {"drawing__label__by_agreement": False, "drawing__label__by_room": False}
    reviewed = some.filter(drawing__label__state="accepted", **by_site)
    same = Q(digit=F("drawing__label__digit")) | Q(digit=None, drawing__label__digit=None)
    return Told(count + skips, counted, reviewed.count(), reviewed.filter(same).count())


def _keep(model: type[Model], visitor: Visitor, ticket: str, **said: int | None) -> Model:
    try:
        drawing_id = asking.asked_about(visitor, ticket)
    except tokens.TokenError:
        raise NotAsked(_("This question was not asked of you: load the page again.")) from None
    with transaction.atomic():
        # In the order in which deletions lock: the drawing first, then its or another visitor.
        drawing = Drawing.objects.select_for_update().filter(pk=drawing_id).first()
        visitor = Visitor.objects.select_for_update().filter(pk=visitor.pk).first()
        if drawing is None or visitor is None or visitor.blocked_at or not _is_shown(drawing):
            raise Gone(_("This drawing is not shown to others any more: take the next one."))
        for kind in (LabelVote, LabelSkip):
            if known := kind.objects.filter(drawing=drawing, visitor=visitor).first():
                return known
        _check_pace(visitor)
        return model.objects.create(drawing=drawing, visitor=visitor, **said)


def _is_shown(drawing: Drawing) -> bool:
    return Drawing.objects.shared().filter(pk=drawing.pk, visitor__blocked_at__isnull=True).exists()


def _check_pace(visitor: Visitor) -> None:
    a_minute = _("That is %(count)s answers within a minute, the most that counts: go on %(when)s.")
    a_day = _("That is %(count)s answers within a day, the most that counts: go on %(when)s.")
    limits = ((60, settings.SECOND_OPINIONS_A_MINUTE, a_minute), (24 * 3600, settings.SECOND_OPINIONS_A_DAY, a_day))
    for seconds, most, text in limits:
        since = timezone.now() - timedelta(seconds=seconds)
        moments = sorted(moment for model in (LabelVote, LabelSkip) for moment in _moments(model, visitor, since, most))
        if len(moments) >= most:
            wait = _seconds_until(moments[-most] + timedelta(seconds=seconds))
            raise TooFast(text % {"count": most, "when": _in(wait)}, wait)


def _moments(model: type[Model], visitor: Visitor, since: datetime, most: int) -> list[datetime]:
    rows = model.objects.filter(visitor=visitor, created_at__gt=since).order_by("-pk")
    return list(rows.values_list("created_at", flat=True)[:most])


def _seconds_until(moment: datetime) -> int:
    return max(1, ceil((moment - timezone.now()).total_seconds()))


def _in(seconds: int) -> str:
    if seconds < 120:
        return ngettext("in %(n)s second", "in %(n)s seconds", seconds) % {"n": seconds}
    minutes, hours = ceil(seconds / 60), ceil(seconds / 3600)
    if minutes < 120:
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    return ngettext("in %(n)s hour", "in %(n)s hours", hours) % {"n": hours}
