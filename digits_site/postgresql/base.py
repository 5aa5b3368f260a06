"""A connection that was found alive a moment ago is used as it is: at each request that question would cost as much as
some of the others.

One that breaks within that moment is answered for as a database that is away, and is replaced. Left out on purpose:
how old a connection may get, which Django looks after."""

from time import monotonic
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        """Ask as Django does, unless DATABASE_TRUST_SECONDS are not over since."""
        now = monotonic()
        if not self.health_check_done and now - self._asked_at < settings.DATABASE_TRUST_SECONDS:
            self.health_check_done = True  # once a request, not later within a transaction
        elif not self.health_check_done:
            super().close_if_health_check_failed()
            self._asked_at = now
