"""Wrong codes are slow to guess: so many from an address and from everywhere, then nobody is told whether a code is
right for a while.

A school is one address, so that only codes that are wrong count. Left out on purpose: exactness. Where the cache does
not answer nobody is held up, since a code opens no more than a page with drawings of digits."""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from recognizer.addresses import UNIX, client_address

logger = logging.getLogger(__name__)


def wait_seconds(request: HttpRequest) -> int:
    """How long this address has to wait before it may try a code; 0 if it may."""
    now, window = time.time(), settings.ROOM_WRONG_CODES_SECONDS
    most = _counts(request)
    try:
        counts = cache.get_many(list(most))
    except Exception as error:  # of whichever cache it is
        logger.warning("The cache does not answer (%s): wrong codes of rooms are not counted.", error)
        return 0
    is_full = any(counts.get(key, 0) >= limit for key, limit in most.items())
    return max(1, round(window - now % window)) if is_full else 0


def note(request: HttpRequest) -> None:
    """Count a wrong code."""
    try:
        for key in _counts(request):
            cache.add(key, 0, timeout=settings.ROOM_WRONG_CODES_SECONDS)
            cache.incr(key)
    except Exception as error:  # of whichever cache it is, or a count that has just ended
        logger.warning("A wrong code of a room was not counted: %s", error)


def _counts(request: HttpRequest) -> dict[str, int]:
    """By which names it is counted, and up to how much; where nobody told an address, all share one count."""
    counts = {f"rooms:wrong:{_window()}": settings.ROOM_WRONG_CODES_SITE}
    if (address := client_address(request)) != UNIX:
        # In the cache's log and dumps nobody is recognised.
        own = salted_hmac("recognizer.rooms.guesses", address, algorithm="sha256").hexdigest()[:24]
        counts[f"rooms:wrong:{_window()}:{own}"] = settings.ROOM_WRONG_CODES
    return counts


def _window() -> int:
    return int(time.time() // settings.ROOM_WRONG_CODES_SECONDS)
