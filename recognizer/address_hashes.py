"""Which addresses a visitor came from, as keyed hashes alone, for ADDRESS_DAYS days: they show who acts as many.

Without ADDRESS_KEY nobody can work an address out, not even by trying all there are; with a new key, old hashes match
nothing any more and age out. Left out on purpose: the address itself, which is kept nowhere."""

import hashlib
import hmac
import time
from datetime import timedelta
from functools import partial

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recognizer.models import Visitor, VisitorAddress
from recognizer.visitors import Known

# This process remembers of so many visitors and addresses that they were written lately.
MOST_REMEMBERED = 20_000

_written: dict[int, float] = {}


def of(address: str) -> str:
    """The keyed hash of an address as `addresses.client_address` writes it: HMAC-SHA-256, in hexadecimal."""
    return hmac.digest(settings.ADDRESS_KEY.encode(), b"address:" + address.encode(), hashlib.sha256).hex()


def note(visitor: Visitor, address: str, *, clock: float | None = None) -> bool:
    """Keep that the visitor, who is a row, came from this address; in one statement, and at most once in
    ADDRESS_NOTE_SECONDS by each process. Return whether it was written."""
    address_hash, now = of(address), time.monotonic() if clock is None else clock
    key = _key(visitor, address_hash)
    if _is_fresh(key, now):
        return False
    moment = timezone.now()
    VisitorAddress.objects.bulk_create(
        [VisitorAddress(visitor_id=visitor.pk, address_hash=address_hash, first_seen_at=moment, last_seen_at=moment)],
        update_conflicts=True, unique_fields=["address_hash", "visitor"], update_fields=["last_seen_at"],
    )  # fmt: skip
    transaction.on_commit(partial(_remember, key, now))
    return True


def is_noted(visitor: Visitor | Known, address: str) -> bool:
    """Whether `note` would write nothing."""
    return _is_fresh(_key(visitor, of(address)), time.monotonic())


def others(visitor: Visitor) -> int:
    """How many other visitors came from an address of this one, as far as that is still known."""
    mine = VisitorAddress.objects.filter(visitor=visitor).values("address_hash")
    same = VisitorAddress.objects.filter(address_hash__in=mine).exclude(visitor=visitor)
    return same.order_by().values("visitor").distinct().count()


def forget_old() -> int:
    """Remove what was last seen more than ADDRESS_DAYS ago; return how much."""
    before = timezone.now() - timedelta(days=settings.ADDRESS_DAYS)
    return VisitorAddress.objects.filter(last_seen_at__lt=before).delete()[0]


def forget_failed_logins() -> int:
    """Remove failed logins of which none keeps a login shut any more; return how many. django-axes does that only when
    somebody tries the next time."""
    before = timezone.now() - settings.AXES_COOLOFF_TIME
    return AccessAttempt.objects.filter(attempt_time__lt=before).delete()[0]


def forget() -> None:
    """Start again as a fresh process would."""
    _written.clear()


def _key(visitor: Visitor | Known, address_hash: str) -> int:
    return hash((visitor.pk, address_hash))  # of which nobody learns either


def _is_fresh(key: int, now: float) -> bool:
    return now - _written.get(key, float("-inf")) < settings.ADDRESS_NOTE_SECONDS


def _remember(key: int, now: float) -> None:
    _written.pop(key, None)
    _written[key] = now
    while len(_written) > MOST_REMEMBERED:
        _written.pop(next(iter(_written)), None)
