"""Shapes that are banned: what is near to them is hidden, what was stored and what comes, until the ban is lifted.

A drawing that is stored in the moment of a ban may slip by; `sweep` looks for such ones a little later. Left out on
purpose: what counts as near, which is `recognizer.shapes`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from recognizer import hiding, locks, shapes
from recognizer.models import BannedShape, Decision, Drawing, DrawingFacts, Label

By = AbstractBaseUser | None
MANY_VISITORS = 3  # who drew the same: then it is hardly the work of one
KINDS = (Decision.Kind.BAN, Decision.Kind.LIFT)


@dataclass(frozen=True)
class Preview:
    """What a ban at one nearness would hide: the drawings, the nearest first, and whose they are."""

    nearness: BannedShape.Nearness
    ids: list[int]
    hidden: int
    visitors: int
    accepted: int

    @property
    def is_what_people_draw(self) -> bool:
        """Whether it looks like a digit that different people write the same way."""
        return self.accepted > 0 or self.visitors > MANY_VISITORS


def preview(seen: bytes) -> dict[str, Preview]:
    """What a ban of this shape would hide, for each nearness."""
    near = shapes.near(seen, BannedShape.Nearness.ALIKE)
    about: dict[int, tuple] = {}
    for page in locks.pages(near):
        rows = DrawingFacts.objects.filter(pk__in=page).values_list("pk", "visitor_id", "state", "hidden_as")
        about |= {row[0]: row[1:] for row in rows}
    return {one.value: _preview(one, near, about) for one in BannedShape.Nearness}


def _preview(nearness: BannedShape.Nearness, near: dict[int, float], about: dict[int, tuple]) -> Preview:
    ids = [pk for pk, far in near.items() if far <= shapes.DISTANCES[nearness] and pk in about]
    rows = [about[pk] for pk in ids]
    return Preview(
        nearness=nearness,
        ids=ids,
        hidden=sum(bool(hidden) for _, _, hidden in rows),
        visitors=len({visitor for visitor, _, _ in rows}),
        accepted=sum(state == Label.State.ACCEPTED for _, state, _ in rows),
    )


def ban(drawing: Drawing, nearness: str, *, by: By, reason: str, batch: UUID | None = None) -> BannedShape:
    """Ban what the network saw of a drawing, and hide all that is so near to it."""
    seen = bytes(drawing.seen)
    near = shapes.near(seen, nearness)  # before the transaction: on a large site it takes a second or two
    with transaction.atomic():
        shape = BannedShape.objects.create(
            seen=seen, fingerprint=shapes.fingerprint(seen), nearness=nearness, by=by, reason=reason,
            drawing=drawing, visitor_id=drawing.visitor_id,
        )  # fmt: skip
        Decision.objects.create(kind=Decision.Kind.BAN, shape=shape, by=by, reason=reason, batch=batch)
        _settle(near)
    return shape


def lift(shape: BannedShape, *, by: By, reason: str = "", batch: UUID | None = None) -> bool:
    """Show again what is hidden only for being of this shape; return whether it was banned."""
    with transaction.atomic():
        changed = _set_lifted(shape.pk, True)
        if changed:
            Decision.objects.create(kind=Decision.Kind.LIFT, shape=shape, by=by, reason=reason, batch=batch)
    return changed


def put_back(decision: Decision) -> None:
    """Lift the ban that a decision made, or ban again what it lifted; in the transaction of `moderation.undo`."""
    _set_lifted(decision.shape_id, decision.kind == Decision.Kind.BAN)


def guard() -> int:
    """Give old drawings their fingerprints, hiding those of a banned shape, and sweep; return how many changed."""
    return check(shapes.add_fingerprints(most=settings.FINGERPRINTS_AT_ONCE)) + sweep()


def sweep() -> int:
    """Hide or show what slipped by while shapes were banned or lifted; return how many drawings that were."""
    before = timezone.now() - timedelta(seconds=settings.BAN_SWEEP_AFTER_SECONDS)
    changed = 0
    for shape in BannedShape.objects.filter(swept_at=None, changed_at__lt=before).order_by("pk"):
        meant = _of(shape) if shape.lifted_at else shapes.near(bytes(shape.seen), shape.nearness)
        with transaction.atomic():
            changed += _settle(meant)
        BannedShape.objects.filter(pk=shape.pk, changed_at=shape.changed_at).update(swept_at=timezone.now())
    return changed


def check(drawing_ids: Iterable[int]) -> int:
    """Hide those of these drawings that are of a banned shape; return how many."""
    if not BannedShape.objects.filter(lifted_at=None).exists():
        return 0
    with transaction.atomic():
        return _settle(drawing_ids)


def _set_lifted(shape_id: int, lifted: bool) -> bool:
    now = timezone.now()
    rows = BannedShape.objects.filter(pk=shape_id, lifted_at__isnull=lifted)
    if not rows.update(lifted_at=now if lifted else None, changed_at=now, swept_at=None):
        return False
    shape = BannedShape.objects.get(pk=shape_id)
    _settle(_of(shape) if lifted else shapes.near(bytes(shape.seen), shape.nearness))
    return True


def _of(shape: BannedShape) -> list[int]:
    return list(shape.drawings.order_by("pk").values_list("pk", flat=True))


def _settle(drawing_ids: Iterable[int]) -> int:
    ids, changed = list(drawing_ids), 0
    locks.visitors_of(ids)
    for page in locks.pages(ids):
        rows = Drawing.objects.filter(pk__in=locks.drawings(page)).exclude(hidden_as=hiding.Hidden.BY_PERSON)
        changed += hiding.settle(rows.values_list("pk", flat=True))
    return changed
