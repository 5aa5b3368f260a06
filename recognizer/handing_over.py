"""What becomes of a ban when the drawing goes that it was made of: another drawing of the shape carries it on, or it
ends, since the picture that it is made of is the picture of somebody who had it deleted.

A drawing that somebody of the site deletes leaves its ban alone, until its visitor goes too. Left out on purpose:
banning and lifting by people, which is `recognizer.bans`."""

from django.db.models import Case, QuerySet, Value, When
from django.dispatch import receiver
from django.utils import timezone

from recognizer import emptying, locks
from recognizer.deletion import Deleter, drawings_go, visitors_go
from recognizer.models import BannedShape, Drawing, Visitor


@receiver(drawings_go, dispatch_uid="recognizer.handing_over.drawings")
def _of_drawings(sender: type[Drawing], ids: list[int], by: str, **kwargs: object) -> None:
    if by != Deleter.VISITOR:
        return
    for page in locks.pages(ids):
        shapes = list(BannedShape.objects.select_for_update().filter(drawing__in=page).order_by("pk"))
        for shape in shapes:
            hand_over(shape, shape.drawings.exclude(pk__in=ids))


@receiver(visitors_go, dispatch_uid="recognizer.handing_over.visitors")
def _of_visitors(sender: type[Visitor], ids: list[int], **kwargs: object) -> None:
    for shape in BannedShape.objects.select_for_update().filter(visitor__in=ids).order_by("pk"):
        hand_over(shape, shape.drawings.exclude(visitor__in=ids))


def hand_over(shape: BannedShape, heirs: QuerySet[Drawing]) -> bool:
    """Let one of these drawings carry the ban on, another visitor's if there is one; without any it is deleted.

    Return whether one does."""
    is_own = Case(When(visitor=shape.visitor_id, then=Value(1)), default=Value(0))
    heir = heirs.annotate(is_own=is_own).order_by("is_own", "pk").first()
    if heir is None:
        _end(shape)
        return False
    carried = {"seen": heir.seen, "fingerprint": heir.fingerprint or 0, "drawing": heir, "visitor": heir.visitor_id}
    BannedShape.objects.filter(pk=shape.pk).update(**carried, changed_at=timezone.now(), swept_at=None)
    return True


def _end(shape: BannedShape) -> None:
    Drawing.objects.filter(banned_shape=shape).update(banned_shape=None)  # they go in this transaction
    emptying.empty("shape", [shape.pk])
    shape.delete()
    # Processes learn by the latest of these moments that what they remember is no longer all.
    if latest := BannedShape.objects.order_by("-changed_at").first():
        BannedShape.objects.filter(pk=latest.pk).update(changed_at=timezone.now())
