"""Why a drawing is hidden, in one column: a person's reason before that its visitor is blocked, that before a ban.

What is hidden for a visitor's or a shape's sake follows from them, and is worked out anew when they change. Left out on
purpose: who decided on it and what is written down of that, which is `recognizer.moderation` and `recognizer.bans`."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from recognizer import locks, prepared, shapes
from recognizer.changes import drawings_change
from recognizer.models import Drawing, Visitor

Hidden = Drawing.Hidden
VISIBLE = ""
Reason = tuple[str, int | None]  # hidden_as, and the banned shape


def hide_from_the_start(drawings: list[Drawing]) -> None:
    """Mark drawings that are about to be stored, each with a visitor who is a row, if they have to be hidden.

    In the transaction that stores them: a visitor who is being blocked waits for it, or it for the blocking."""
    blocked, banned = _now({one.visitor_id for one in drawings})
    reasons = _reasons([one.visitor_id for one in drawings], [one.seen for one in drawings], blocked, banned)
    now = timezone.now()
    for drawing, (hidden_as, shape) in zip(drawings, reasons, strict=True):
        drawing.hidden_as, drawing.banned_shape_id = hidden_as, shape
        drawing.hidden_at = now if hidden_as else None


def put(rows: QuerySet[Drawing], reason: Reason) -> int:
    """Hide these drawings for a reason, or show them: all but those that are hidden for it already."""
    hidden_as, shape = reason
    hidden_at = timezone.now() if hidden_as else None
    ids = list(rows.exclude(hidden_as=hidden_as, banned_shape=shape).values_list("pk", flat=True))
    changed = 0
    for page in locks.pages(ids):
        meant = Drawing.objects.filter(pk__in=page)
        changed += meant.update(hidden_as=hidden_as, hidden_at=hidden_at, banned_shape=shape)
        drawings_change.send(sender=Drawing, ids=page)
    return changed


def settle(drawing_ids: Iterable[int]) -> int:
    """Hide or show these drawings as their visitors and the banned shapes have it, a person's reason apart.

    The caller has locked the visitors and the drawings. Return how many have changed."""
    changed = 0
    for page in locks.pages(drawing_ids):
        rows = Drawing.objects.filter(pk__in=page).order_by("pk")
        of = dict(rows.values_list("pk", "visitor_id"))
        blocked, banned = _now(set(of.values()))
        seen = list(rows.values_list("seen", flat=True)) if banned.ids else []
        groups: dict[Reason, list[int]] = {}
        for pk, reason in zip(of, _reasons(list(of.values()), seen, blocked, banned), strict=True):
            groups.setdefault(reason, []).append(pk)
        changed += sum(put(Drawing.objects.filter(pk__in=ids), reason) for reason, ids in groups.items())
    return changed


def _reasons(visitor_ids: list[int], seen: list[bytes], blocked: set[int], banned: shapes.Shapes) -> list[Reason]:
    """For each drawing, by its visitor and what the network saw of it, why it is to be hidden."""
    of = banned.of(shapes.vectors_of(seen)) if banned.ids and seen else [None] * len(visitor_ids)
    return [
        (Hidden.VISITOR, None) if visitor in blocked else (Hidden.SHAPE, shape) if shape else (VISIBLE, None)
        for visitor, shape in zip(visitor_ids, of, strict=True)
    ]


def _locked(meant: dict[str, object]) -> QuerySet:
    rows = Visitor.objects.select_for_update(no_key=True).filter(**meant).order_by("pk")
    return rows.annotate(stamp=shapes.stamp()).values_list("pk", "blocked_at", "stamp")


_one_locked = prepared.Prepared(lambda pk: _locked({"pk": pk}), prepared.NUMBER)


def _now_of(visitor_id: int) -> tuple[set[int], shapes.Shapes]:
    """The same for one visitor, as each drawing that is stored asks for it."""
    pk, since, stamp = _one_locked.first(visitor_id) or (visitor_id, None, None)
    return {pk} if since else set(), shapes.banned(stamp)


def _now(visitor_ids: set[int]) -> tuple[set[int], shapes.Shapes]:
    """Lock these visitors; return those of them who are blocked, and the shapes that are banned."""
    if len(visitor_ids) == 1:
        return _now_of(*visitor_ids)
    blocked, stamp = set(), None
    for page in locks.pages(visitor_ids):
        for pk, since, stamp in _locked({"pk__in": page}):  # noqa: B007
            blocked.update([pk] if since else [])
    return blocked, shapes.banned(stamp)
