"""Takes out of the audit trail what was deleted: who decided, what kind of decision it was and when stays, alone.

Left out on purpose: decisions of the site itself, which nobody answers for; they go with what they were about."""

from collections.abc import Iterable

from django.dispatch import receiver

from recognizer import locks
from recognizer.deletion import drawings_go, visitors_go
from recognizer.models import Decision, Drawing, Visitor

NOTHING = {"before": None, "after": None, "reason": "", "batch": None}


@receiver(drawings_go, dispatch_uid="recognizer.emptying.drawings")
def _of_drawings(sender: type[Drawing], ids: list[int], **kwargs: object) -> None:
    empty("drawing", ids)


@receiver(visitors_go, dispatch_uid="recognizer.emptying.visitors")
def _of_visitors(sender: type[Visitor], ids: list[int], **kwargs: object) -> None:
    empty("visitor", ids)


def empty(about: str, ids: Iterable[int]) -> None:
    """Keep of people's decisions about these drawings, visitors or shapes that they were made."""
    for page in locks.pages(ids):
        decisions = Decision.objects.filter(**{f"{about}__in": page}, by__isnull=False)
        decisions.update(**{about: None}, **NOTHING)
