"""What a room's open pages ask for, rendered once for all members who see the same, for a moment.

Thirty phones that ask every few seconds are one rendering a second in each process. Left out on purpose: the shared
cache, which may write what it keeps to the disk; and pages of teachers and of members who keep their drawings to
themselves, who see something else."""

import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.dispatch import receiver
from django.utils.translation import get_language

from recognizer.deletion import drawings_go
from recognizer.models import Room
from training.fading import Fading

_kept: dict[tuple[int, str], tuple[float, bytes]] = {}
_lock = threading.Lock()


def shared(room: Room, render: Callable[[], bytes]) -> bytes:
    """What was rendered for this room and language within ROOM_FIGURES_SECONDS, else what `render` makes now."""
    key, now = (room.pk, get_language() or ""), time.monotonic()
    with _lock:
        for old in [name for name, (until, _content) in _kept.items() if until <= now]:
            del _kept[old]
        if key in _kept:
            return _kept[key][1]
    content = render()
    with _lock:
        _kept[key] = (now + settings.ROOM_FIGURES_SECONDS, content)
    _fading.used()
    return content


def forget() -> None:
    """Start again as a fresh process would."""
    with _lock:
        _kept.clear()


def _fade() -> bool:
    forget()
    return True


# After a lesson nobody asks any more, and what another process deletes is told to none but that one.
_fading = Fading(_fade)


@receiver(drawings_go, dispatch_uid="training.rooms.fragments")
def _let_go(sender: type, **kwargs: object) -> None:
    """Of what is deleted no picture is shown for even a moment longer by this process, nor kept."""
    forget()
