"""What people decide about drawings and visitors that do harm: hidden, shown again, blocked, let in again.

Each decision is one transaction and is written down; what is decided already is left alone. All can be taken back.
Left out on purpose: which drawings the public parts leave out, which is said once by `Drawing.objects.visible()`."""

from collections.abc import Callable, Iterable
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer import bans, hiding, locks
from recognizer.decisions import DecisionError
from recognizer.models import BannedShape, Decision, Drawing, Visitor

By = AbstractBaseUser | None
Kind = Decision.Kind
OF_DRAWINGS = (Kind.HIDE, Kind.SHOW)
OF_VISITORS = (Kind.BLOCK, Kind.UNBLOCK)
KINDS = (*OF_DRAWINGS, *OF_VISITORS, *bans.KINDS)


def hide(drawing_ids: Iterable[int], *, by: By, reason: str = "", batch: UUID | None = None) -> int:
    """Hide drawings until a person shows them again; return how many nobody had hidden."""

    def hidden(ids: list[int]) -> None:
        hiding.put(Drawing.objects.filter(pk__in=ids), (hiding.Hidden.BY_PERSON, None))

    return _decide(list(drawing_ids), Kind.HIDE, hidden, by=by, reason=reason, batch=batch)


def show(drawing_ids: Iterable[int], *, by: By, reason: str = "", batch: UUID | None = None) -> int:
    """Take a person's hiding from drawings; return from how many. What is hidden for its visitor's or its shape's sake
    as well stays hidden for that."""
    return _decide(list(drawing_ids), Kind.SHOW, hiding.settle, by=by, reason=reason, batch=batch)


def block(visitor: Visitor, *, by: By, reason: str = "", batch: UUID | None = None) -> bool:
    """Hide all drawings of a visitor, those to come as well; return whether this is new."""
    with transaction.atomic():
        changed = _set_blocked(visitor.pk, True)
        if changed:
            Decision.objects.create(kind=Kind.BLOCK, visitor_id=visitor.pk, by=by, reason=reason, batch=batch)
    return changed


def unblock(visitor: Visitor, *, by: By, reason: str = "", batch: UUID | None = None) -> bool:
    """Show the drawings of a visitor again that are hidden for that alone; return whether this is new."""
    with transaction.atomic():
        changed = _set_blocked(visitor.pk, False)
        if changed:
            Decision.objects.create(kind=Kind.UNBLOCK, visitor_id=visitor.pk, by=by, reason=reason, batch=batch)
    return changed


def hide_and_block(drawing: Drawing, *, by: By, reason: str = "", batch: UUID | None = None) -> UUID:
    """Hide a drawing and block its visitor, all at one press; return the batch that `trail.undo_press` takes back."""
    batch = batch or uuid4()
    with transaction.atomic():
        block(Visitor(pk=drawing.visitor_id), by=by, reason=reason, batch=batch)
        hide([drawing.pk], by=by, reason=reason, batch=batch)
    return batch


def undo(decision: Decision, *, by: By) -> Decision:
    """Put things back as they were before a decision to hide, block or ban; return the decision that says so.

    Raises DecisionError if it was taken back before, is of another kind, or another one has come after it."""
    with transaction.atomic():
        _lock_what_it_is_about(decision)
        decision = Decision.objects.select_for_update().filter(pk=decision.pk).first()
        _check_can_be_undone(decision)
        _put_back(decision)
        decision.undone_at = timezone.now()
        decision.save(update_fields=["undone_at"])
        about = {"drawing_id": decision.drawing_id, "visitor_id": decision.visitor_id, "shape_id": decision.shape_id}
        return Decision.objects.create(kind=Kind.UNDO, undoes=decision, by=by, batch=decision.batch, **about)


def _decide(
    ids: list[int], kind: Kind, change: Callable[[list[int]], object], *, by: By, reason: str, batch: UUID | None
) -> int:
    """Hide or show those of the drawings that a person has not hidden, or has."""
    count, batch = 0, batch or (uuid4() if len(ids) > 1 else None)
    with transaction.atomic():
        locks.visitors_of(ids)
        for page in locks.pages(ids):
            part = _hidden_by_person(locks.drawings(page), kind == Kind.SHOW)
            change(part)
            rest = {"kind": kind, "by": by, "reason": reason, "batch": batch}
            Decision.objects.bulk_create(Decision(drawing_id=pk, **rest) for pk in part)
            count += len(part)
    return count


def _hidden_by_person(ids: list[int], are: bool) -> list[int]:
    rows = Drawing.objects.filter(pk__in=ids).order_by("pk")
    by_person = {"hidden_as": hiding.Hidden.BY_PERSON}
    rows = rows.filter(**by_person) if are else rows.exclude(**by_person)
    return list(rows.values_list("pk", flat=True))


def _set_blocked(visitor_id: int, blocked: bool) -> bool:
    """Block or let in again, and hide or show what follows from it. Raises Visitor.DoesNotExist."""
    if not locks.visitors([visitor_id]):
        raise Visitor.DoesNotExist(f"visitor {visitor_id} was deleted")
    now = timezone.now() if blocked else None
    rows = Visitor.objects.filter(pk=visitor_id, blocked_at__isnull=blocked)
    if not rows.update(blocked_at=now):
        return False
    meant = Drawing.objects.filter(visitor=visitor_id).exclude(hidden_as=hiding.Hidden.BY_PERSON)
    any_banned = BannedShape.objects.filter(lifted_at=None).exists()
    for page in locks.pages(meant.order_by().values_list("pk", flat=True)):
        part = locks.drawings(page)
        if any_banned and not blocked:
            hiding.settle(part)
        else:
            hiding.put(meant.filter(pk__in=part), (hiding.Hidden.VISITOR if blocked else hiding.VISIBLE, None))
    return True


def _lock_what_it_is_about(decision: Decision) -> None:
    if decision.kind not in KINDS:
        raise DecisionError(_("%(decision)s is not about hiding, blocking or banning.") % {"decision": decision})
    if decision.visitor_id:
        locks.visitors([decision.visitor_id])
    if decision.drawing_id:
        locks.visitors_of([decision.drawing_id])
        locks.drawings([decision.drawing_id])


def _check_can_be_undone(decision: Decision | None) -> None:
    if decision is None:
        raise DecisionError(_("What this was about was deleted."))
    if decision.undone_at:
        raise DecisionError(_("This was taken back before."))
    for kinds, column in ((OF_DRAWINGS, "drawing_id"), (OF_VISITORS, "visitor_id"), (bans.KINDS, "shape_id")):
        if decision.kind in kinds:
            about = {column: getattr(decision, column)}
            later = Decision.objects.filter(kind__in=kinds, pk__gt=decision.pk, undone_at=None, **about)
    if later.exists():
        raise DecisionError(
            _("Something else was decided on this since %(decision)s: take that back first.") % {"decision": decision}
        )


def _put_back(decision: Decision) -> None:
    kind, drawings = decision.kind, Drawing.objects.filter(pk=decision.drawing_id)
    if kind == Kind.HIDE:
        hiding.settle([decision.drawing_id])
    elif kind == Kind.SHOW:
        hiding.put(drawings, (hiding.Hidden.BY_PERSON, None))
    elif kind in OF_VISITORS:
        _set_blocked(decision.visitor_id, kind == Kind.UNBLOCK)
    else:
        bans.put_back(decision)
