"""Accepts many labels at once: first what a filter holds is frozen and shown, then exactly that is accepted, in pages.

A label that changed since it was shown is left alone. A review that is under way goes on after a crash where it was,
and can be cancelled half-way and taken back. Left out on purpose: rejecting in bulk; what is wrong is looked at."""

import logging
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import drawings, trail
from recognizer.decisions import DecisionError
from recognizer.models import BulkReview, Decision, Drawing, Label
from recognizer.queue_filters import Filters

logger = logging.getLogger(__name__)

State = BulkReview.State
NO_DIGIT = -1
PAGE = 200
SAMPLE, SUSPECT = 60, 20
UNDER_WAY = (State.RUNNING, State.UNDOING)
# Of the labels by one visitor, or contradicted by the network, from which the preview warns
MUCH = 0.3


@dataclass(frozen=True)
class Summary:
    """What is in a preview: labels by claim, by visitor the largest first, how many the network contradicts, and the
    drawings to look at: some by chance, and the most suspect."""

    claims: list[tuple[str, int]]
    visitors: int
    largest: list[tuple[int, int]]
    contradicted: int
    sample: list[int]
    suspect: list[int]


def preview(filters: Filters, *, by: AbstractBaseUser) -> BulkReview:
    """Freeze which labels await review now, and what they say: BULK_MOST at most, the least suspect of them."""
    seen_at = timezone.now()
    rows = filters.labels().order_by("priority", "drawing_id").values_list("drawing_id", "digit")[: settings.BULK_MOST]
    found = sorted((pk, NO_DIGIT if digit is None else digit) for pk, digit in rows)
    ids, claims = np.array(found, np.int64).reshape(-1, 2).T
    return BulkReview.objects.create(
        by=by, filters=filters.as_query(), seen_at=seen_at, total=len(ids), batch=uuid4(),
        ids=ids.tobytes(), claims=claims.astype(np.int8).tobytes(),
    )  # fmt: skip


def summary(review: BulkReview) -> Summary:
    ids, claims = _arrays(review)
    visitors: Counter[int] = Counter()
    contradicted, priorities = 0, []
    for start in range(0, len(ids), PAGE):
        part = dict(zip(ids[start : start + PAGE].tolist(), claims[start : start + PAGE].tolist(), strict=True))
        rows = Label.objects.filter(pk__in=part).order_by()
        fields = ("pk", "drawing__visitor_id", "drawing__prediction__digit", "priority")
        for pk, visitor, read, priority in rows.values_list(*fields):
            visitors[visitor] += 1
            contradicted += (NO_DIGIT if read is None else read) != part[pk]
            priorities.append((priority, pk))
    said = Counter(claims.tolist())
    chance = random.Random(review.pk)
    return Summary(
        claims=[(_("not a digit") if digit == NO_DIGIT else str(digit), said[digit]) for digit in sorted(said)],
        visitors=len(visitors),
        largest=visitors.most_common(5),
        contradicted=contradicted,
        sample=sorted(chance.sample(ids.tolist(), min(SAMPLE, len(ids)))),
        suspect=[pk for _, pk in sorted(priorities, reverse=True)[:SUSPECT]],
    )


def confirm(review_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Begin to accept what was previewed; a small one is done at once. Return False if it is no preview any more.

    The decisions are by whoever confirms; without a name, by whoever previewed it."""
    return _begin(review_id, State.RUNNING, State.PREVIEWED, by=by)


def undo(review_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Begin to take it back, in the name of who asks for it; return False if there is nothing to take back."""
    return _begin(review_id, State.UNDOING, State.DONE, State.CANCELLED, by=by)


def cancel(review_id: int) -> bool:
    """Stop after the page that is under way; what is accepted by then stays until it is taken back."""
    rows = BulkReview.objects.filter(pk=review_id, state=State.RUNNING)
    return bool(rows.update(cancel_requested=True))


def work(seconds: float) -> int:
    """Go on with what is under way, for about so long; return how many labels were worked through."""
    until, count = time.monotonic() + seconds, 0
    for review_id in list(BulkReview.objects.filter(state__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)):
        try:
            while time.monotonic() < until and (done := _one_page(review_id)) is not None:
                count += done
        except Exception:  # tried again with the next turn; the others are not to wait for it
            logger.exception("Bulk review %s could not go on.", review_id)
    return count


def remove_old() -> int:
    """Remove previews that nobody confirmed within a day."""
    old = BulkReview.objects.filter(state=State.PREVIEWED, created_at__lt=timezone.now() - timedelta(days=1))
    return old.delete()[0]


def _begin(review_id: int, to: str, *states: str, by: AbstractBaseUser | None) -> bool:
    rows = BulkReview.objects.filter(pk=review_id, state__in=states)
    moved = {"state": to, "position": 0, "done": 0, "cancel_requested": False, "moved_at": timezone.now()}
    if not rows.update(**moved | ({"by": by} if by else {})):
        return False
    if BulkReview.objects.filter(pk=review_id, total__lte=settings.BULK_AT_ONCE).exists():
        while _one_page(review_id) is not None:
            pass
    return True


def _one_page(review_id: int) -> int | None:
    """Work through the next page; None once there is none, or another process has it."""
    with transaction.atomic():
        review = BulkReview.objects.select_for_update(skip_locked=True).filter(pk=review_id).first()
        if review is None or review.state not in UNDER_WAY:
            return None
        if review.state == State.RUNNING and review.cancel_requested:
            return _ended(review, State.CANCELLED)
        count, done = (_accept if review.state == State.RUNNING else _take_back)(review)
        if not count:
            return _ended(review, State.DONE if review.state == State.RUNNING else State.UNDONE)
        moved = {"position": F("position") + count, "done": F("done") + done, "moved_at": timezone.now()}
        BulkReview.objects.filter(pk=review_id).update(**moved)
    return count


def _accept(review: BulkReview) -> tuple[int, int]:
    ids, claims = (array[review.position : review.position + PAGE] for array in _arrays(review))
    done = 0
    for claim in np.unique(claims).tolist():
        digit = None if claim == NO_DIGIT else claim
        same = Drawing.objects.visible().filter(pk__in=ids[claims == claim].tolist())
        told = {"by": review.by, "claim": digit, "seen_at": review.seen_at, "batch": review.batch}
        done += drawings.review(list(same.values_list("pk", flat=True)), Label.State.ACCEPTED, **told)
    return len(ids), done


def _take_back(review: BulkReview) -> tuple[int, int]:
    """By the drawings' order, so that what cannot be taken back is passed by once."""
    ids = _arrays(review)[0][review.position : review.position + PAGE].tolist()
    done = 0
    for decision in Decision.objects.filter(batch=review.batch, drawing__in=ids, kind__in=trail.KINDS, undone_at=None):
        try:
            with transaction.atomic():
                trail.undo(decision, by=review.by)
            done += 1
        except DecisionError:
            pass  # it has changed since, and stays
    return len(ids), done


def _ended(review: BulkReview, state: str) -> None:
    BulkReview.objects.filter(pk=review.pk).update(state=state, moved_at=timezone.now())


def _arrays(review: BulkReview) -> tuple[np.ndarray, np.ndarray]:
    """The drawings' ids, int64, and what their labels said, int8."""
    return np.frombuffer(bytes(review.ids), np.int64), np.frombuffer(bytes(review.claims), np.int8)
