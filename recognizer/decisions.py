"""The audit trail of labels: whatever happens to one inside `recorded()` is written down, and `undo()` takes it back.

Left out on purpose: what may be decided, which is `recognizer.drawings`; hiding, blocking and banning."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognizer.changes import drawings_change
from recognizer.models import Decision, Drawing, Label

Kind = Decision.Kind
State = dict[str, Any]
# A label as it is kept in the trail; all that it takes to put it back.
FIELDS = ("digit", "state", "reading", "by_agreement", "by_room", "reviewed_at", "reviewed_by_id")
OF_LABELS = (Kind.ACCEPT, Kind.REJECT, Kind.RELABEL, Kind.AGREE, Kind.REOPEN)


class DecisionError(Exception):
    """This cannot be taken back; the message says why, in words for people."""


@contextmanager
def recorded(
    drawing_ids: Iterable[int],
    *,
    by: AbstractBaseUser | None,
    batch: UUID | None = None,
    seconds: float | None = None,
) -> Iterator[None]:
    """Write down what happens to the labels of these drawings, which the caller has locked in a transaction."""
    ids = list(drawing_ids)
    before = states(ids)
    yield
    after = states(ids)
    changed = [pk for pk in ids if before.get(pk) != after.get(pk)]
    rest = {"by": by, "batch": batch, "seconds": seconds}
    Decision.objects.bulk_create(
        Decision(
            kind=kind_of(before.get(pk), after.get(pk)),
            drawing_id=pk,
            before=before.get(pk),
            after=after.get(pk),
            **rest,
        )
        for pk in changed
    )
    if changed:
        drawings_change.send(sender=Drawing, ids=changed)


def states(drawing_ids: Iterable[int]) -> dict[int, State]:
    """The labels of these drawings as the trail keeps them; what has no label is left out."""
    rows = Label.objects.filter(drawing_id__in=list(drawing_ids)).values("drawing_id", *FIELDS)
    return {row.pop("drawing_id"): _kept(row) for row in rows}


def kind_of(before: State | None, after: State | None) -> Kind:
    """What it is called that a label became another."""
    if after is None or after["state"] == Label.State.UNREVIEWED:
        return Kind.REOPEN
    if after["state"] == Label.State.REJECTED:
        return Kind.REJECT
    if after["by_agreement"]:
        return Kind.AGREE
    return Kind.ACCEPT if before and before["digit"] == after["digit"] else Kind.RELABEL


def undo(decision: Decision, *, by: AbstractBaseUser | None) -> Decision:
    """Put the label back as it was before; return the decision that says so.

    Raises DecisionError if it was taken back before, is not about a label, or the label has changed since;
    Drawing.DoesNotExist if the drawing was deleted."""
    with transaction.atomic():
        if decision.kind not in OF_LABELS:
            raise DecisionError(_("%(decision)s is not about a label.") % {"decision": decision})
        Drawing.objects.select_for_update().get(pk=decision.drawing_id)
        decision = Decision.objects.select_for_update().get(pk=decision.pk)
        if decision.undone_at:
            raise DecisionError(_("This was taken back before."))
        if states([decision.drawing_id]).get(decision.drawing_id) != decision.after:
            raise DecisionError(
                _("The label of %(drawing)s has changed since: decide on it anew.") % {"drawing": decision.drawing}
            )
        _put_back(decision)
        drawings_change.send(sender=Drawing, ids=[decision.drawing_id])
        decision.undone_at = timezone.now()
        decision.save(update_fields=["undone_at"])
        return Decision.objects.create(
            kind=Kind.UNDO, undoes=decision, drawing_id=decision.drawing_id, by=by, before=decision.after,
            after=decision.before, batch=decision.batch,
        )  # fmt: skip


def _put_back(decision: Decision) -> None:
    labels = Label.objects.filter(drawing_id=decision.drawing_id)
    if decision.before is None:
        labels.delete()
        return
    reviewed_at = decision.before["reviewed_at"]
    moment = reviewed_at and datetime.fromisoformat(reviewed_at)
    labels.update(**{"by_room": False} | decision.before | {"reviewed_at": moment}, updated_at=timezone.now())


def _kept(row: State) -> State:
    """Whose decision counts in a room alone says so; where it counts everywhere, it is as trails always were."""
    if not row["by_room"]:
        del row["by_room"]
    return row | {"reviewed_at": _as_text(row["reviewed_at"])}


def _as_text(moment: datetime | None) -> str | None:
    return moment and moment.isoformat()
