"""Wrong codes are slow to guess: after so many from an address, it is not told for a while whether one is right.

A school is one address, so that only codes that are wrong count. Where very many come from everywhere, each address may
send FEW and no more: strangers who guess from many addresses shut no class out that types its code right. Left out on
purpose: exactness. Where the cache does not answer nobody is held up, since a code opens no more than a page with
drawings of digits."""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from recognizer.addresses import UNIX, client_address

logger = logging.getLogger(__name__)

FEW = 5
EVERYWHERE, HERE = "everywhere", "here"


def wait_seconds(request: HttpRequest) -> int:
    """How long this address has to wait before it may try a code; 0 if it may."""
    now, window = time.time(), settings.ROOM_WRONG_CODES_SECONDS
    keys = _keys(request)
    try:
        counts = cache.get_many(list(keys.values()))
    except Exception as error:  # of whichever cache it is
        logger.warning("The cache does not answer (%s): wrong codes of rooms are not counted.", error)
        return 0
    everywhere, here = (counts.get(keys.get(name), 0) for name in (EVERYWHERE, HERE))
    return max(1, round(window - now % window)) if _is_full(everywhere, here if HERE in keys else None) else 0


def note(request: HttpRequest) -> None:
    """Count a wrong code."""
    try:
        for key in _keys(request).values():
            cache.add(key, 0, timeout=settings.ROOM_WRONG_CODES_SECONDS)
            cache.incr(key)
    except Exception as error:  # of whichever cache it is, or a count that has just ended
        logger.warning("A wrong code of a room was not counted: %s", error)


def _is_full(everywhere: int, here: int | None) -> bool:
    """Whether this address waits; where nobody told one, all share the count of everywhere."""
    is_flooded = everywhere >= settings.ROOM_WRONG_CODES_SITE
    if here is None:
        return is_flooded
    return here >= (min(FEW, settings.ROOM_WRONG_CODES) if is_flooded else settings.ROOM_WRONG_CODES)


def _keys(request: HttpRequest) -> dict[str, str]:
    """By which names a wrong code is counted."""
    keys = {EVERYWHERE: f"rooms:wrong:{_window()}"}
    if (address := client_address(request)) != UNIX:
        # In the cache's log and dumps nobody is recognised.
        own = salted_hmac("recognizer.rooms.guesses", address, algorithm="sha256").hexdigest()[:24]
        keys[HERE] = f"rooms:wrong:{_window()}:{own}"
    return keys


def _window() -> int:
    return int(time.time() // settings.ROOM_WRONG_CODES_SECONDS)
