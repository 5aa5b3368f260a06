"""Takes back what people decided, whatever it was about: a label, a drawing, a visitor, a shape; one, or a whole press.

Left out on purpose: how each is taken back, which is `decisions.py` for labels and `moderation.py` for the rest."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Avg, Count, Q
from django.utils.translation import gettext as _

from recognizer import decisions, moderation
from recognizer.decisions import DecisionError
from recognizer.models import Decision, Drawing

# What can be taken back
KINDS = (*decisions.OF_LABELS, *moderation.KINDS)


@dataclass(frozen=True)
class Reviewer:
    """What somebody decided in a time: how many, how long each was looked at, how many were taken back since."""

    name: str
    count: int
    seconds: float | None
    taken_back: int

    @property
    def a_minute(self) -> float | None:
        return 60 / self.seconds if self.seconds else None


def undo(decision: Decision, *, by: AbstractBaseUser | None) -> Decision:
    """Put things back as they were; return the decision that says so. Raises DecisionError with the reason in words."""
    if decision.is_emptied:
        raise DecisionError(_("What this was about was deleted."))
    of = decisions if decision.kind in decisions.OF_LABELS else moderation
    try:
        return of.undo(decision, by=by)
    except Drawing.DoesNotExist:
        raise DecisionError(_("The drawing was deleted since.")) from None


def undo_press(batch: UUID, *, by: AbstractBaseUser | None) -> tuple[int, int]:
    """Take back all that one press did, the last first; return of how much, and how much changed since and stays."""
    done = kept = 0
    for decision in Decision.objects.filter(batch=batch, kind__in=KINDS, undone_at=None).order_by("-pk"):
        try:
            undo(decision, by=by)
            done += 1
        except DecisionError:
            kept += 1
    return done, kept


def can_be_undone(decision: Decision) -> bool:
    return decision.kind in KINDS and decision.undone_at is None and not decision.is_emptied


def reviewers(since: datetime) -> list[Reviewer]:
    """Who decided on labels since then, the busiest first."""
    rows = Decision.objects.filter(kind__in=decisions.OF_LABELS, by__isnull=False, created_at__gte=since).order_by()
    counts = rows.values("by__username").annotate(
        n=Count("pk"), seconds=Avg("seconds"), back=Count("pk", filter=Q(undone_at__isnull=False))
    )
    found = [Reviewer(row["by__username"], row["n"], row["seconds"], row["back"]) for row in counts]
    return sorted(found, key=lambda one: (-one.count, one.name))
