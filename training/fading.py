"""What a process remembers of drawings fades: so that what is deleted by another process is not remembered here for
good.

Left out on purpose: telling all processes of each deletion. Who asks for a drawing that is gone is told nothing by any
of them; this is about their memory alone."""

import threading
from collections.abc import Callable

from django.conf import settings


class Fading:
    """Calls `fade` some FORGET_SECONDS after the first `used()`; if that is False, again after as long."""

    def __init__(self, fade: Callable[[], bool]) -> None:
        self._fade, self._lock = fade, threading.Lock()
        self._timer: threading.Timer | None = None

    def used(self) -> None:
        """Something is remembered now."""
        with self._lock:
            if self._timer is None or not self._timer.is_alive():
                self._start()

    def _start(self) -> None:
        self._timer = threading.Timer(settings.FORGET_SECONDS, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        faded = self._fade()
        with self._lock:
            self._timer = None
            if not faded:
                self._start()
